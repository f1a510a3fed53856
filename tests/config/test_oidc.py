"""Settings of single sign-on: an issuer as it names itself, with the name of a client."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from newsletter.config import Settings


def given(**values: object) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize(
    "issuer",
    ["https://login.example/realms/office", "https://login.example/", "http://127.0.0.1:8080/realms/office", ""],
)
def test_an_issuer_is_taken_letter_for_letter(issuer: str) -> None:
    assert given(oidc_issuer=issuer, oidc_client_id="desk" if issuer else "").oidc_issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "login.example",
        "ftp://login.example",
        "https://",
        "https://login.example?x=1",
        "https://login.example#x",
        "https://user@login.example",
        "https://login.example:port",
        "https://löschen.example",
        "https://a b.example",
    ],
)
def test_what_is_no_address_of_an_issuer_is_refused(issuer: str) -> None:
    with pytest.raises(ValidationError, match="URL"):
        given(oidc_issuer=issuer, oidc_client_id="desk")


@pytest.mark.parametrize("values", [{"oidc_issuer": "https://login.example"}, {"oidc_client_id": "desk"}])
def test_issuer_and_client_belong_together(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="belong together"):
        given(**values)


def test_a_secret_that_no_header_can_hold_is_refused() -> None:
    with pytest.raises(ValidationError, match="ASCII"):
        given(oidc_client_secret=SecretStr("a secret with an ümlaut in it"))


@pytest.mark.parametrize("role", ["owner", "king"])
def test_no_newcomer_becomes_an_owner(role: str) -> None:
    with pytest.raises(ValidationError):
        given(oidc_newcomers=role)
