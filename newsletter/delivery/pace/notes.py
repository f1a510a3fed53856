"""Note for people what paces were learned, and tell of those that hold readers back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import StoreError
from newsletter.logs import outage
from newsletter.mail.receivers import OTHER
from newsletter.pacing import FORGOTTEN_AFTER
from newsletter.store.database import Database
from newsletter.store.delivery import learned_paces as store

log = structlog.get_logger(__name__)

_KEPT = timedelta(seconds=FORGOTTEN_AFTER)


@dataclass(frozen=True, slots=True)
class Slowed:
    """A group of receivers to which mail goes slower than it could, because they asked for that."""

    group: str
    rate_per_second: float
    since: datetime

    @property
    def words(self) -> str:
        """What is so, in words."""
        whom = "all other receivers" if self.group == OTHER else self.group
        return (
            f"mail to {whom} goes at {self.rate_per_second:,.1f} a second since {self.since:%Y-%m-%d %H:%M:%S} UTC, "
            "a pace learned from the answers of their servers"
        )


@dataclass(frozen=True)
class PaceNotes:
    """What a transport's learner writes down. A ledger that is away costs the note and nothing else."""

    database: Database
    clock: Clock
    transport: str

    def note(self, group: str, rate: float | None) -> None:
        """Note the pace to a group in messages a second, or that it is let go (None)."""
        now = self.clock.now()
        try:
            with self.database.write() as session:
                if rate is None:
                    store.let_go(session, self.transport, group)
                else:
                    store.note(session, self.transport, group, rate, now=now, forgotten=now - _KEPT)
        except StoreError as error:
            log.warning("cannot note a pace", group=group, error=error.what, **outage(error))

    def begin(self) -> None:
        """Forget what an ended process learned for itself alone."""
        try:
            with self.database.write() as session:
                store.let_go(session, self.transport)
        except StoreError as error:
            log.warning("cannot note a pace", error=error.what, **outage(error))


def slowed(session: Session, now: datetime) -> tuple[Slowed, ...]:
    """Return the groups that are slowed down at this moment, the slowest first."""
    found = store.in_force(session, now - _KEPT)
    return tuple(Slowed(each.receivers, each.rate, each.since) for each in found)
