"""A burst of reports that nothing proves is told: somebody may be writing them, or a feedback loop is not named in the settings."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import structlog

from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.feedback.consequences import BURST
from newsletter.model.brand import brand_of
from newsletter.queue import Job, Queue
from newsletter.rendering.alerts import alerts
from newsletter.rendering.renderer import Renderer
from newsletter.store import editors, notices, publications, unproven
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

_MESSAGE = """{number} reports about readers came today, and nothing proves that they are true: no signature of ours in a return path, no webhook, no feedback loop that you named and that signed.

Readers may have been unsubscribed by them, but nobody was ruled out for good: whoever confirms anew is back. For the rest of \
the day those that name no message of ours end no subscription any more. If you do not know where they come from, somebody is \
making them up. If they come from a feedback loop, name it in \
NEWSLETTER_FEEDBACK_LOOPS, and what it signs counts in full."""


@dataclass(frozen=True)
class Teller:
    """The tools of writing to the editors about a burst, put together once per process."""

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
            publication = next(iter(publications.all_of(session)), None)
            if not number or publication is None:
                return 0
            written = alerts(
                self.renderer,
                brand_of(publication, self.base_url),
                editors.able(session),
                publication_id=publication.id,
                title=f"{number} unproven reports came today",
                message=_MESSAGE.format(number=number),
                url=f"{self.base_url}/desk/reports",
                now=now,
            )
            ids = [notices.add(session, notice).id for notice in written]
        log.warning("a burst of unproven reports", reports=number)
        with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
            for notice_id in ids:
                self.queue.ring(Job.SEND_NOTICE, notice_id)
        return len(ids)
