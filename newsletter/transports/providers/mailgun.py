"""Mailgun: POST /v3/DOMAIN/messages, 1,000 recipients a call with recipient variables.

https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending
https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from newsletter.clock import Clock
from newsletter.inbound.signatures import REPLAY_WINDOW, Fetch, Once, check_hmac_hex, check_moment, refused
from newsletter.mail.envelope import Outcome
from newsletter.mail.report import Reason
from newsletter.transports.providers import base, webhooks
from newsletter.transports.providers.base import ApiAnswer, Request, Unclear
from newsletter.transports.providers.batching import CallBatch, Cap
from newsletter.transports.providers.merging import Syntax
from newsletter.transports.providers.url import ProviderUrl
from newsletter.transports.providers.webhooks import (
    WebhookEvent,
    WebhookKind,
    known,
    moment,
    not_tried,
    part,
    told,
    unknown,
    word,
)

NAME = "mailgun"
OPTIONS = frozenset({"region"})
VARIABLE = "newsletter_delivery"
"""The user variable that carries our token, filled from the recipient variable `delivery`."""

_HOSTS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
_PERCENT = Syntax("%recipient.%s%", r"%(?=(?:recipient|unsubscribe|mailing_list|tag_unsubscribe))", {"%": "percent"})
_ABOUT_RECIPIENT = re.compile(r"\bto\b.{0,20}(?:parameter|address)|not a valid address|recipient", re.IGNORECASE)


def from_url(url: ProviderUrl, _clock: Clock) -> Mailgun:
    """`mailgun://KEY@DOMAIN?region=us|eu`."""
    host = _HOSTS[url.option("region", "us", tuple(_HOSTS))]
    return Mailgun(url.api(host), url.key, url.need("domain", url.place))


class Mailgun:
    """See `newsletter.transports.providers.base.Api`."""

    name = NAME
    cap = Cap(recipients=1000, octets=25_000_000, one_letter=True)
    idempotent = False

    def __init__(self, base_url: str, key: str, domain: str) -> None:
        self.base_url = base_url
        self._path = f"/v3/{quote(domain, safe='')}/messages"
        self._key = "Basic " + base64.b64encode(f"api:{key}".encode()).decode("ascii")

    def too_fast(self, answer: ApiAnswer) -> bool:
        """RFC 6585 section 4."""
        return answer.status == 429

    def request(self, batch: CallBatch) -> Request:
        """One form: the letter as a template, and the variables of each recipient by address."""
        kind, content = _form(_fields(batch))
        return Request(self._path, {"Authorization": self._key, "Content-Type": kind}, content)

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """All or none: one wrong address refuses the call without being named."""
        if answer.status == 200 and word(answer.fields, "id"):
            return base.all_accepted(answer, batch, word(answer.fields, "id"))
        if answer.status < 300:  # it may well have been taken
            raise Unclear(f"{answer.status} without an id: {answer.text}")
        if answer.status in (400, 413) and _ABOUT_RECIPIENT.search(answer.text):
            return {}
        raise base.at_fault(answer, NAME)


def _fields(batch: CallBatch) -> list[tuple[str, str]]:
    letter = batch.letter
    variables = {item.to.address: {**_PERCENT.values(item), "delivery": item.token} for item in batch.items}
    return [
        ("from", letter.sender.shown),
        *(("to", item.to.shown) for item in batch.items),
        ("subject", _PERCENT.write(letter.subject)),
        *([("text", _PERCENT.write(letter.text))] if letter.text else []),
        *([("html", _PERCENT.write(letter.html))] if letter.html else []),
        *([("h:Reply-To", letter.reply_to.shown)] if letter.reply_to else []),
        *((f"h:{name}", _PERCENT.write(value)) for name, value in letter.headers),
        (f"v:{VARIABLE}", "%recipient.delivery%"),
        ("recipient-variables", base.to_json(variables).decode()),
        ("o:tracking", "no"),
        ("o:tracking-clicks", "no"),
        ("o:tracking-opens", "no"),
    ]


def _form(fields: Iterable[tuple[str, str]]) -> tuple[str, bytes]:
    """The fields as multipart/form-data (RFC 7578): urlencoded, an issue would be three times as large."""
    parts = [(name, value.encode()) for name, value in fields]
    boundary = "form-" + hashlib.sha256(b"\0".join(value for _, value in parts)).hexdigest()[:40]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    body = b"".join(f'{head}{name}"\r\n\r\n'.encode() + value + b"\r\n" for name, value in parts)
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


EVENTS = {
    "delivered": WebhookKind.DELIVERED,
    "failed": WebhookKind.BOUNCED,
    "rejected": WebhookKind.REJECTED,
    "complained": WebhookKind.COMPLAINED,
    "unsubscribed": WebhookKind.UNSUBSCRIBED,
    "opened": WebhookKind.OPENED,
    "clicked": WebhookKind.CLICKED,
    "permanent_fail": WebhookKind.BOUNCED,
    "temporary_fail": WebhookKind.DEFERRED,
    "accepted": WebhookKind.NOTHING,
    "stored": WebhookKind.NOTHING,
    "list_member_uploaded": WebhookKind.NOTHING,
    "list_member_upload_error": WebhookKind.NOTHING,
    "list_uploaded": WebhookKind.NOTHING,
    "email_validation": WebhookKind.NOTHING,
}
"""Every event, by the name the provider gives it."""
_HARD = {"hard": True, "soft": False}
_HINTS = {"old": Reason.EXPIRED, "espblock": Reason.BLOCKED, "greylisted": Reason.ONHOLD}


class MailgunReader:
    """Events signed with HMAC; the secret is the account's webhook signing key."""

    provider = NAME

    def __init__(self, secret: str, fetch: Fetch, once: Once) -> None:
        self._secret = secret
        self._once = once

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over timestamp and token, and that no other event came with them.

        The signature does not cover the event: only TLS, and a token that counts once, protect that.
        """
        document = webhooks.load(body, NAME)
        signature = part(document, "signature") if isinstance(document, dict) else {}
        timestamp, token = word(signature, "timestamp"), word(signature, "token")
        if not self._secret or not token:
            raise refused()
        check_moment(timestamp, now, REPLAY_WINDOW)
        check_hmac_hex(self._secret, f"{timestamp}{token}".encode(), word(signature, "signature"))
        self._once(NAME, token, body)

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the one event."""
        document = webhooks.entries(webhooks.load(body, NAME), NAME)
        events = [part(each, "event-data") for each in document]
        return known(_event(e) for e in events)


