"""Who sent a webhook: the signature schemes of providers. Each function raises TokenError, and says nothing about why.

All compare in constant time, and refuse when no secret is set: a door without a lock stays shut.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from newsletter.errors import NewsletterError, TokenError

REPLAY_WINDOW = 300.0
"""Seconds a signed moment may lie from now, for schemes that sign each try anew."""

Fetch = Callable[[str], bytes]
"""Gets a URL, guarded; raises NewsletterError."""
Once = Callable[[str, str, bytes], None]
"""Takes scope, token and what came with it; raises TokenError when something else came with this token, to any process."""

# Only this host and only this file name: anything wider lets anybody serve a certificate of his own
# (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).
_SNS_HOST = r"sns\.[a-z]{2}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?"
_SNS_CERTIFICATE = re.compile(rf"https://{_SNS_HOST}/SimpleNotificationService-[0-9a-f]{{32}}\.pem")
_SNS_CONFIRM = re.compile(rf"https://{_SNS_HOST}/\?Action=ConfirmSubscription&[\w&=%:.~+-]{{1,2000}}", re.ASCII)
_SNS_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_SNS_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - version 1 is SNS's default


def refused() -> TokenError:
    """Return the one error of all schemes: a forger learns nothing from it."""
    return TokenError(
        "the webhook is not signed as it should be", remedy="check the secret in NEWSLETTER_WEBHOOK_SECRETS"
    )


def lower_case(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers by lower-case name."""
    return {name.lower(): value for name, value in headers.items()}


def check_moment(timestamp: str | float, now: datetime, window: float) -> None:
    """Raise TokenError unless `timestamp` (Unix seconds) lies within `window` seconds of `now`."""
    try:
        age = abs(now.timestamp() - float(timestamp))
    except ValueError:
        raise refused() from None
    if not age <= window:  # NaN fails too
        raise refused()


def check_hmac_hex(secret: str, signed: bytes, signature: str) -> None:
    """Check a hexadecimal HMAC-SHA256 (RFC 2104)."""
    good = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(good.encode(), signature.encode("utf-8", "replace")):
        raise refused()


def check_svix(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Check a Standard Webhooks signature (https://www.standardwebhooks.com): `v1,<base64>`, several by spaces.

    `secret` is base64, with or without `whsec_` before it; several signatures stand there while a key is rotated.
    """
    found = lower_case(headers)
    identity, moment, signatures = (
        found.get(f"svix-{name}", "") or found.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    check_moment(moment, now, REPLAY_WINDOW)
    key = _decoded(secret.removeprefix("whsec_"))
    if not key or not identity or not moment.isdigit():
        raise refused()
    good = base64.b64encode(hmac.digest(key, f"{identity}.{moment}.".encode() + body, hashlib.sha256))
    given = [s.removeprefix("v1,").encode() for s in signatures.split(" ")[:16] if s.startswith("v1,")]
    same = [hmac.compare_digest(good, each) for each in given]  # every one is compared
    if not any(same):
        raise refused()


def check_ecdsa(public_key: str, signed: bytes, signature: str) -> None:
    """Check an ECDSA P-256 signature over SHA-256, DER in base64; `public_key` is PEM, or its base64 alone."""
    key = _public_key(public_key)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise refused()
    try:
        key.verify(_decoded(signature), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise refused() from None


def check_basic(secret: str, headers: Mapping[str, str]) -> None:
    """Check HTTP Basic (RFC 7617); `secret` is `user:password`."""
    _check_authorization("basic", base64.b64encode(secret.encode()).decode() if ":" in secret else "", headers)


def check_bearer(secret: str, headers: Mapping[str, str]) -> None:
    """Check a bearer token (RFC 6750 section 2.1)."""
    _check_authorization("bearer", secret, headers)


def check_password(secret: str, headers: Mapping[str, str]) -> None:
    """Check HTTP Basic when the secret is `user:password`, else a bearer token."""
    (check_basic if ":" in secret else check_bearer)(secret, headers)


def sns_may_confirm(url: str) -> bool:
    """Whether `url` is where SNS itself takes the confirmation of a subscription: no other is fetched, signed or not."""
    return _SNS_CONFIRM.fullmatch(url) is not None


class SnsVerifier:
    """Checks messages of Amazon SNS; keeps the certificates it fetched."""

    def __init__(self, fetch: Fetch, *, most: int = 8) -> None:
        self._fetch = fetch
        self._most = most
        self._keys: OrderedDict[str, rsa.RSAPublicKey] = OrderedDict()

    def check(self, message: Mapping[str, Any], topics: Iterable[str]) -> None:
        """Check the signature and that the topic is one of ours: SNS signs for every customer alike."""
        if message.get("TopicArn") not in [t for t in topics if t]:
            raise refused()
        algorithm = _SNS_HASHES.get(str(message.get("SignatureVersion")))
        names = _SNS_SIGNED.get(str(message.get("Type")))
        if algorithm is None or names is None:
            raise refused()
        signed = "".join(f"{n}\n{message[n]}\n" for n in names if message.get(n) is not None)
        key = self._key(str(message.get("SigningCertURL", "")))
        try:
            key.verify(_decoded(str(message.get("Signature", ""))), signed.encode(), padding.PKCS1v15(), algorithm)
        except InvalidSignature:
            raise refused() from None

    def _key(self, url: str) -> rsa.RSAPublicKey:
        if not _SNS_CERTIFICATE.fullmatch(url):
            raise refused()
        if url not in self._keys:
            try:
                key = x509.load_pem_x509_certificate(self._fetch(url)).public_key()
            except (ValueError, NewsletterError):
                raise refused() from None
            if not isinstance(key, rsa.RSAPublicKey):
                raise refused()
            self._keys[url] = key
            while len(self._keys) > self._most:
                self._keys.popitem(last=False)
        return self._keys[url]


def _check_authorization(scheme: str, credentials: str, headers: Mapping[str, str]) -> None:
    given_scheme, _, given = lower_case(headers).get("authorization", "").partition(" ")
    same = hmac.compare_digest(credentials.encode(), given.strip().encode("utf-8", "replace"))
    if not credentials or given_scheme.lower() != scheme or not same:
        raise refused()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise refused() from None


def _public_key(text: str) -> object:
    try:
        if text.lstrip().startswith("-----BEGIN"):
            return load_pem_public_key(text.encode())
        return load_der_public_key(_decoded("".join(text.split())))
    except (ValueError, TypeError):
        raise refused() from None
