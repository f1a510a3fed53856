"""Thin out the history of issues, and forget typed text that nobody came back for: every revision of the last day stays.

After that the last one of each hour stays, and after fourteen days the last one of each day. The first and the last of an issue stay,
and so do those that were approved, or that somebody's typed text began from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import structlog

from newsletter.clock import Clock
from newsletter.issues.working_copies import WorkingCopies
from newsletter.store.database import Database
from newsletter.store.issues import revisions
from newsletter.store.issues.revisions import RevisionMoment

log = structlog.get_logger(__name__)

THIN_SECONDS = 600
"""How often it is done."""
ALL_FOR = timedelta(days=1)
HOURLY_FOR = timedelta(days=14)
LOOKED_AT = timedelta(days=45)
"""How far back a round looks: what is older was thinned before."""


@dataclass
class HistoryRounds:
    """What the scheduler does for the history of issues: `tick` is called after each round that this process led."""

    database: Database
    clock: Clock
    working_copies: WorkingCopies
    _thinned: float | None = field(default=None, init=False)

    def tick(self) -> None:
        """Thin out and forget, now and then. Raises StoreError."""
        moment = self.clock.monotonic()
        if self._thinned is None or moment - self._thinned >= THIN_SECONDS:
            self._thinned = moment
            self.working_copies.forget()
            gone = self.thin()
            if gone:
                log.info("revisions were thinned out", revisions=gone)

    def thin(self) -> int:
        """Forget revisions of which the history has enough nearby; return how many."""
        now = self.clock.now()
        with self.database.write() as session:
            found = revisions.between(session, now - LOOKED_AT, now)
            kept = revisions.bases(session, sorted({each.issue_id for each in found}))
            spare = [each for each in to_thin(found, now) if (each.issue_id, each.number) not in kept]
            revisions.remove(session, spare)
            return len(spare)


def to_thin(found: Sequence[RevisionMoment], now: datetime) -> list[RevisionMoment]:
    """Return those of the revisions, in order by issue and number, that are followed by another one of the same issue and span."""
    spare = []
    for each, following in pairwise(found):
        age = now - each.at
        if age < ALL_FOR or each.number == 1 or following.issue_id != each.issue_id:
            continue
        span = "%Y-%m-%d %H" if age < HOURLY_FOR else "%Y-%m-%d"
        if following.at.strftime(span) == each.at.strftime(span):
            spare.append(each)
    return spare
