"""Who notices that nobody works: the scheduler, when the workers are gone, and each web server, when the scheduler is gone too.

It is said in the log once a minute, and to the editors by mail. That mail goes out at once where workers live and the scheduler
does not; where no worker lives it waits for one, and says since when. An alarm stands meanwhile, which a second way tells of, and
pages, metrics and `newsletter doctor` say it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery.unattended import nobody_works
from newsletter.errors import QueueError
from newsletter.model.brand import brand_of
from newsletter.queue import Job, Queue
from newsletter.rendering.alerts import alerts
from newsletter.rendering.renderer import Renderer
from newsletter.store import alarms
from newsletter.store.accounts import editors
from newsletter.store.alerting import Alert, may_alert
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.store.publications import publications

log = structlog.get_logger(__name__)

LOOK_EVERY = 60.0
"""Seconds between two looks of a process, and so between two lines of its log."""
AGAIN = timedelta(hours=6)
"""How long the editors are not written to again about the same."""
_CAUSE = alarms.cause_of("nobody works", "anywhere")
_MESSAGE = """At {moment} UTC {why}.

Nothing is lost: readers who have not got the issue keep their place, and it goes on by itself as soon as somebody works. \
`newsletter doctor` tells who gives signs of life, and what is in the way of those who cannot work. Where no worker lived, this mail \
waited for one: then mail goes out again by now."""


@dataclass
class Lookout:
    """The tools of telling that nobody works, put together once per process. Safe to run in any number of processes."""

    database: Database
    clock: Clock
    queue: Queue
    renderer: Renderer
    base_url: str
    _next_look: float = field(default=float("-inf"), init=False)
    _since: float | None = field(default=None, init=False)

    def look(self) -> str | None:
        """Look once in LOOK_EVERY; tell log and editors when nobody works, and the log when somebody does again. Raises StoreError.

        Return why nobody works, if so it is and it was told.
        """
        moment = self.clock.monotonic()
        if moment < self._next_look:
            return None
        self._next_look = moment + LOOK_EVERY
        why = nobody_works(self.database, clock=self.clock)
        if why:
            self._since = moment if self._since is None else self._since
            log.error("nobody works", why=why, for_seconds=round(moment - self._since))
            self._tell(why)
            return why
        self._end()
        if self._since is not None:
            log.info("somebody works again", after_seconds=round(moment - self._since))
            self._since = None
        return why

    def _end(self) -> None:
        with self.database.write() as session:
            alarms.end(session, _CAUSE, self.clock.now())

    def _tell(self, why: str) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            if not may_alert(session, Alert.NOBODY_WORKS, now, AGAIN):
                return
            ids = self._write(session, _MESSAGE.format(moment=f"{now:%Y-%m-%d %H:%M}", why=why))
        with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
            for notice_id in ids:
                self.queue.ring(Job.SEND_NOTICE, notice_id)

    def _write(self, session: Session, message: str) -> list[int]:
        publication = next(iter(publications.all_of(session)), None)
        if publication is None:
            return []
        url, title, now = f"{self.base_url}/desk", "An issue is due, and nobody sends it", self.clock.now()
        alarm = alarms.raise_alarm(session, _CAUSE, title=title, message=message, url=url, now=now)
        written = alerts(
            self.renderer,
            brand_of(publication, self.base_url),
            editors.able(session),
            alarm,
            publication_id=publication.id,
            now=now,
        )
        return [notices.add(session, notice).id for notice in written]
