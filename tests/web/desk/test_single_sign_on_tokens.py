"""What an issuer says of somebody is believed only when it is signed by its key, for us, now, in answer to what we asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from newsletter.clock import SettableClock
from newsletter.model import EditorIdentity, EditorSession
from tests.parts.oidc_issuer import CLIENT_ID, CLIENT_SECRET, OidcIssuer, rsa_key
from tests.web.desk.signing_on import (
    UNBELIEVED,
    Place,
    said,
)

# --- ID tokens


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _unsigned(issuer: OidcIssuer, claims: dict[str, Any]) -> str:
    return ".".join(encoded(json.dumps(each).encode()) for each in ({"alg": "none", "kid": "key-1"}, claims)) + "."


def _with_the_public_key(issuer: OidcIssuer, claims: dict[str, Any]) -> str:
    """The public key of the issuer as the secret of an HMAC: whoever takes both kinds believes it (RFC 8725 section 2.1)."""
    signed = ".".join(encoded(json.dumps(each).encode()) for each in ({"alg": "HS256", "kid": "key-1"}, claims))
    tag = hmac.digest(issuer.keys[0].as_pem(private=False), signed.encode(), hashlib.sha256)
    return f"{signed}.{encoded(tag)}"


def _with_another_key(issuer: OidcIssuer, claims: dict[str, Any]) -> str:
    other = RSAKey.import_key(rsa_key(7).as_dict(private=True) | {"kid": "key-1"})
    return issuer.signed(claims, key=other)


def _with_our_secret(issuer: OidcIssuer, claims: dict[str, Any]) -> str:
    return issuer.signed(claims, "HS256", OctKey.import_key(CLIENT_SECRET, {"kid": "key-1"}))


@pytest.mark.parametrize("sign", [_unsigned, _with_the_public_key, _with_another_key, _with_our_secret])
def test_a_token_that_is_not_signed_by_the_issuers_key_is_not_believed(
    place: Place, sign: Callable[[OidcIssuer, dict[str, Any]], str]
) -> None:
    place.issuer.sign = lambda claims: sign(place.issuer, claims)
    said(place.enter(place.browser()), UNBELIEVED)
    assert place.count(EditorIdentity) == 0


CHANGED: list[dict[str, Any]] = [
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "another client"},
    {"aud": []},
    {"aud": ["another client", CLIENT_ID]},  # without `azp` (Core section 3.1.3.7)
    {"aud": [CLIENT_ID, "another"], "azp": "another"},
    {"iss": "https://evil.test"},
    {"iss": None},
    {"exp": -3600},
    {"exp": None},
    {"exp": "soon"},
    {"iat": None},
    {"iat": 3600},
    {"nbf": 3600},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "x" * 256},
    {"sub": "x\0y"},
    {"auth_time": "now"},
]


def test_a_token_with_claims_that_do_not_fit_is_not_believed(place: Place, clock: SettableClock) -> None:
    now = int(clock.now().timestamp())
    for changed in CHANGED:
        moments = {name: now + value for name, value in changed.items() if isinstance(value, int) and name != "sub"}
        made = {**changed, **moments}
        place.issuer.twist = lambda claims, made=made: {
            name: value for name, value in {**claims, **made}.items() if value is not None
        }
        said(place.enter(place.browser()), UNBELIEVED, about=changed)
    assert place.count(EditorIdentity) == 0 and place.count(EditorSession) == 0
    place.issuer.twist = dict
    assert place.enter(place.browser()).status_code == 303


def test_what_is_no_token_at_all_is_not_believed(place: Place) -> None:
    tokens: list[Any] = [None, 7, "", "x", "a.b", "a.b.c", "é.é.é", "x" * 20_000, {"a": 1}]
    for token in tokens:
        place.issuer.sign = lambda _claims, token=token: token
        said(place.enter(place.browser()), UNBELIEVED, about=token)


def test_a_clock_that_is_off_by_a_minute_is_no_fault(place: Place, clock: SettableClock) -> None:
    place.issuer.now = lambda: clock.now().timestamp() + 55
    assert place.enter(place.browser()).status_code == 303


def test_a_new_key_of_the_issuer_is_fetched_once_and_the_known_ones_are_kept(place: Place) -> None:
    assert place.enter(place.browser()).status_code == 303
    assert place.enter(place.browser()).status_code == 303
    assert place.issuer.count("/keys") == 1 and place.issuer.count("/.well-known/openid-configuration") == 1
    place.issuer.rotate()
    assert place.enter(place.browser()).status_code == 303
    assert place.issuer.count("/keys") == 2


def test_a_token_that_no_key_fits_makes_us_ask_once_more_and_not_again(place: Place) -> None:
    place.enter(place.browser())
    place.issuer.sign = lambda claims: _with_another_key(place.issuer, claims)
    for asked in (2, 3):
        said(place.enter(place.browser()), UNBELIEVED)
        assert place.issuer.count("/keys") == asked


@pytest.mark.parametrize(
    "use", [{"use": "enc"}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "RSA", "n": "x"}, {"kty": None}]
)
def test_a_key_that_is_not_for_signing_or_none_at_all_verifies_nothing(place: Place, use: dict[str, Any]) -> None:
    public = {**rsa_key(1).as_dict(private=False), **use}
    answered = place.issuer.answer
    place.issuer.answer = lambda method, target, *rest: (
        (200, {"keys": [public, "no key", 7]}, {}) if target == "/keys" else answered(method, target, *rest)
    )
    said(place.enter(place.browser()), UNBELIEVED)
