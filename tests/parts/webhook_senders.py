"""Webhooks as each provider sends them: sample events, and what signs a request."""

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

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOKEN = "b-aebagbafaydqqcikbmga2dqpcaireeyuculbo"
READER = "reader@example.com"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:newsletter"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
SIGNING_KEY = "key-for-webhooks"
SVIX_SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
PASSWORD = "provider:correct horse"
UNKNOWN_USER = "550 5.1.1 <reader@example.com>: Recipient address rejected: User unknown in virtual mailbox table"
FULL = "452 4.2.2 The email account that you tried to reach is over quota"


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
    moment, token = str(int(at.timestamp())), "f" * 50
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

_SES_MAIL = {"timestamp": "2026-03-01T11:00:00.000Z", "destination": [READER], "tags": {"newsletter_delivery": [TOKEN]}}
_MG = {"timestamp": 1772366400.25, "recipient": READER, "user-variables": {"newsletter_delivery": TOKEN}}
_SG = {"email": READER, "timestamp": 1772366400, "newsletter_delivery": TOKEN, "sg_message_id": "x.y"}
_RE = {"email_id": "e-1", "to": [READER], "tags": {"newsletter_delivery": TOKEN}}
_PM = {"MessageID": "pm-1", "Metadata": {"newsletter_delivery": TOKEN}}
_BR = {"email": READER, "X-Mailin-custom": TOKEN, "message-id": "<1@example.org>", "ts_event": 1772366400}
_MJ = {"email": READER, "CustomID": TOKEN, "MessageID": 7, "time": 1772366400}


def _sp(**fields: Any) -> dict[str, Any]:
    event = {"rcpt_to": READER, "timestamp": "1772366400", "rcpt_meta": {"newsletter_delivery": TOKEN}, **fields}
    return {"msys": {"track_event" if fields["type"] == "click" else "message_event": event}}


