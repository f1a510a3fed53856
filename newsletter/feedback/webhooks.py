"""What a provider's webhook says, as findings: kept raw first like any report, read here, applied like any report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from newsletter.errors import InputError, NewsletterError, UnavailableError
from newsletter.feedback.handling import FoundReport, ReportedEvent
from newsletter.feedback.intake import WEBHOOK
from newsletter.mail.report import Reason, Report, ReportKind
from newsletter.model.feedback import EventKind as Opened
from newsletter.transports.providers.webhooks import WebhookEvent, WebhookKind, WebhookReader

log = structlog.get_logger(__name__)

_LOOKS = {WebhookKind.OPENED: Opened.OPEN, WebhookKind.CLICKED: Opened.CLICK}


class WebhookFindings:
    """Reads bodies whose signature was checked at the door."""

    def __init__(self, readers: Mapping[str, WebhookReader], fetch: Callable[[str], bytes]) -> None:
        self._readers = readers
        self._fetch = fetch

    def __call__(self, source: str, body: bytes) -> Sequence[FoundReport] | None:
        """Return what the events say, oldest first; None when `source` is no webhook.

        A provider that asks to confirm its webhooks is answered here. Raises InputError when the body cannot be read,
        UnavailableError when that answer could not be given: a person may give it.
        """
        if not source.startswith(WEBHOOK):
            return None
        reader = self._readers.get(source.removeprefix(WEBHOOK))
        if reader is None:
            raise InputError(f"{source} has no secret any more", remedy="set it in NEWSLETTER_WEBHOOK_SECRETS")
        events = reader.read(body)
        for event in events:
            if event.kind is WebhookKind.CONFIRM:
                self._confirm(event)
        return [found for event in events if (found := _finding(event)) is not None]

    def _confirm(self, event: WebhookEvent) -> None:
        try:
            self._fetch(event.url)
        except NewsletterError as error:
            raise UnavailableError(
                f"{event.provider} asks to confirm its webhooks, and that failed: {error}",
                remedy=f"open this address once: {event.url}",
            ) from None
        log.info("webhooks are confirmed", provider=event.provider)


def _finding(event: WebhookEvent) -> FoundReport | None:
    if event.kind is WebhookKind.CONFIRM:
        return None
    if event.kind is WebhookKind.UNKNOWN:
        about = Report(ReportKind.NONE, "", Reason.UNDEFINED, dialect=event.provider)
        return FoundReport(about, event.event_id, unknown=event.text)
    if event.kind in _LOOKS:
        look = ReportedEvent(_LOOKS[event.kind], event.url, event.user_agent)
        told = Report(ReportKind.NONE, event.recipient, Reason.FEEDBACK, message_id=event.token, dialect=event.provider)
        return FoundReport(told, event.event_id, event.at, look)
    report = event.report()
    if event.kind is WebhookKind.DELIVERED:
        report = _delivered(event)
    return None if report is None else FoundReport(report, f"{event.provider} {event.event_id}", event.at)


def _delivered(event: WebhookEvent) -> Report:
    said: dict[str, Any] = {"status": event.status, "code": event.code, "diagnostic": event.text}
    return Report(
        ReportKind.NONE, event.recipient, Reason.DELIVERED, message_id=event.token, dialect=event.provider, **said
    )
