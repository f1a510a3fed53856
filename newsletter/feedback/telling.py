"""What the editors are told of feedback: a burst that nothing proves, reports that cannot be read, events that nobody knows."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.feedback.consequences import BURST
from newsletter.model.brand import brand_of
from newsletter.queue import Job, Queue
from newsletter.rendering.alerts import alerts
from newsletter.rendering.renderer import Renderer
from newsletter.store import alarms
from newsletter.store.accounts import editors
from newsletter.store.alerting import Alert, may_alert
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.store.feedback import reports, unknown_events, unproven
from newsletter.store.publications import publications

log = structlog.get_logger(__name__)

_MESSAGE = """{number} reports about readers came today, and nothing proves that they are true: no signature of ours in a return path, no webhook, no feedback loop that you named and that signed.

Readers may have been unsubscribed by them, but nobody was ruled out for good: whoever confirms anew is back. For the rest of \
the day those that name no message of ours end no subscription any more. If you do not know where they come from, somebody is \
making them up. If they come from a feedback loop, name it in \
NEWSLETTER_FEEDBACK_LOOPS, and what it signs counts in full."""


_UNREAD = """The last {number} reports that came in could not be read, one after the other. If that goes for all of them, no bounce and no complaint is heard until it is mended, \
and mail goes on to people who do not take it or do not want it.

`newsletter doctor` tries the reader, and `newsletter feedback list` says of each report what was wrong with it. Reports that wait are read by \
themselves as soon as the reader starts; one that was set aside is read again by `newsletter feedback retry`."""

_UNKNOWN = """A provider told of events that this release does not know, and nothing followed from them:

{events}

What came is kept and counted: `newsletter feedback list` shows how many came, and in which report the last one stands. Most likely the \
provider has made new ones; those who make this service will want to know."""

IN_A_ROW = 5
"""So many reports that could not be read, one after the other, and the editors are told."""
AGAIN = timedelta(hours=6)


@dataclass(frozen=True)
class Teller:
    """The tools of writing to the editors about feedback, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue
    renderer: Renderer
    base_url: str

    def tell(self) -> int:
        """Write to each editor when today's unproven reports are a burst, once a day; return how many were written to."""
        now = self.clock.now()
        with self.database.read() as session:
            if unproven.of_day(session, now.date()) < BURST:
                return 0
        with self.database.write() as session:
            number = unproven.tell(session, now.date(), BURST)
            if not number:
                return 0
            message = _MESSAGE.format(number=number)
            ids = self._write(session, "unproven", f"{number} unproven reports came today", message)
        log.warning("a burst of unproven reports", reports=number)
        return self._ring(ids)

    def tell_unread(self) -> int:
        """Write to each editor when the last IN_A_ROW reports could not be read, once in AGAIN; return how many were written to."""
        with self.database.read() as session:
            if not reports.unread_in_a_row(session, IN_A_ROW):
                return 0
        with self.database.write() as session:
            if not may_alert(session, Alert.UNREAD, self.clock.now(), AGAIN):
                return 0
            ids = self._write(session, "unread", "Reports cannot be read", _UNREAD.format(number=IN_A_ROW))
        log.error("reports cannot be read, one after the other", reports=IN_A_ROW)
        return self._ring(ids)

    def tell_unknown(self) -> int:
        """Write to each editor of events that nobody knows, once for each name; return how many were written to."""
        with self.database.read() as session:
            if not unknown_events.untold(session):
                return 0
        with self.database.write() as session:
            found = unknown_events.tell(session)
            if not found:
                return 0
            events = "\n".join(f"- {provider}: {event}" for provider, event in found)
            ids = self._write(session, "unknown", "Webhook events that nobody knows", _UNKNOWN.format(events=events))
        log.warning("events of providers that nobody knows", events=[" ".join(each) for each in found])
        return self._ring(ids)

    def _write(self, session: Session, matter: str, title: str, message: str) -> list[int]:
        publication = next(iter(publications.all_of(session)), None)
        if publication is None:
            return []
        url, now = f"{self.base_url}/desk/reports", self.clock.now()
        cause = alarms.cause_of("reports", matter)
        alarm = alarms.raise_alarm(session, cause, title=title, message=message, url=url, now=now)
        written = alerts(
            self.renderer,
            brand_of(publication, self.base_url),
            editors.able(session),
            alarm,
            publication_id=publication.id,
            now=now,
        )
        return [notices.add(session, notice).id for notice in written]

    def _ring(self, notice_ids: list[int]) -> int:
        with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
            for notice_id in notice_ids:
                self.queue.ring(Job.SEND_NOTICE, notice_id)
        return len(notice_ids)