EVENTS: dict[str, dict[str, Any]] = {
    "ses": {
        "delivered": {
            "eventType": "Delivery",
            "mail": _SES_MAIL,
            "delivery": {"timestamp": "2026-03-01T11:00:01Z", "smtpResponse": "250 ok"},
        },
        "bounced": {
            "eventType": "Bounce",
            "mail": _SES_MAIL,
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "timestamp": "2026-03-01T11:00:02Z",
                "bouncedRecipients": [
                    {"emailAddress": READER, "status": "5.1.1", "diagnosticCode": f"smtp; {UNKNOWN_USER}"}
                ],
            },
        },
        "complained": {
            "eventType": "Complaint",
            "mail": _SES_MAIL,
            "complaint": {"complainedRecipients": [{"emailAddress": READER}], "timestamp": "2026-03-01T11:00:03Z"},
        },
        "clicked": {
            "eventType": "Click",
            "mail": _SES_MAIL,
            "click": {
                "link": "https://example.org/",
                "timestamp": "2026-03-01T11:00:04Z",
                "userAgent": "Mozilla",
                "ipAddress": "192.0.2.1",
            },
        },
    },
    "sendgrid": {
        "delivered": {**_SG, "event": "delivered", "sg_event_id": "sg-1", "response": "250 OK"},
        "bounced": {
            **_SG,
            "event": "bounce",
            "sg_event_id": "sg-2",
            "type": "bounce",
            "status": "5.1.1",
            "reason": UNKNOWN_USER,
        },
        "complained": {**_SG, "event": "spamreport", "sg_event_id": "sg-3"},
        "clicked": {
            **_SG,
            "event": "click",
            "sg_event_id": "sg-4",
            "url": "https://example.org/",
            "useragent": "Mozilla",
            "ip": "192.0.2.1",
        },
    },
    "mailgun": {
        "delivered": {**_MG, "event": "delivered", "id": "mg-1", "delivery-status": {"code": 250, "message": "OK"}},
        "bounced": {
            **_MG,
            "event": "failed",
            "id": "mg-2",
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": {"code": 550, "message": UNKNOWN_USER.removeprefix("550 ")},
        },
        "complained": {**_MG, "event": "complained", "id": "mg-3"},
        "clicked": {
            **_MG,
            "event": "clicked",
            "id": "mg-4",
            "url": "https://example.org/",
            "ip": "192.0.2.1",
            "client-info": {"user-agent": "Mozilla"},
        },
    },
    "resend": {
        "delivered": {"type": "email.delivered", "created_at": "2026-03-01T11:00:01.000Z", "data": _RE},
        "bounced": {
            "type": "email.bounced",
            "created_at": "2026-03-01T11:00:02.000Z",
            "data": {
                **_RE,
                "bounce": {"type": "Permanent", "subType": "General", "diagnosticCode": [f"smtp; {UNKNOWN_USER}"]},
            },
        },
        "complained": {"type": "email.complained", "created_at": "2026-03-01T11:00:03.000Z", "data": _RE},
        "clicked": {
            "type": "email.clicked",
            "created_at": "2026-03-01T11:00:04.000Z",
            "data": {
                **_RE,
                "click": {"link": "https://example.org/", "userAgent": "Mozilla", "ipAddress": "192.0.2.1"},
            },
        },
    },
    "postmark": {
        "delivered": {
            **_PM,
            "RecordType": "Delivery",
            "Recipient": READER,
            "DeliveredAt": "2026-03-01T11:00:01.1234567Z",
            "Details": "ok",
        },
        "bounced": {
            **_PM,
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "ID": 42,
            "Email": READER,
            "BouncedAt": "2026-03-01T11:00:02Z",
            "Details": f"smtp;{UNKNOWN_USER}",
        },
        "complained": {
            **_PM,
            "RecordType": "SpamComplaint",
            "Type": "SpamComplaint",
            "ID": 43,
            "Email": READER,
            "BouncedAt": "2026-03-01T11:00:03Z",
        },
        "clicked": {
            **_PM,
            "RecordType": "Click",
            "Recipient": READER,
            "ReceivedAt": "2026-03-01T11:00:04Z",
            "OriginalLink": "https://example.org/",
            "UserAgent": "Mozilla",
            "Geo": {"IP": "192.0.2.1"},
        },
    },
    "brevo": {
        "delivered": {**_BR, "event": "delivered"},
        "bounced": {**_BR, "event": "hard_bounce", "reason": UNKNOWN_USER},
        "complained": {**_BR, "event": "spam"},
        "clicked": {
            **_BR,
            "event": "click",
            "link": "https://example.org/",
            "user_agent": "Mozilla",
            "ip": "192.0.2.1",
        },
    },
    "sparkpost": {
        "delivered": [_sp(type="delivery", event_id="sp-1")],
        "bounced": [_sp(type="bounce", event_id="sp-2", bounce_class="10", raw_reason=UNKNOWN_USER, error_code="550")],
        "complained": [_sp(type="spam_complaint", event_id="sp-3", fbtype="abuse")],
        "clicked": [
            _sp(
                type="click",
                event_id="sp-4",
                target_link_url="https://example.org/",
                user_agent="Mozilla",
                ip_address="192.0.2.1",
            )
        ],
    },
    "mailjet": {
        "delivered": {**_MJ, "event": "sent", "smtp_reply": "250 2.0.0 OK"},
        "bounced": {
            **_MJ,
            "event": "bounce",
            "hard_bounce": True,
            "error_related_to": "recipient",
            "error": "user unknown",
            "comment": UNKNOWN_USER,
        },
        "complained": {**_MJ, "event": "spam", "source": "JMRPP"},
        "clicked": {**_MJ, "event": "click", "url": "https://example.org/", "agent": "Mozilla", "ip": "192.0.2.1"},
    },
}
"""A few events of each provider by what they mean; written after its documentation."""
