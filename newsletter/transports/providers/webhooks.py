"""What providers tell us later, in one shape: each event of a webhook becomes a `WebhookEvent`, and that a `Report`.

Events may come twice, late and in any order: `event_id` is the same each time, `at` is the provider's own moment.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from newsletter.errors import InputError
from newsletter.inbound.signatures import Fetch, Once, check_password
from newsletter.mail import reasons
from newsletter.mail.report import Failure, Reason, Report, ReportKind

MAX_EVENTS = 10_000
"""More events in one webhook than any provider sends."""
MAX_OCTETS = 8 * 1024 * 1024
"""A webhook larger than this is not read."""


class WebhookKind(StrEnum):
    """What happened."""

    DELIVERED = "delivered"  # the receiving server took it
    BOUNCED = "bounced"  # it did not, and the provider has given up
    DEFERRED = "deferred"  # it did not yet
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    REJECTED = "rejected"  # the provider itself did not try
    NOTHING = "nothing"  # known, and it says nothing about whether a reader takes or wants our mail
    UNKNOWN = "unknown"  # a name that stands in no table of ours: `text` holds it
    CONFIRM = (
        "confirm"  # the provider asks us to get `url`, its own as the reader has seen to, to start its webhooks (SNS)
    )


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event. `token` is what we sent along (see `Item.token`), or empty for mail that was not ours.

    `text` is what the receiving server or the provider said, verbatim; `reason` is judged from it. `hard` is the provider's own
    class of a failure, None when it gives none. `at` is None when the provider does not tell.
    """

    provider: str
    event_id: str
    kind: WebhookKind
    token: str = ""
    recipient: str = ""
    at: datetime | None = None
    reason: Reason | None = None
    status: str = ""  # RFC 3463, or empty
    code: int = 0  # SMTP reply code, or 0
    text: str = ""
    hard: bool | None = None
    url: str = ""  # of a click, or to confirm
    user_agent: str = ""
    ip: str = ""

    def report(self) -> Report | None:
        """Return the event as feedback, or None when it is none (delivered, deferred, opened, clicked)."""
        kind = _KINDS.get(self.kind)
        if kind is None:
            return None
        reason = self.reason or Reason.FEEDBACK
        if kind is ReportKind.TRANSIENT and (self.hard or reason in reasons.PERMANENT):
            kind = ReportKind.PERMANENT
        return Report(
            kind=kind,
            recipient=self.recipient,
            reason=reason,
            status=self.status,
            code=self.code,
            diagnostic=self.text,
            action="failed" if self.kind in (WebhookKind.BOUNCED, WebhookKind.REJECTED) else "",
            message_id=self.token,
            feedback_type="abuse" if self.kind is WebhookKind.COMPLAINED else "",
            dialect=self.provider,
        )


class WebhookReader(Protocol):
    """One provider's webhooks. Made with the secret of its setting; one without a secret refuses everything."""

    provider: str

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raise TokenError unless this request comes from the provider and is not an old one played again."""
        ...

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the events, oldest first as they stand there. Raises InputError when the body is no such webhook."""
        ...


