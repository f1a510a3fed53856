"""The scheduler's part of gathering: find whose hour has come and ring for it, and forget what is old."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock, NowAndThen
from newsletter.errors import InputError, QueueError
from newsletter.model import Publication
from newsletter.queue import Job, Queue
from newsletter.store.database import Database
from newsletter.store.sources import gatherings
from newsletter.store.sources import sources as store
from newsletter.zones import due_day

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
"""How often it is looked whose hour has come."""
AGAIN = timedelta(minutes=5)
"""A run that began so lately is at work, or was killed: then the next one waits as long."""
FORGET_SECONDS = 600.0
KEPT = timedelta(days=60)
"""How long the results of runs are kept."""
STEP, MOST_STEPS = 500, 20
MOST_RUNG = 200


@dataclass
class GatheringRounds:
    """What the scheduler does for sources: `tick` is called after each round that this process led."""

    database: Database
    clock: Clock
    queue: Queue
    _looking: NowAndThen = field(default_factory=lambda: NowAndThen(LOOK_SECONDS), init=False)
    _forgetting: NowAndThen = field(default_factory=lambda: NowAndThen(FORGET_SECONDS), init=False)

    def tick(self) -> None:
        """Ring for each publication that is due, and forget old runs, now and then. Raises StoreError."""
        if not self._looking.is_time(self.clock):
            return
        self._ring(self.due())
        if self._forgetting.is_time(self.clock):
            self.forget()

    def due(self) -> list[int]:
        """Return the ids of publications whose sources are to be asked now, and at which nobody is at work."""
        now = self.clock.now()
        with self.database.read() as session:
            by_hour = [each.id for each in store.gathering_by_the_clock(session) if _due(each, now)]
            hourly = store.with_hourly_ones_due(session, now, limit=MOST_RUNG)
            wished = store.wishing_for_runs(session, limit=MOST_RUNG)
            ids = list(dict.fromkeys([*wished, *by_hour, *hourly]))[:MOST_RUNG]
            return [each for each in ids if not _is_at_work(session, each, now)]

    def forget(self) -> int:
        """Forget the runs that are older than they are kept, in steps; return how many."""
        before, forgotten = self.clock.now() - KEPT, 0
        for _ in range(MOST_STEPS):
            with self.database.write() as session:
                gone = gatherings.forget(session, before=before, limit=STEP)
            forgotten += gone
            if gone < STEP:
                break
        return forgotten

    def _ring(self, publication_ids: list[int]) -> None:
        for publication_id in publication_ids:
            try:
                self.queue.ring(Job.GATHER, publication_id)
            except QueueError as error:
                log.warning("cannot ring", job=Job.GATHER.value, error=str(error))
                return


def _due(publication: Publication, now: datetime) -> bool:
    try:
        return due_day(publication.gather_at, publication.time_zone, publication.gathered_day, now) is not None
    except InputError as error:
        log.warning("the hour of a publication cannot be told", publication_id=publication.id, error=str(error))
        return False


def _is_at_work(session: Session, publication_id: int, now: datetime) -> bool:
    newest = gatherings.last(session, publication_id)
    return newest is not None and newest.ended_at is None and newest.started_at > now - AGAIN
