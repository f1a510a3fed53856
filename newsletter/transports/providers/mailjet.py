"""Mailjet: POST /v3.1/send, 50 messages a call; the letter stands once under Globals, variables fill it.

https://dev.mailjet.com/email/reference/send-emails/, https://dev.mailjet.com/email/guides/webhooks/
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from newsletter.clock import Clock
from newsletter.mail.envelope import Accepted, Outcome
from newsletter.mail.report import Reason
from newsletter.transports.providers import base, webhooks
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
    told,
    unknown,
    word,
)

NAME = "mailjet"
OPTIONS: frozenset[str] = frozenset()

_OWN_HEADERS = frozenset(
    {"list-id", "date", "message-id", "user-agent", "x-mailer", "x-feedback-id", "x-csa-complaints"}
)
"""One of these in `Headers` refuses the message: Mailjet writes them itself, or leaves them out; of ours, List-Id.

https://dev.mailjet.com/email/reference/send-emails/ (Headers)
"""
_VAR = Syntax('{{var:%s:""}}', r"\{{2,}|\{[%#]|\[{2,}", {"{": "brace", "[": "bracket"})


def from_url(url: ProviderUrl, _clock: Clock) -> Mailjet:
    """`mailjet://KEY:SECRET@`."""
    return Mailjet(url.api("https://api.mailjet.com"), url.key, url.need("secret", url.secret))


class Mailjet(JsonApi):
    """See `newsletter.transports.providers.base.Api`."""

    name = NAME
    cap = Cap(recipients=50, octets=15_000_000, one_letter=True)

    def __init__(self, base_url: str, key: str, secret: str) -> None:
        credentials = base64.b64encode(f"{key}:{secret}".encode()).decode("ascii")
        super().__init__(base_url, {"Authorization": f"Basic {credentials}"})

    def request(self, batch: CallBatch) -> Request:
        """The letter once, and a message for each recipient."""
        letter = batch.letter
        shared = {
            "From": _mailbox(letter.sender),
            **({"ReplyTo": _mailbox(letter.reply_to)} if letter.reply_to else {}),
            "Subject": _VAR.write(letter.subject),
            **({"TextPart": _VAR.write(letter.text)} if letter.text else {}),
            **({"HTMLPart": _VAR.write(letter.html)} if letter.html else {}),
            "TemplateLanguage": True,
            "TrackOpens": "disabled",
            "TrackClicks": "disabled",
        }
        return self.call("/v3.1/send", {"Globals": shared, "Messages": [_message(item) for item in batch.items]})

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """A result for each message, whatever the status of the whole."""
        results = answer.fields.get("Messages")
        if not isinstance(results, list):
            if answer.status == 413:
                return {}
            if answer.status < 300:
                raise Unclear(answer.text)
            raise base.at_fault(answer, NAME)
        if len(results) != len(batch.items):
            raise Unclear(f"{len(results)} results for {len(batch.items)} messages")
        if all(_failed(result) and not _about_recipient(result) for result in results):
            raise base.at_fault(answer, NAME)
        return {item.delivery_id: _outcome(result) for item, result in zip(batch.items, results, strict=True)}


def _message(item: Item) -> dict[str, Any]:
    return {
        "To": [_mailbox(item.to)],
        "Variables": _VAR.values(item),
        "Headers": {n: item.fill(value) for n, value in item.letter.headers if n.lower() not in _OWN_HEADERS},
        "CustomID": item.token,
    }


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"Email": mailbox.address, **({"Name": mailbox.name} if mailbox.name else {})}


def _failed(result: Mapping[str, Any]) -> bool:
    return word(result, "Status").lower() != "success"


def _about_recipient(result: Mapping[str, Any]) -> bool:
    errors = result.get("Errors") or ()
    return any(str(field).startswith("To") for error in errors for field in error.get("ErrorRelatedTo") or ())


def _outcome(result: Mapping[str, Any]) -> Outcome:
    if not _failed(result):
        to = (result.get("To") or [{}])[0]
        return Accepted(200, "", word(to, "MessageID", "MessageUUID"))
    errors = result.get("Errors") or ()
    reply = "; ".join(f"{word(e, 'ErrorCode')} {word(e, 'ErrorMessage')}" for e in errors)
    return base.refused(550, reply) if _about_recipient(result) else base.deferred(451, reply)


EVENTS = {
    "sent": WebhookKind.DELIVERED,
    "bounce": WebhookKind.BOUNCED,
    "blocked": WebhookKind.REJECTED,
    "spam": WebhookKind.COMPLAINED,
    "unsub": WebhookKind.UNSUBSCRIBED,
    "open": WebhookKind.OPENED,
    "click": WebhookKind.CLICKED,
    # of the account: https://dev.mailjet.com/email/reference/webhook/ (EventType)
    "typofix": WebhookKind.NOTHING,
    "parseapi": WebhookKind.NOTHING,
    "newsender": WebhookKind.NOTHING,
    "newsenderautovalid": WebhookKind.NOTHING,
}
"""Every event, by the name the provider gives it."""
# https://dev.mailjet.com/email/guides/webhooks/#possible-values-for-errors
_HINTS = {
    "user unknown": Reason.USERUNKNOWN,
    "mailbox inactive": Reason.SUSPEND,
    "quota exceeded": Reason.MAILBOXFULL,
    "blacklisted": Reason.BADREPUTATION,
    "spam reporter": Reason.SUPPRESSED,
    "invalid domain": Reason.HOSTUNKNOWN,
    "no mail host": Reason.HOSTUNKNOWN,
    "relay/access denied": Reason.NORELAYING,
    "greylisted": Reason.ONHOLD,
    "bad or empty template": Reason.SYSTEMERROR,
    "error in template language": Reason.SYSTEMERROR,
    "sender blocked": Reason.BLOCKED,
    "content blocked": Reason.SPAMDETECTED,
    "policy issue": Reason.POLICYVIOLATION,
    "system issue": Reason.SYSTEMERROR,
    "protocol issue": Reason.SYSTEMERROR,
    "connection issue": Reason.NETWORKERROR,
    "preblocked": Reason.SUPPRESSED,
    "duplicate in campaign": Reason.POLICYVIOLATION,
}


class MailjetReader(PasswordReader):
    """Events behind HTTP Basic, which stands in the address given to Mailjet; the secret is `user:password`."""

    provider = NAME

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the one event, or those of a grouped webhook."""
        events = webhooks.entries(webhooks.load(body, NAME), NAME)
        return known(_event(e) for e in events)


