"""Secrets of sources: by name, from a file that says to whom they go, and in no word that anybody reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from newsletter.model.sources import SourceKind
from newsletter.sources.outcomes import AskedSource
from newsletter.sources.secret_headers import SecretError, SecretHeaders

SECRET = "a-secret-that-nobody-shall-read"


def asked(address: str = "https://api.example/data", kind: SourceKind = SourceKind.FEED, **given: Any) -> AskedSource:
    return AskedSource(1, "a", kind, address, **given)


def write(folder: Path, name: str, text: str) -> SecretHeaders:
    (folder / name).write_text(text)
    return SecretHeaders(folder)


def test_a_secret_goes_to_the_hosts_that_its_file_names(tmp_path: Path) -> None:
    secrets = write(tmp_path, "board", f"{SECRET}\napi.example\nOther.Example\n# not.example\n")
    named: dict[str, Any] = {"header": "x-api-key", "secret": "board"}
    assert secrets.of(asked(**named)) == {"x-api-key": SECRET}
    assert secrets.of(asked("https://other.example/", **named)) == {"x-api-key": SECRET}
    assert secrets.of(asked()) == {}
    assert secrets.names() == ["board"]


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "https://api.example.evil.example/", "https://not.example/", "https://xapi.example/"],
)
def test_it_goes_to_nobody_else_so_that_no_address_takes_it_away(tmp_path: Path, address: str) -> None:
    secrets = write(tmp_path, "board", f"{SECRET}\napi.example\n# not.example\n")
    with pytest.raises(SecretError) as caught:
        secrets.of(asked(address, header="x-api-key", secret="board"))
    assert SECRET not in str(caught.value) + repr(caught.value) and caught.value.remedy


@pytest.mark.parametrize("text", ["", "\napi.example", "two\x07\napi.example", "ü\napi.example", "a" * 9000])
def test_what_cannot_stand_in_a_header_is_told_without_its_words(tmp_path: Path, text: str) -> None:
    secrets = write(tmp_path, "board", text)
    with pytest.raises(SecretError, match="cannot stand in a header"):
        secrets.of(asked(header="x-api-key", secret="board"))


def test_one_that_is_missing_is_told_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"'board' cannot be read.*NEWSLETTER_SOURCE_SECRETS_DIR"):
        SecretHeaders(tmp_path / "none").of(asked(header="x-api-key", secret="board"))
    assert SecretHeaders(tmp_path / "none").names() == []
    with pytest.raises(SecretError):
        SecretHeaders(tmp_path).check("../board")


def test_github_is_asked_with_its_token_where_there_is_one_and_nobody_else_is(tmp_path: Path) -> None:
    address = "https://api.github.com/search/repositories?q=topic:llm"
    assert SecretHeaders(tmp_path).of(asked(address, SourceKind.GITHUB)) == {}
    secrets = write(tmp_path, "github", f"{SECRET}\n")
    assert secrets.of(asked(address, SourceKind.GITHUB)) == {"Authorization": f"Bearer {SECRET}"}
    assert secrets.of(asked("https://github.evil.example/", SourceKind.GITHUB)) == {}
    named: dict[str, Any] = {"header": "Authorization", "secret": "github"}
    assert secrets.of(asked(address, SourceKind.FEED, **named)) == {"Authorization": f"Bearer {SECRET}"}
    with pytest.raises(SecretError):
        secrets.of(asked("https://evil.example/", **named))
