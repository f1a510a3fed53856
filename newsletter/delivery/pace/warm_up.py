"""Warm-up: the slow start of a new sender, and the most that may go on one day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.delivery.pace.circuit_breaker import DAY, Gate
from newsletter.pacing import Drawn
from newsletter.store.database import Database
from newsletter.store.delivery import allowances

_ENOUGH = 10**9
"""A slow start that allows this much a day is over."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Messages a day: `per_day` (0: no limit), and from `start` on `first`, growing `growth` times a day."""

    per_day: int = 0
    start: date | None = None
    first: int = 50
    growth: float = 1.5

    @classmethod
    def of(cls, settings: Settings) -> Allowance:
        """Return the allowance the settings describe."""
        return cls(settings.messages_per_day, settings.warm_up_start, settings.warm_up_first, settings.warm_up_growth)

    def on(self, day: date) -> int | None:
        """Return the most that may go on `day`; None when there is no limit."""
        caps = [self.per_day] if self.per_day else []
        if self.start is not None:
            days = max((day - self.start).days, 0)
            # compared as logarithms: some hundred days on, the power itself is past what a float can hold
            if math.log(self.first) + days * math.log(self.growth) < math.log(_ENOUGH):
                caps.append(int(self.first * self.growth**days))
        return min(caps, default=None)

    def used_up(self, session: Session, transport: str, day: date) -> bool:
        """Tell whether nothing more may go by a transport on `day`."""
        cap = self.on(day)
        return cap is not None and allowances.taken(session, transport, day) >= cap


@dataclass(frozen=True, eq=False)
class DayLimit:
    """A day's allowance, counted in the ledger before anything is sent: it outlives a flush, a kill and a restart."""

    database: Database
    clock: Clock
    gate: Gate
    allowance: Allowance

    def draw(self, most: int) -> Drawn:
        """Count up to `most` messages as sent today; when fewer are left, shut the way until tomorrow."""
        now = self.clock.now()
        cap = self.allowance.on(now.date())
        if cap is None:
            return Drawn(most, 0.0)
        with self.database.write() as session:
            tokens = allowances.reserve(session, self.gate.transport, now.date(), most, cap)
        if tokens < most:
            self.gate.shut(DAY, until=_tomorrow(now), why=f"today's allowance of {cap} messages is used up")
        return Drawn(tokens, 0.0 if tokens else self.turn(most))

    def give_back(self, amount: int) -> None:
        """Count fewer, and open the way again."""
        with self.database.write() as session:
            allowances.give_back(session, self.gate.transport, self.clock.now().date(), amount)
        self.gate.open(DAY)

    def turn(self, left: int) -> float:
        """Return the seconds until tomorrow (UTC)."""
        now = self.clock.now()
        return (_tomorrow(now) - now).total_seconds()


def _tomorrow(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