class PasswordReader:
    """The ground of readers whose provider signs nothing: HTTP Basic when the secret is `user:password`, else a bearer token."""

    def __init__(self, secret: str, fetch: Fetch, once: Once) -> None:
        self._secret = secret

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the password; replays are known by their event ids alone."""
        check_password(self._secret, headers)


_KINDS = {
    WebhookKind.BOUNCED: ReportKind.TRANSIENT,
    WebhookKind.REJECTED: ReportKind.TRANSIENT,
    WebhookKind.COMPLAINED: ReportKind.COMPLAINT,
    WebhookKind.UNSUBSCRIBED: ReportKind.UNSUBSCRIBE,
}
_FAILED = frozenset({WebhookKind.BOUNCED, WebhookKind.DEFERRED, WebhookKind.REJECTED})
_VAGUE = (Reason.UNDEFINED, Reason.ONHOLD)
_PASSING = {
    Reason.HOSTUNKNOWN: Reason.NETWORKERROR,
    Reason.USERUNKNOWN: Reason.FILTERED,
    Reason.HASMOVED: Reason.ONHOLD,
    Reason.NOTACCEPT: Reason.ONHOLD,
}
"""Reasons that speak of the address, and what is left of them when the provider calls the failure passing."""
_OF_US = frozenset(
    {
        Reason.AUTHFAILURE, Reason.BADREPUTATION, Reason.BLOCKED, Reason.CONTENTERROR, Reason.EMAILTOOLARGE,
        Reason.FAILEDSTARTTLS, Reason.MESGTOOBIG, Reason.NORELAYING, Reason.NOTCOMPLIANTRFC, Reason.POLICYVIOLATION,
        Reason.RATELIMITED, Reason.REJECTED, Reason.REQUIREPTR, Reason.SECURITYERROR, Reason.SPAMDETECTED, Reason.SPEEDING,
        Reason.SYNTAXERROR, Reason.TOOMANYCONN, Reason.VIRUSDETECTED,
    }
)  # fmt: skip
_LEFT = re.compile(r"unsubscri|opt(?:ed)?[ _-]?out", re.IGNORECASE)
_COMPLAINED = re.compile(r"complain|spam|abuse", re.IGNORECASE)
_NO_COMPLAINT = frozenset({"not-spam", "not_spam", "notspam", "auth-failure", "auth_failure", "dmarc"})
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


def told(
    provider: str,
    kind: WebhookKind,
    *,
    event_id: str,
    token: str = "",
    recipient: str = "",
    at: datetime | None = None,
    text: str = "",
    label: str = "",
    status: str = "",
    hint: Reason | None = None,
    hard: bool | None = None,
    url: str = "",
    user_agent: str = "",
    ip: str = "",
) -> WebhookEvent:
    """Return one event. `hard` is the provider's class of a failure and wins; `hint` is the reason its own label names.

    The receiving server's words (`text`) only refine: they say which of the reasons of that class it was. What the provider
    itself says (`label`) is kept and never read as a server's words. Where the provider itself did not try, no server spoke.
    """
    said = (text or label)[:2000]
    event = WebhookEvent(
        provider, event_id, kind, token, recipient, at, text=said, url=url, user_agent=user_agent, ip=ip
    )
    if kind not in _FAILED:
        return event
    if hint is Reason.SUPPRESSED or (kind is WebhookKind.REJECTED and hint is not None):
        return replace(event, reason=hint)
    found = reasons.judge(Failure(recipient=recipient, diagnostic=text[:2000], status=status))
    reason = hint if hint is not None and found.reason in _VAGUE else found.reason
    if kind is WebhookKind.DEFERRED and reason is Reason.UNDEFINED:
        reason = Reason.ONHOLD  # that much is known
    if hard is True:
        reason, hard = _permanent(reason, hint)
    elif hard is False:
        reason = _PASSING.get(reason, reason)
    return replace(event, reason=reason, status=found.status, code=found.code, hard=hard)


def _permanent(reason: Reason, hint: Reason | None) -> tuple[Reason, bool]:
    """The reason of a failure that the provider calls permanent, and whether it is so for the reader.

    When its own label names the address, that is so whatever was said. When it names nothing, and the server's words speak of
    us (policy, content), it is not the address that is dead (law 9).
    """
    if hint in reasons.PERMANENT:
        return (reason if reason in reasons.PERMANENT else hint or reason), True
    if reason in _OF_US:
        return reason, False
    return (Reason.USERUNKNOWN if reason in _VAGUE else reason), True


def unknown(provider: str, name: str, *about: object) -> WebhookEvent:
    """Return an event that stands in no table: `name` as the provider writes it, `about` what tells it from others.

    What has no name is no event.
    """
    kind = WebhookKind.UNKNOWN if name else WebhookKind.NOTHING
    return WebhookEvent(provider, identity(name, *about), kind, text=name.replace("\0", "")[:80] or "(without a name)")


def known(events: Iterable[WebhookEvent]) -> list[WebhookEvent]:
    """Return the events without those that say nothing."""
    return [event for event in events if event.kind is not WebhookKind.NOTHING]


def not_tried(words: str) -> tuple[WebhookKind, Reason]:
    """Return what it means that a provider tried no more, by why its own list holds the address.

    Who left or complained there has left or complained, which ends the subscription and rules the address out for this
    publication at most; who bounced there takes no mail.
    """
    if _LEFT.search(words):
        return WebhookKind.UNSUBSCRIBED, Reason.FEEDBACK
    if _COMPLAINED.search(words):
        return WebhookKind.COMPLAINED, Reason.FEEDBACK
    return WebhookKind.REJECTED, Reason.SUPPRESSED


def complaint(feedback_type: str) -> WebhookKind:
    """Return what a feedback loop's type means (RFC 5965 section 7.3, RFC 6591, RFC 6430): not everything is a complaint."""
    return WebhookKind.NOTHING if feedback_type.strip().lower() in _NO_COMPLAINT else WebhookKind.COMPLAINED


def load(body: bytes, provider: str) -> Any:
    """Return the body read as JSON. Raises InputError."""
    if len(body) > MAX_OCTETS:
        raise InputError("the webhook is too large", where=provider)
    try:
        document = json.loads(body)
        if _SURROGATE.search(body):  # a lone half of a character is none, and cannot be written anywhere
            document = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
        return document
    except (ValueError, RecursionError):
        raise InputError("the webhook is not JSON", where=provider) from None


def entries(document: object, provider: str) -> list[dict[str, Any]]:
    """Return the events of a webhook that may hold one or a list of them. Raises InputError when there are none.

    What is no event among others is left out: it must not keep the others from being told.
    """
    listed = document if isinstance(document, list) else [document]
    found = [each for each in listed[:MAX_EVENTS] if isinstance(each, dict)]
    if len(listed) > MAX_EVENTS or (listed and not found):
        raise InputError("the webhook holds no events, or too many", where=provider)
    return found


def part(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the object at `name`, or an empty one."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def word(fields: Mapping[str, Any], *names: str) -> str:
    """Return the first of these fields that is a text or a number, as text, or empty."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def identity(*parts: object) -> str:
    """Return an id for an event that has none: the same for the same parts."""
    return hashlib.sha256("\0".join(str(p) for p in parts).encode("utf-8", "replace")).hexdigest()[:40]


def moment(value: object) -> datetime | None:
    """Return a Unix time in seconds or milliseconds, or an ISO 8601 text, as a moment in UTC; None when it is neither."""
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
            at = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        number = float(str(value))
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None