def _kind(fields: Mapping[str, Any]) -> WebhookKind:
    kind, error = EVENTS.get(word(fields, "event"), WebhookKind.UNKNOWN), word(fields, "error")
    if kind is WebhookKind.BOUNCED and error == "greylisted" and fields.get("hard_bounce") is not True:
        return WebhookKind.DEFERRED  # Mailjet tries again by itself
    if kind is WebhookKind.REJECTED and error == "spam reporter":
        return WebhookKind.COMPLAINED
    return kind


def _event(fields: dict[str, Any]) -> WebhookEvent:
    kind, error, hard = _kind(fields), word(fields, "error"), fields.get("hard_bounce")
    if kind is WebhookKind.UNKNOWN:
        return unknown(NAME, word(fields, "event"), fields)
    message_id = word(fields, "Message_GUID", "MessageID")
    return told(
        NAME,
        kind,
        event_id=identity(
            word(fields, "event"), message_id, word(fields, "email"), word(fields, "time"), word(fields, "url")
        ),
        token=word(fields, "CustomID"),
        recipient=word(fields, "email"),
        at=moment(fields.get("time")),
        text=word(fields, "comment", "smtp_reply"),
        label=error,
        hint=_HINTS.get(error),
        hard=hard if kind is WebhookKind.BOUNCED and isinstance(hard, bool) else None,
        url=word(fields, "url"),
        user_agent=word(fields, "agent"),
        ip=word(fields, "ip"),
    )
