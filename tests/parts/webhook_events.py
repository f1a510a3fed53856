"""A few events of each provider by what they mean, written after its documentation."""

from __future__ import annotations

from typing import Any

TOKEN = "b-aebagbafaydqqcikbmga2dqpcaireeyuculbo"
READER = "reader@example.com"
UNKNOWN_USER = "550 5.1.1 <reader@example.com>: Recipient address rejected: User unknown in virtual mailbox table"
FULL = "452 4.2.2 The email account that you tried to reach is over quota"

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
