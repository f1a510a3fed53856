"""When a deferred delivery is tried again, and when it is given up. Pure."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=2)
JITTER = 0.25
"""Each wait is stretched by up to this share, so that a batch deferred as one does not come back as one."""


def next_attempt(
    attempts: int, now: datetime, *, planned_at: datetime, max_age: timedelta, chance: random.Random
) -> datetime | None:
    """Return when try number `attempts + 1` is due after `attempts` tries; None when it would come after `max_age`.

    Waits double from two minutes to two hours (RFC 5321 section 4.5.4.1 asks for patience; a daily newsletter has a day).
    """
    wait = min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 10), LONGEST_WAIT)
    at = now + wait * (1 + JITTER * chance.random())
    return at if at <= planned_at + max_age else None
