"""An issuer that is away, slow, endless or broken: it is told at the sign-in, and nothing is left behind."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import pytest

from newsletter.model import Challenge
from newsletter.transports.oidc_http import MOST_OCTETS, OidcHttp
from tests.web.desk.signing_on import (
    AWAY,
    BACK,
    Place,
    is_in,
    said,
)

# --- an issuer that is away, slow or broken


def hurried(place: Place, seconds: float = 0.5) -> Place:
    """Let the issuer have so long, and no longer."""
    issuer = place.parts.accounts.single_sign_on.issuer  # type: ignore[union-attr]
    object.__setattr__(issuer, "calls", OidcHttp(seconds=seconds))
    return place


FAULTS: list[Any] = [
    "silence",
    "drip",
    "huge",
    500,
    302,
    b"HTTP/1.1 200 OK\r\n\r\n[1]",
    b"no http at all\r\n\r\n",
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b",
]


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys"])
def test_an_issuer_that_is_broken_before_the_way_leaves_nothing_behind(place: Place, path: str) -> None:
    for fault in FAULTS:
        hurried(place).issuer.fail(path, fault)
        browser = place.browser()
        said(browser.get("/desk/sign-in/oidc"), AWAY, 503, about=fault)
        assert place.count(Challenge) == 0
    assert place.enter(place.browser()).status_code == 303, "what was broken is not kept"


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
def test_an_issuer_that_is_broken_on_the_way_back_opens_nothing(place: Place, path: str) -> None:
    place.issuer.in_token = ()
    for fault in FAULTS:
        hurried(place).issuer.fail(path, fault)
        browser = place.browser()
        said(place.enter(browser), AWAY, 503, about=fault)
        assert not is_in(browser)
    assert place.enter(place.browser()).status_code == 303


def test_an_issuer_that_is_not_there_is_told_at_the_sign_in(place: Place) -> None:
    place.issuer.stop()
    said(place.browser().get("/desk/sign-in/oidc"), AWAY, 503)


def test_an_answer_of_just_so_many_octets_is_read(place: Place) -> None:
    place.issuer.document = {"filler": ""}
    room = MOST_OCTETS - len(json.dumps(place.issuer.metadata()))
    place.issuer.document = {"filler": "x" * room}
    assert place.enter(place.browser()).status_code == 303


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.test"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "//evil.test/x"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 7},
    ],
)
def test_a_discovery_document_that_does_not_fit_leads_nowhere(place: Place, document: dict[str, Any]) -> None:
    place.issuer.document = document
    said(place.browser().get("/desk/sign-in/oidc"), AWAY, 503)


def test_only_so_many_wait_for_the_issuer_at_once(place: Place) -> None:
    calls = hurried(place, 5).parts.accounts.single_sign_on.issuer.calls  # type: ignore[union-attr]
    with ExitStack() as held:
        for _ in range(8):
            held.enter_context(calls.step())
        assert place.browser().get("/desk/sign-in/oidc").status_code == 429
    assert place.enter(place.browser()).status_code == 303


def test_strangers_may_begin_only_so_often(place: Place) -> None:
    browser = place.browser()
    answers = [browser.get(f"{BACK}?code=x&state=y").status_code for _ in range(125)]
    assert answers.count(422) == 120 and answers[-1] == 429
