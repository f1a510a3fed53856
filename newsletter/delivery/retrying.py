"""When a deferred delivery is tried again, and when it is given up. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

LEAST_TRIES = 3
"""So often a delivery is tried whatever its age: a clock that is ahead, or an issue that rested for a day, must cost no reader at a first "later"."""
JITTER = 0.25
"""Each wait is stretched by up to this share, so that a batch deferred as one does not come back as one."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits double from `first_wait` to `longest_wait` until a delivery is older than `max_age`.

    RFC 5321 section 4.5.4.1 asks for patience of days; stale news is worse than none, so a newsletter has one.
    """

    first_wait: timedelta = timedelta(minutes=2)
    longest_wait: timedelta = timedelta(hours=2)
    max_age: timedelta = timedelta(hours=24)

    def next_attempt(
        self, attempts: int, now: datetime, *, planned_at: datetime, chance: random.Random
    ) -> datetime | None:
        """Return when the next try is due after `attempts` tries; None when it would come after `max_age`, and some were made."""
        wait = min(self.first_wait * 2 ** min(max(attempts - 1, 0), 10), self.longest_wait)
        at = now + wait * (1 + JITTER * chance.random())
        return at if attempts < LEAST_TRIES or at <= planned_at + self.max_age else None
