"""What the scheduler does for changes of many readers: it carries on what is at work, a few ranges a round, and forgets old ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from newsletter.audience.changing_readers import ChangingReaders
from newsletter.clock import Clock, NowAndThen
from newsletter.store.audience import reader_changes
from newsletter.store.database import Database

STEPS = 10
"""Ranges of one change in one round: the scheduler has other work."""
TIDY_SECONDS = 600
MOST_FORGOTTEN = 2_000
KEEP = timedelta(days=1)
"""How long it is kept beyond the time of undoing whom a change changed."""


@dataclass
class ChangeRounds:
    """One process's turn at it; `tick` is called after each round of the scheduler that this process led."""

    database: Database
    clock: Clock
    changing: ChangingReaders
    _tidying: NowAndThen = field(default_factory=lambda: NowAndThen(TIDY_SECONDS), init=False)

    def tick(self) -> None:
        """Carry on, and tidy up now and then. Raises StoreError."""
        with self.database.read() as session:
            due = reader_changes.at_work(session, limit=10)
        for change_id in due:
            self.changing.carry_on(change_id, steps=STEPS)
        if self._tidying.is_time(self.clock):
            self._forget()

    def _forget(self) -> None:
        with self.database.write() as session:
            reader_changes.forget_some(session, self.clock.now() - KEEP, MOST_FORGOTTEN)
