"""Limits in a row: each gives what it can of what the one before gave."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from newsletter.clock import Clock
from newsletter.pacing import Buckets, Drawn

WORTHWHILE = 0.5
"""Seconds' worth of tokens that are waited for: fewer would make a claim, with its writes, for every few messages."""


class Limit(Protocol):
    """One reason not to send everything at once."""

    def draw(self, most: int) -> Drawn:
        """Allow up to `most` messages, or say in how many seconds to ask again."""
        ...

    def give_back(self, amount: int) -> None:
        """Take back what was allowed and not used."""
        ...

    def turn(self, left: int) -> float:
        """Return in how many seconds a batch with `left` messages should come back: one batch after the other."""
        ...


@dataclass(eq=False)
class TokenLimit:
    """So many messages a second."""

    buckets: Buckets
    clock: Clock
    name: str
    rate: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _line: float = 0.0  # when the last batch that was sent away will have had its turn

    def draw(self, most: int) -> Drawn:
        """Take tokens for half a second's worth of messages at least."""
        return self.buckets.draw(self.name, most, least=min(most, self._chunk), rate=self.rate, capacity=self._capacity)

    def give_back(self, amount: int) -> None:
        """Put tokens back."""
        self.buckets.give_back(self.name, amount, rate=self.rate, capacity=self._capacity)

    def turn(self, left: int) -> float:
        """Let batches come back one behind the other, as tokens for them come; all at once they would only meet an empty bucket."""
        with self._lock:
            now = self.clock.monotonic()
            self._line = max(self._line, now) + min(left, self._chunk) / self.rate
            return self._line - now

    @property
    def _chunk(self) -> int:
        return max(1, int(self.rate * WORTHWHILE))

    @property
    def _capacity(self) -> float:
        return max(1.0, self.rate)


@dataclass(frozen=True)
class Shut:
    """Nothing at all, for `seconds`."""

    seconds: float

    def draw(self, most: int) -> Drawn:
        """Allow nothing."""
        return Drawn(0, self.seconds)

    def give_back(self, amount: int) -> None:
        """Nothing was given."""

    def turn(self, left: int) -> float:
        """Return when it opens."""
        return self.seconds


@dataclass(frozen=True, slots=True)
class Granted:
    """What all limits in a row allow; `by` is the one that allowed least, `wait` what it said."""

    amount: int
    by: Limit | None = None
    wait: float = 0.0


def draw_all(limits: Sequence[Limit], most: int) -> Granted:
    """Draw from each limit in turn; what a later one does not allow goes back to those before."""
    granted = Granted(most)
    drawn: list[tuple[Limit, int]] = []
    for limit in limits:
        if not granted.amount:
            break
        tokens, wait = limit.draw(granted.amount)
        drawn.append((limit, tokens))
        if tokens < granted.amount:
            granted = Granted(tokens, limit, wait)
    for limit, tokens in drawn:
        if tokens > granted.amount:
            limit.give_back(tokens - granted.amount)
    return granted
