"""Resend: POST /emails/batch, 100 whole messages a call, with an idempotency key.

https://resend.com/docs/api-reference/emails/send-batch-emails, .../docs/dashboard/emails/idempotency-keys
https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.inbound.signatures import Fetch, Once, check_svix, refused
from newsletter.mail.envelope import Accepted, Outcome
from newsletter.mail.report import Reason
from newsletter.transports.providers import base, webhooks
from newsletter.transports.providers.base import ApiAnswer, JsonApi, Request, Unclear
from newsletter.transports.providers.batching import CallBatch, Cap
from newsletter.transports.providers.letter import Item
from newsletter.transports.providers.url import ProviderUrl
from newsletter.transports.providers.webhooks import (
    WebhookEvent,
    WebhookKind,
    identity,
    known,
    moment,
    not_tried,
    part,
    told,
    unknown,
    word,
)

NAME = "resend"
OPTIONS: frozenset[str] = frozenset()
TAG = "newsletter_delivery"


def from_url(url: ProviderUrl, _clock: Clock) -> Resend:
    """`resend://KEY@`."""
    return Resend(url.api("https://api.resend.com"), url.key)


def batch_key(batch: CallBatch) -> str:
    """Return the same key for the same deliveries, in this call and after a crash; tokens tell installations apart."""
    tokens = ",".join(item.token or str(item.delivery_id) for item in batch.items)
    return hashlib.sha256(tokens.encode()).hexdigest()


class Resend(JsonApi):
    """See `newsletter.transports.providers.base.Api`. Keys are kept for 24 hours."""

    name = NAME
    cap = Cap(recipients=100, octets=35_000_000, one_letter=False)
    idempotent = True

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(base_url, {"Authorization": f"Bearer {key}"})

    def too_fast(self, answer: ApiAnswer) -> bool:
        """429 but for a quota, or our own first try of this batch is still being worked on."""
        return (answer.status == 429 and "_quota_exceeded" not in answer.text) or (
            answer.status == 409 and word(answer.fields, "name") == "concurrent_idempotent_requests"
        )

    def request(self, batch: CallBatch) -> Request:
        """A list of whole messages, of which the wrong ones do not spoil the others (permissive validation)."""
        body = [_message(item) for item in batch.items]
        return self.call("/emails/batch", body, Idempotency_Key=batch_key(batch), x_batch_validation="permissive")

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """200 with the ids of those that were taken in order, and the others by index."""
        if answer.status == 409:  # the key was used with other content: that batch was taken, this one was not
            raise Unclear(answer.text)
        if answer.status == 413 or (answer.status == 422 and "`to`" in answer.text):
            return {}
        if answer.status != 200:
            raise base.at_fault(answer, NAME)
        wrong = {int(e["index"]): word(e, "message") for e in answer.fields.get("errors") or ()}
        ids = [word(each, "id") for each in answer.fields["data"] if each]
        good = [n for n in range(len(batch.items)) if n not in wrong]
        if len(ids) != len(good):
            raise Unclear(f"{len(ids)} ids for {len(good)} messages")
        known: dict[int, Outcome] = {}
        for number, message_id in zip(good, ids, strict=True):
            known[batch.items[number].delivery_id] = Accepted(200, "", message_id)
        for number, message in wrong.items():
            known[batch.items[number].delivery_id] = base.refused(422, message)
        return known


def _message(item: Item) -> dict[str, Any]:
    letter = item.letter
    return {
        "from": letter.sender.shown,
        "to": [item.to.shown],
        **({"reply_to": letter.reply_to.shown} if letter.reply_to else {}),
        "subject": letter.subject,
        **({"text": item.fill(letter.text)} if letter.text else {}),
        **({"html": item.fill(letter.html)} if letter.html else {}),
        "headers": {name: item.fill(value) for name, value in letter.headers},
        "tags": [{"name": TAG, "value": item.token}] if item.token else [],
    }


EVENTS = {
    "email.delivered": WebhookKind.DELIVERED,
    "email.bounced": WebhookKind.BOUNCED,
    "email.delivery_delayed": WebhookKind.DEFERRED,
    "email.complained": WebhookKind.COMPLAINED,
    "email.failed": WebhookKind.REJECTED,
    "email.suppressed": WebhookKind.REJECTED,
    "email.opened": WebhookKind.OPENED,
    "email.clicked": WebhookKind.CLICKED,
    "email.sent": WebhookKind.NOTHING,
    "email.scheduled": WebhookKind.NOTHING,
    "email.received": WebhookKind.NOTHING,
    **{
        f"{what}.{done}": WebhookKind.NOTHING
        for what in ("contact", "domain")
        for done in ("created", "updated", "deleted")
    },
}
"""Every event, by the name the provider gives it."""
_OF_TYPE = {
    "email.suppressed": Reason.SUPPRESSED,
    "email.failed": Reason.POLICYVIOLATION,  # a quota, a domain, a key: about us (law 9)
}
_HINTS = {
    "NoEmail": Reason.USERUNKNOWN,
    "Suppressed": Reason.SUPPRESSED,
    "OnAccountSuppressionList": Reason.SUPPRESSED,
    "MailboxFull": Reason.MAILBOXFULL,
    "MessageTooLarge": Reason.MESGTOOBIG,
    "ContentRejected": Reason.CONTENTERROR,
}


_HARD = {"Permanent": True, "Transient": False}


class ResendReader:
    """Events signed with Svix; the secret begins with `whsec_`."""

    provider = NAME

    def __init__(self, secret: str, fetch: Fetch, once: Once) -> None:
        self._secret = secret

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over id, moment and body."""
        if not self._secret:
            raise refused()
        check_svix(self._secret, headers, body, now)

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the one event."""
        document = webhooks.load(body, NAME)
        if not isinstance(document, dict):
            raise InputError("the webhook is no event", where=NAME)
        return known([_event(document)])


def _event(document: dict[str, Any]) -> WebhookEvent:
    kind = EVENTS.get(word(document, "type"), WebhookKind.UNKNOWN)
    if kind is WebhookKind.UNKNOWN:
        return unknown(NAME, word(document, "type"), document)
    data = part(document, "data")
    bounce, click = part(data, "bounce"), part(data, "click")
    recipients = data.get("to")
    said = bounce.get("diagnosticCode")
    spoken = str(said[0]) if isinstance(said, list) and said else word(bounce, "diagnosticCode")
    hint = _OF_TYPE.get(word(document, "type")) or _HINTS.get(word(bounce, "subType"))
    own = word(bounce, "message") or word(part(data, "failed"), "reason") or word(part(data, "suppressed"), "message")
    if hint is Reason.SUPPRESSED:
        kind, hint = not_tried(own)
    return told(
        NAME,
        kind,
        event_id=identity(
            word(document, "type"),
            word(data, "email_id"),
            word(document, "created_at"),
            word(click, "link", "timestamp"),
        ),
        token=_tag(data.get("tags")),
        recipient=str(recipients[0]) if isinstance(recipients, list) and recipients else "",
        at=moment(click.get("timestamp")) or moment(document.get("created_at")),
        text=spoken,
        label=own,
        hint=hint,
        hard=_HARD.get(word(bounce, "type")),
        url=word(click, "link"),
        user_agent=word(click, "userAgent"),
        ip=word(click, "ipAddress"),
    )


def _tag(tags: object) -> str:
    """Tags come as an object, and came as a list of names and values."""
    if isinstance(tags, dict):
        return word(tags, TAG)
    listed = tags if isinstance(tags, list) else []
    return next((word(t, "value") for t in listed if isinstance(t, dict) and word(t, "name") == TAG), "")
