"""The only place that reads the wall clock, so that tests can move time (law 5)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from newsletter.errors import InputError

_EDGE = timedelta(days=2)
"""How near the ends of the calendar a moment is still told in every zone: zones differ by up to 26 hours."""
_WHILE_ASLEEP: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class Clock(Protocol):
    """What time it is, in UTC, and how long something took."""

    def now(self) -> datetime:
        """Return the present moment, timezone-aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never goes backwards."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        ...


def in_utc(moment: datetime, *, where: str = "") -> datetime:
    """Return an aware moment in UTC. Raises InputError where the calendar ends (years 1 and 9999): it can be told in no other zone."""
    try:
        told = moment.astimezone(UTC)
        _ = told - _EDGE, told + _EDGE
    except OverflowError:
        raise InputError(
            "this moment lies at the end of the calendar", where=where, remedy="choose one between the years 2 and 9998"
        ) from None
    return told


class NowAndThen:
    """Says that it is time at once, and then again when so many seconds have gone since it last did."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = float("-inf")

    def is_time(self, clock: Clock) -> bool:
        """Tell whether it is time; to whom it said so, it says it no second time."""
        moment = clock.monotonic()
        if moment - self._last < self._seconds:
            return False
        self._last = moment
        return True


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since the machine started, those in which it slept included: a lease runs out meanwhile, too.

        Linux: CLOCK_BOOTTIME (clock_gettime(2)), which runs on while a process is stopped, as well; elsewhere `time.monotonic()`.
        """
        return time.clock_gettime(_WHILE_ASLEEP) if _WHILE_ASLEEP is not None else time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread for `seconds`."""
        time.sleep(seconds)


class SettableClock:
    """A clock that moves only when told to: for tests, previews and simulations."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Return the moment last set."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds advanced since the start."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Advance by `seconds` without waiting."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move time forward by `seconds`."""
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds
