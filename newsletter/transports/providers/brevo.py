"""Brevo: POST /v3/smtp/email, 1,000 message versions a call with parameters, and an idempotency key.

https://developers.brevo.com/reference/sendtransacemail, https://developers.brevo.com/docs/heterogenous-versions-batch-emails
https://developers.brevo.com/docs/transactional-webhooks
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from newsletter.clock import Clock
from newsletter.mail import message
from newsletter.mail.envelope import Outcome
from newsletter.mail.report import Reason
from newsletter.transports.providers import base, culprits, webhooks
from newsletter.transports.providers.base import ApiAnswer, JsonApi, Request, Unclear
from newsletter.transports.providers.batching import CallBatch, Cap
from newsletter.transports.providers.letter import Item, Mailbox
from newsletter.transports.providers.merging import Syntax
from newsletter.transports.providers.url import ProviderUrl
from newsletter.transports.providers.webhooks import (
    PasswordReader,
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

NAME = "brevo"
OPTIONS: frozenset[str] = frozenset()
HEADER = "X-Mailin-custom"
"""The header whose value comes back with each event."""

_PARAMS = Syntax("{{params.%s}}", r"\{{2,}|\{[%#]", {"{": "brace"})
_ABOUT_RECIPIENT = re.compile(r"\bin to\b|^to\b|recipient|email is not valid|messageversions", re.IGNORECASE)
_ABOUT_US = re.compile(r"sender|reply", re.IGNORECASE)
_SPECIAL = re.compile(r'[()<>@,:;\\".\[\]]')  # RFC 5322 section 3.2.3
_SPACE = uuid.UUID("5e3bfa4e-6d0c-4b59-9b7e-2f6c1c1d7a10")


def from_url(url: ProviderUrl, _clock: Clock) -> Brevo:
    """`brevo://KEY@`."""
    return Brevo(url.api("https://api.brevo.com"), url.key)


class Brevo(JsonApi):
    """See `newsletter.transports.providers.base.Api`. Keys are kept for 30 minutes."""

    name = NAME
    cap = Cap(recipients=1000, octets=15_000_000, one_letter=True)
    idempotent = True

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(base_url, {"api-key": key})

    def request(self, batch: CallBatch) -> Request:
        """One letter, and a version for each recipient."""
        letter = batch.letter
        tokens = ",".join(item.token or str(item.delivery_id) for item in batch.items)
        body: dict[str, Any] = {
            "sender": _mailbox(letter.sender),
            **({"replyTo": _reply_to(letter.reply_to)} if letter.reply_to else {}),
            "subject": _PARAMS.write(letter.subject),
            **({"textContent": _PARAMS.write(letter.text)} if letter.text else {}),
            **({"htmlContent": _PARAMS.write(letter.html)} if letter.html else {}),
            "headers": {"idempotencyKey": str(uuid.uuid5(_SPACE, tokens))},
            "messageVersions": [_version(item) for item in batch.items],
        }
        return self.call("/v3/smtp/email", body)

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """201 takes all of them and gives an id for each; 400 takes none."""
        fields = answer.fields
        if answer.status in (200, 201, 202):
            ids = fields.get("messageIds") or [fields["messageId"]]
            if len(ids) != len(batch.items):
                raise Unclear(f"{len(ids)} ids for {len(batch.items)} messages")
            return {
                item.delivery_id: base.accepted(answer, message_id)
                for item, message_id in zip(batch.items, ids, strict=True)
            }
        if word(fields, "code") == "duplicate_parameter":  # the key says that this very batch was taken before
            return base.all_accepted(answer, batch, "taken before under the same key")
        if answer.status == 413:
            return {}
        if answer.status == 400 and _of_reader(word(fields, "message")):
            said = word(fields, "message")
            found = culprits.named(said, batch) or culprits.placed(said, batch) or culprits.odd_one(batch)
            return {item.delivery_id: base.refused(550, answer.text) for item in found}
        raise base.at_fault(answer, NAME)


def _version(item: Item) -> dict[str, Any]:
    # Whether the headers of a version replace or join those of the call is not said, so each has all of them.
    headers = {name: _ascii(item.fill(value)) for name, value in item.letter.headers}
    return {
        "to": [_mailbox(item.to)],
        "params": _PARAMS.values(item),
        "headers": {**headers, HEADER: item.token},
    }


def _of_reader(words: str) -> bool:
    return _ABOUT_RECIPIENT.search(words) is not None and _ABOUT_US.search(words) is None


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    """Brevo drops a name that is not ASCII and needs quotes, unless it comes encoded by RFC 2047 (found by django-anymail)."""
    if mailbox.name.isascii() or not _SPECIAL.search(mailbox.name):
        return base.mailbox_object(mailbox)
    encoded = message.mailbox(mailbox.name, mailbox.address).rpartition(" <")[0]
    return base.mailbox_object(Mailbox(mailbox.address, encoded))


def _reply_to(mailbox: Mailbox) -> dict[str, str]:
    """Brevo writes this name raw: it is left out when it is not ASCII."""
    return base.mailbox_object(mailbox if mailbox.name.isascii() else Mailbox(mailbox.address))


def _ascii(value: str) -> str:
    """Brevo writes other characters raw, as RFC 5322 forbids: of a List-Id only the identifier is left then."""
    if value.isascii():
        return value
    return value[max(0, value.rfind("<")) :].encode("ascii", "ignore").decode()


EVENTS = {
    "delivered": WebhookKind.DELIVERED,
    "soft_bounce": WebhookKind.BOUNCED,
    "hard_bounce": WebhookKind.BOUNCED,
    "deferred": WebhookKind.DEFERRED,
    "blocked": WebhookKind.REJECTED,
    "invalid_email": WebhookKind.REJECTED,
    "error": WebhookKind.REJECTED,
    "spam": WebhookKind.COMPLAINED,
    "complaint": WebhookKind.COMPLAINED,
    "unsubscribed": WebhookKind.UNSUBSCRIBED,
    "opened": WebhookKind.OPENED,
    "unique_opened": WebhookKind.OPENED,
    "proxy_open": WebhookKind.OPENED,
    "unique_proxy_open": WebhookKind.OPENED,
    "click": WebhookKind.CLICKED,
    "unsubscribe": WebhookKind.UNSUBSCRIBED,  # of marketing mail, and of transactional mail in older accounts
    "request": WebhookKind.NOTHING,
    "sent": WebhookKind.NOTHING,
    "reply": WebhookKind.NOTHING,
    "list_addition": WebhookKind.NOTHING,
    "contact_updated": WebhookKind.NOTHING,
    "contact_deleted": WebhookKind.NOTHING,
    "inbound_email_processed": WebhookKind.NOTHING,
}
"""Every event, by the name the provider gives it."""
_HARD = {"hard_bounce": True, "invalid_email": True, "soft_bounce": False}
_HINTS = {
    "hard_bounce": Reason.USERUNKNOWN,
    "invalid_email": Reason.USERUNKNOWN,
    "blocked": Reason.SUPPRESSED,
    "error": Reason.POLICYVIOLATION,  # what Brevo could not make of our call
}


class BrevoReader(PasswordReader):
    """Events behind HTTP Basic or a bearer token; the secret is `user:password`, or the token."""

    provider = NAME

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the one event, or those of a batched webhook."""
        events = webhooks.entries(webhooks.load(body, NAME), NAME)
        return known(_event(e) for e in events)


def _event(fields: dict[str, Any]) -> WebhookEvent:
    name, at = word(fields, "event"), word(fields, "ts_epoch", "ts_event", "ts")
    kind, hint = EVENTS.get(name, WebhookKind.UNKNOWN), _HINTS.get(name)
    if kind is WebhookKind.UNKNOWN:
        return unknown(NAME, name, fields)
    if name == "blocked":
        kind, hint = not_tried(word(fields, "reason"))
    return told(
        NAME,
        kind,
        event_id=identity(name, word(fields, "message-id"), word(fields, "email"), at, word(fields, "link")),
        token=word(fields, HEADER),
        recipient=word(fields, "email"),
        at=moment(at) if at else None,
        text=word(fields, "reason"),
        hint=hint,
        hard=_HARD.get(name),
        url=word(fields, "link"),
        user_agent=word(fields, "user_agent"),
        ip=word(fields, "ip"),
    )
