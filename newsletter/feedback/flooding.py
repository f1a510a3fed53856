"""How many opens and clicks are kept one by one: beyond that they are counted only, so that nobody fills the ledger by asking again.

Nothing is refused for it. The limits are those of one process: `n` web servers keep `n` times as many rows at most.
"""

from __future__ import annotations

from newsletter.clock import Clock
from newsletter.feedback.event_journal import SeenEvent
from newsletter.pacing import MemoryBuckets

NETWORK_BURST, NETWORK_HOUR = 50, 50
"""Clicks without identity on one edition from one network: an office of readers, and no program that asks for ever."""
MESSAGE_BURST, MESSAGE_DAY = 10, 1
"""Opens of one message, or clicks on one of its links."""
MOST_BUCKETS = 20_000
"""Buckets remembered of each kind, some six megabytes; the fullest are forgotten first."""
BEYOND = "beyond"
"""The sign of an event that is counted only."""


class RowLimit:
    """Says which events are beyond what is kept one by one. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._networks = MemoryBuckets(clock, most=MOST_BUCKETS)
        self._messages = MemoryBuckets(clock, most=MOST_BUCKETS)

    def exceeded(self, seen: SeenEvent, network: str) -> bool:
        """Count an event from `network` and tell whether it is beyond the limit."""
        if seen.delivery_id is None:
            bucket, rate = f"{seen.edition_id} {network}", NETWORK_HOUR / 3600
            return self._networks.take(bucket, 1, rate=rate, capacity=NETWORK_BURST) > 0
        bucket, rate = f"{seen.delivery_id} {seen.kind.value} {seen.link}", MESSAGE_DAY / 86_400
        return self._messages.take(bucket, 1, rate=rate, capacity=MESSAGE_BURST) > 0