def _event(fields: dict[str, Any]) -> WebhookEvent:
    kind = EVENTS.get(word(fields, "event"), WebhookKind.UNKNOWN)
    if kind is WebhookKind.UNKNOWN:
        return unknown(NAME, word(fields, "event"), fields)
    hint = _HINTS.get(word(fields, "reason"))
    if word(fields, "reason").startswith("suppress-"):
        kind, hint = not_tried(word(fields, "reason"))
    elif kind is WebhookKind.REJECTED:  # the account or the content: never the reader (law 9)
        hint = Reason.POLICYVIOLATION
    elif kind is WebhookKind.BOUNCED and word(fields, "severity") == "temporary":
        kind = WebhookKind.DEFERRED
    said = part(fields, "delivery-status")
    code, status = word(said, "code"), word(said, "enhanced-code")
    words = word(said, "message")
    return told(
        NAME,
        kind,
        event_id=word(fields, "id") or webhooks.identity(fields),
        token=word(part(fields, "user-variables"), VARIABLE),
        recipient=word(fields, "recipient"),
        at=moment(fields.get("timestamp")),
        text=_reply(code, words),
        label=word(said, "description") or word(part(fields, "reject"), "reason"),
        status=status,
        hint=hint,
        hard=_HARD.get(word(said, "bounce-type")) if kind is WebhookKind.BOUNCED else None,
        url=word(fields, "url"),
        user_agent=word(part(fields, "client-info"), "user-agent"),
        ip=word(fields, "ip"),
    )


def _reply(code: str, words: str) -> str:
    """The reply as the server wrote it: Mailgun tells its code apart. Codes of its own (605, 607) are left out."""
    return f"{code} {words}" if re.fullmatch(r"[45]\d\d", code) and not words.startswith(code) else words
