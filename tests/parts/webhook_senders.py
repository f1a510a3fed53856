"""Webhooks as each provider sends them: what signs a request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from newsletter.inbound.signatures import refused

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:newsletter"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
CONFIRM_URL = (
    "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    f"&TopicArn={TOPIC}&Token=2336412f37fb687f5d51e6e241d09c805a5a57b30d712f79"
)
SIGNING_KEY = "key-for-webhooks"
SVIX_SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
PASSWORD = "provider:correct horse"


class Counted:
    """What remembers in memory which call came first with a token: see `newsletter.inbound.signatures.Once`."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], bytes] = {}

    def __call__(self, scope: str, token: str, body: bytes) -> None:
        """Refuse another call with a token that is known."""
        if self._seen.setdefault((scope, token), body) != body:
            raise refused()


@dataclass(frozen=True)
class Post:
    """One request to `/hooks/{provider}`."""

    headers: dict[str, str]
    body: bytes


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key().public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(rsa_key(), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def verification_key() -> str:
    """SendGrid shows its public key as the base64 of its DER."""
    der = (
        ec_key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return base64.b64encode(der).decode()


def sns(event: Any, *, message_id: str = "sns-1", at: datetime = NOW, version: str = "2", **more: str) -> Post:
    fields = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": TOPIC,
        "Message": json.dumps(event),
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **more,
    }
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if fields["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    signed = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
    signature = rsa_key().sign(signed.encode(), padding.PKCS1v15(), algorithm)
    return Post({}, json.dumps({**fields, "Signature": base64.b64encode(signature).decode()}).encode())


def _ses(event: Any, at: datetime) -> Post:
    return sns(event, message_id=hashlib.sha256(json.dumps(event).encode()).hexdigest(), at=at)


def _sendgrid(event: Any, at: datetime) -> Post:
    body, moment = json.dumps([event]).encode(), str(int(at.timestamp()))
    signature = ec_key().sign(moment.encode() + body, ec.ECDSA(hashes.SHA256()))
    prefix = "X-Twilio-Email-Event-Webhook"
    return Post({f"{prefix}-Signature": base64.b64encode(signature).decode(), f"{prefix}-Timestamp": moment}, body)


def _mailgun(event: Any, at: datetime) -> Post:
    moment, token = str(int(at.timestamp())), hashlib.sha256(json.dumps([event, str(at)]).encode()).hexdigest()[:50]
    signature = hmac.new(SIGNING_KEY.encode(), f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
    document = {"signature": {"timestamp": moment, "token": token, "signature": signature}, "event-data": event}
    return Post({}, json.dumps(document).encode())


def svix(event: Any, at: datetime = NOW, secret: str = SVIX_SECRET) -> Post:
    body, moment = json.dumps(event).encode(), str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"msg_1.{moment}.".encode() + body, hashlib.sha256)).decode()
    return Post({"svix-id": "msg_1", "svix-timestamp": moment, "svix-signature": f"v1,{signature}"}, body)


def _basic(event: Any, at: datetime) -> Post:
    return Post({"Authorization": "Basic " + base64.b64encode(PASSWORD.encode()).decode()}, json.dumps(event).encode())


def forge(body: bytes) -> bytes:
    """Signatures that stand in the body are changed by one character."""
    document = json.loads(body)
    if "Signature" in document:
        document["Signature"] = (
            "A" + document["Signature"][1:] if document["Signature"][0] != "A" else "B" + document["Signature"][1:]
        )
    if "signature" in document:
        document["signature"]["signature"] = "0" * 64
    return json.dumps(document).encode()


SECRETS: dict[str, Callable[[], str]] = {
    "ses": lambda: TOPIC,
    "sendgrid": verification_key,
    "mailgun": lambda: SIGNING_KEY,
    "resend": lambda: SVIX_SECRET,
    "postmark": lambda: PASSWORD,
    "brevo": lambda: PASSWORD,
    "sparkpost": lambda: PASSWORD,
    "mailjet": lambda: PASSWORD,
}
SEND: dict[str, Callable[[Any, datetime], Post]] = {
    "ses": _ses,
    "sendgrid": _sendgrid,
    "mailgun": _mailgun,
    "resend": svix,
    "postmark": _basic,
    "brevo": _basic,
    "sparkpost": _basic,
    "mailjet": _basic,
}
