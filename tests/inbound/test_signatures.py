"""Signature schemes by themselves."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from newsletter.errors import TokenError
from newsletter.inbound.signatures import (
    check_basic,
    check_bearer,
    check_ecdsa,
    check_hmac_hex,
    check_moment,
    check_password,
    check_svix,
)
from tests.parts.webhook_senders import NOW, SVIX_SECRET, ec_key, svix, verification_key


def test_one_good_signature_of_several_is_enough_while_a_key_is_rotated() -> None:
    sent = svix({"type": "x"})
    several = "v2,AAAA v1,Zm9yZ2Vk " + sent.headers["svix-signature"]
    check_svix(SVIX_SECRET, {**sent.headers, "svix-signature": several}, sent.body, NOW)
    check_svix(SVIX_SECRET.removeprefix("whsec_"), sent.headers, sent.body, NOW)


def test_the_standard_names_of_svix_headers_count_too() -> None:
    sent = svix({"type": "x"})
    standard = {name.replace("svix-", "Webhook-"): value for name, value in sent.headers.items()}
    check_svix(SVIX_SECRET, standard, sent.body, NOW)


@pytest.mark.parametrize(
    "change", [{"svix-id": "msg_2"}, {"svix-timestamp": "1"}, {"svix-timestamp": "nan"}, {"svix-signature": ""}]
)
def test_a_changed_svix_header_is_refused(change: dict[str, str]) -> None:
    sent = svix({"type": "x"})
    with pytest.raises(TokenError):
        check_svix(SVIX_SECRET, {**sent.headers, **change}, sent.body, NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "not base64!"])
def test_an_empty_svix_secret_opens_nothing(secret: str) -> None:
    sent = svix({"type": "x"}, secret="whsec_")
    with pytest.raises(TokenError):
        check_svix(secret, sent.headers, sent.body, NOW)


def test_a_moment_counts_within_its_window_on_both_sides() -> None:
    for seconds in (-300, 0, 300):
        check_moment((NOW + timedelta(seconds=seconds)).timestamp(), NOW, 300)
    for wrong in (
        (NOW + timedelta(seconds=301)).timestamp(),
        (NOW - timedelta(seconds=301)).timestamp(),
        "",
        "nan",
        "inf",
        "soon",
    ):
        with pytest.raises(TokenError):
            check_moment(wrong, NOW, 300)


def test_ecdsa_takes_the_key_as_pem_too_and_no_other_curve() -> None:
    signature = base64.b64encode(ec_key().sign(b"body", ec.ECDSA(hashes.SHA256()))).decode()
    check_ecdsa(verification_key(), b"body", signature)
    pem = (
        ec_key().public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    check_ecdsa(pem.decode(), b"body", signature)

    other = ec.generate_private_key(ec.SECP384R1())
    der = other.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    theirs = base64.b64encode(other.sign(b"body", ec.ECDSA(hashes.SHA256()))).decode()
    with pytest.raises(TokenError):
        check_ecdsa(base64.b64encode(der).decode(), b"body", theirs)


@pytest.mark.parametrize("signature", ["", "AAAA", "!!", "é"])
def test_no_signature_is_no_ecdsa_signature(signature: str) -> None:
    with pytest.raises(TokenError):
        check_ecdsa(verification_key(), b"body", signature)


def test_an_hmac_in_other_characters_is_refused_without_a_stumble() -> None:
    with pytest.raises(TokenError):
        check_hmac_hex("secret", b"x", "ü" * 64)
    with pytest.raises(TokenError):
        check_hmac_hex("", b"x", "0" * 64)


def test_passwords_are_basic_with_a_colon_and_bearer_without() -> None:
    basic = {"authorization": "basic " + base64.b64encode(b"me:pass").decode()}
    check_password("me:pass", basic)
    check_password("token", {"AUTHORIZATION": "Bearer token"})
    for secret, headers in (
        ("me:pass", {}),
        ("token", basic),
        ("", {"authorization": "Bearer "}),
        ("token", {"authorization": "Bearer töken"}),
    ):
        with pytest.raises(TokenError):
            check_password(secret, headers)
    with pytest.raises(TokenError):
        check_basic("nocolon", {"authorization": "Basic "})
    with pytest.raises(TokenError):
        check_bearer("token", {"authorization": "Basic token"})


@pytest.mark.parametrize("check", [check_basic, check_bearer, check_password])
def test_passwords_are_compared_in_constant_time(check: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison that ends at the first difference would tell how much of a guess was right."""
    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    for given in ("Basic AAAA", "Bearer AAAA", ""):
        with pytest.raises(TokenError):
            check("user:word", {"authorization": given})
    assert len(compared) == 3
