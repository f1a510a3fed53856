"""SendGrid: POST /v3/mail/send, 1,000 personalizations a call; literal substitutions fill our own slot marks.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send and .../event-webhook/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from newsletter.clock import Clock
from newsletter.inbound.signatures import REPLAY_WINDOW, Fetch, Once, check_ecdsa, check_moment, lower_case, refused
from newsletter.mail.envelope import Outcome
from newsletter.mail.report import Reason
from newsletter.transports.providers import base, webhooks
from newsletter.transports.providers.base import ApiAnswer, JsonApi, Request, Unclear
from newsletter.transports.providers.batching import CallBatch, Cap
from newsletter.transports.providers.letter import BatchLetter, Item
from newsletter.transports.providers.merging import parted_headers
from newsletter.transports.providers.url import ProviderUrl
from newsletter.transports.providers.webhooks import (
    WebhookEvent,
    WebhookKind,
    identity,
    known,
    moment,
    not_tried,
    told,
    unknown,
    word,
)

NAME = "sendgrid"
OPTIONS = frozenset({"region"})
ARGUMENT = "newsletter_delivery"
"""The custom argument that carries our token; it comes back among the event's own fields."""

_PERSONALIZATION = re.compile(r"personalizations[.\[](\d{1,4})")
_HOSTS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}


def from_url(url: ProviderUrl, _clock: Clock) -> SendGrid:
    """`sendgrid://KEY@?region=global|eu`."""
    region = url.option("region", "global", tuple(_HOSTS))
    return SendGrid(url.api(_HOSTS[region]), url.key)


class SendGrid(JsonApi):
    """See `newsletter.transports.providers.base.Api`."""

    name = NAME
    cap = Cap(recipients=1000, octets=20_000_000, one_letter=True)

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(base_url, {"Authorization": f"Bearer {key}"})

    def request(self, batch: CallBatch) -> Request:
        """One letter, and a personalization for each recipient."""
        letter = batch.letter
        fixed, marked = parted_headers(letter)
        body: dict[str, Any] = {
            "personalizations": [_personalization(item, marked) for item in batch.items],
            "from": base.mailbox_object(letter.sender),
            **({"reply_to": base.mailbox_object(letter.reply_to)} if letter.reply_to else {}),
            "subject": letter.subject,
            "content": _content(letter),
            **({"headers": fixed} if fixed else {}),
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        return self.call("/v3/mail/send", body)

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """202 takes all of them; 400 takes none, and names those that are wrong."""
        if answer.status == 202:
            return base.all_accepted(answer, batch, answer.headers.get("x-message-id", "accepted"))
        if answer.status < 300:
            raise Unclear(f"{answer.status} and not 202: {answer.text}")
        if answer.status == 413 and len(batch.items) > 1:
            return {}
        wrong: dict[int, Outcome] = {}
        for error in answer.fields.get("errors") or ():
            found = _PERSONALIZATION.search(word(error, "field"))
            if found and int(found[1]) < len(batch.items):
                reply = f"{word(error, 'field')}: {word(error, 'message')}"
                wrong[batch.items[int(found[1])].delivery_id] = base.refused(answer.status, reply)
        if not wrong:
            raise base.at_fault(answer, NAME)
        return wrong


def _content(letter: BatchLetter) -> list[dict[str, str]]:
    bodies = (("text/plain", letter.text), ("text/html", letter.html))  # in this order: the API asks for it
    return [{"type": kind, "value": text} for kind, text in bodies if text]


def _personalization(item: Item, marked: Mapping[str, str]) -> dict[str, Any]:
    return {
        "to": [base.mailbox_object(item.to)],
        **({"substitutions": dict(item.values)} if item.values else {}),
        **({"headers": {name: item.fill(value) for name, value in marked.items()}} if marked else {}),
        "custom_args": {ARGUMENT: item.token},
    }


EVENTS = {
    "delivered": WebhookKind.DELIVERED,
    "bounce": WebhookKind.BOUNCED,
    "deferred": WebhookKind.DEFERRED,
    "dropped": WebhookKind.REJECTED,
    "spamreport": WebhookKind.COMPLAINED,
    "unsubscribe": WebhookKind.UNSUBSCRIBED,
    "group_unsubscribe": WebhookKind.UNSUBSCRIBED,
    "open": WebhookKind.OPENED,
    "click": WebhookKind.CLICKED,
    "processed": WebhookKind.NOTHING,
    "group_resubscribe": WebhookKind.NOTHING,  # whoever comes back to one of SendGrid's groups confirms nothing to us
    "account_status_change": WebhookKind.NOTHING,
}
"""Every event, by the name the provider gives it."""
# https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event: the other reasons to drop (content, quota, our
# headers) are about us, and must not rule out the reader (law 9).
_DROPPED_FOR_READER = frozenset({"bounced address", "unsubscribed address", "spam reporting address", "invalid"})
_HINTS = {
    "Invalid Address": Reason.USERUNKNOWN,
    "Content": Reason.SPAMDETECTED,
    "Reputation": Reason.BADREPUTATION,
    "Frequency or Volume Too High": Reason.RATELIMITED,
    "Technical Failure": Reason.SYSTEMERROR,
}


class SendGridReader:
    """Events signed with ECDSA; the secret is the verification key the console shows."""

    provider = NAME

    def __init__(self, secret: str, fetch: Fetch, once: Once) -> None:
        self._key = secret

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over timestamp and body; each try is signed anew."""
        found = lower_case(headers)
        timestamp = found.get("x-twilio-email-event-webhook-timestamp", "")
        if not self._key:
            raise refused()
        check_moment(timestamp, now, REPLAY_WINDOW)
        check_ecdsa(self._key, timestamp.encode() + body, found.get("x-twilio-email-event-webhook-signature", ""))

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the events of the list."""
        events = webhooks.entries(webhooks.load(body, NAME), NAME)
        return known(_event(e) for e in events)


def _event(fields: dict[str, Any]) -> WebhookEvent:
    kind = EVENTS.get(word(fields, "event"), WebhookKind.UNKNOWN)
    if kind is WebhookKind.UNKNOWN:
        return unknown(NAME, word(fields, "event"), fields)
    hint, text, hard = _HINTS.get(word(fields, "bounce_classification")), word(fields, "reason", "response"), None
    if kind is WebhookKind.REJECTED:
        of_reader = text.strip().lower() in _DROPPED_FOR_READER
        kind, hint = not_tried(text) if of_reader else (kind, Reason.POLICYVIOLATION)
    elif kind is WebhookKind.BOUNCED:
        hard = False if word(fields, "type") == "blocked" else hint is Reason.USERUNKNOWN or None
    return told(
        NAME,
        kind,
        event_id=word(fields, "sg_event_id") or identity(fields),
        token=word(fields, ARGUMENT),
        recipient=word(fields, "email"),
        at=moment(fields.get("timestamp")),
        text=text,
        status=word(fields, "status"),
        hint=hint,
        hard=hard,
        url=word(fields, "url"),
        user_agent=word(fields, "useragent"),
        ip=word(fields, "ip"),
    )
