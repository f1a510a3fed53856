"""A worker's part of gathering by the clock: ask what is due, and at the publication's hour assemble a draft of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import structlog

from newsletter.clock import Clock
from newsletter.errors import ConflictError, NewsletterError, StoreError
from newsletter.sources.gathering import Choose, Gatherer, all_but_the_limited, all_that_do_not_wait, hourly_ones
from newsletter.sources.reporting import GatheringReport
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.store.sources import sources as store
from newsletter.zones import due_day

log = structlog.get_logger(__name__)

Assemble = Callable[[int], object]
"""The id of a publication -> a draft of what was gathered, made by the clock."""


@dataclass
class GatheringByClock:
    """What a worker does when it is rung for a publication: one run of this process at a time, so that mail goes on meanwhile.

    When `stop` is set no run begins any more, and the one that goes on ends within seconds: what it left is asked first by whoever is rung next.
    """

    database: Database
    clock: Clock
    gatherer: Callable[[], Gatherer]
    assemble: Assemble | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    _busy: threading.Lock = field(default_factory=threading.Lock, init=False)

    def gather(self, publication_id: int) -> GatheringReport | None:
        """Ask the sources that are due and, at the publication's hour, assemble a draft. It may be called twice, and at any time."""
        if self.stop.is_set() or not self._busy.acquire(blocking=False):
            return None  # it is rung again
        try:
            return self._gather(publication_id)
        finally:
            self._busy.release()

    def _gather(self, publication_id: int) -> GatheringReport | None:
        now = self.clock.now()
        with self.database.read() as session:
            home = publications.by_id(session, publication_id)
            day, wished = due_day(home.gather_at, home.time_zone, home.gathered_day, now), home.gather_wished_at
            if day is None and wished is None and not store.is_due_by_itself(session, publication_id, now):
                return None  # it was rung twice
        try:
            choose = _choice(is_wished=wished is not None, has_hour=day is not None)
            report = self.gatherer().gather_due(publication_id, choose, self.stop)
        except ConflictError:
            return None  # another process is at it
        if self.stop.is_set():
            return report  # neither the wish nor the hour was kept
        if wished is not None:
            with self.database.write() as session:
                store.fulfil_wish(session, publication_id, wished)
        if day is not None:
            self._assemble(publication_id)
            self._mark(publication_id, day)
        return report

    def _assemble(self, publication_id: int) -> None:
        """Make a draft. One that cannot be made is told: asking the sources again would not mend it."""
        if self.assemble is None:
            return
        try:
            self.assemble(publication_id)
        except StoreError:
            raise
        except NewsletterError as error:
            log.warning("no draft was assembled", publication_id=publication_id, error=str(error))
            self.gatherer().teller.tell_unassembled(publication_id, str(error))

    def _mark(self, publication_id: int, day: date) -> None:
        with self.database.write() as session:
            store.mark_gathered(session, publication_id, day)


def _choice(*, is_wished: bool, has_hour: bool) -> Choose:
    if is_wished:
        return all_but_the_limited
    return all_that_do_not_wait if has_hour else hourly_ones
