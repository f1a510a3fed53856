"""Token buckets: how fast anything may go. In memory for one process; on Redis shared by all (see `RedisBuckets`)."""

from __future__ import annotations

import threading
from typing import Protocol

from newsletter.clock import Clock


class Buckets(Protocol):
    """Named token buckets."""

    def take(self, name: str, amount: float, *, rate: float, capacity: float) -> float:
        """Take `amount` tokens from bucket `name`, which fills at `rate` a second up to `capacity`.

        Return 0.0 when they were there and are taken; else take nothing and return the seconds until they will be.
        """
        ...


class MemoryBuckets:
    """Buckets of this process; thread-safe."""

    def __init__(self, clock: Clock, *, most: int = 100_000) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, name: str, amount: float, *, rate: float, capacity: float) -> float:
        """Take tokens, or say how long to wait."""
        with self._lock:
            now = self._clock.monotonic()
            level, seen = self._levels.pop(name, (capacity, now))
            level = min(capacity, level + (now - seen) * rate)
            wait = 0.0 if level >= amount else (amount - level) / rate
            self._levels[name] = (level - amount if not wait else level, now)
            if len(self._levels) > self._most:
                # the bucket untouched for longest is the fullest: forgetting it costs the least
                del self._levels[next(iter(self._levels))]
            return wait
