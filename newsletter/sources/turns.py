"""Turns at arXiv, which wants one request in three seconds and one connection of all our machines together (its terms of use).

A lease in the ledger gives them, since every process has that: it is held while a request is on its way, and three seconds longer.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from newsletter.clock import Clock
from newsletter.store.database import Database
from newsletter.store.delivery import leases

ARXIV = "arxiv"
"""Name of the lease, and the one word for all hosts of arXiv; no host is called so."""
APART = timedelta(seconds=3)
LONGEST_REQUEST = timedelta(seconds=15)
"""A process that was killed in its turn keeps the others from theirs no longer than this."""
LOOK_SECONDS = 0.25


class NoTurnError(Exception):
    """No turn came in time; the words are for the editor."""


@dataclass(frozen=True)
class ArxivTurns:
    """The tools of waiting for one's turn."""

    database: Database
    clock: Clock

    @contextmanager
    def turn(self, until: float) -> Iterator[None]:
        """Wait for a turn until so on the monotonic clock, and hold it while inside. Raises NoTurnError, StoreError."""
        mine = secrets.token_hex(8)  # each turn by itself: who had the last one has no claim to the next
        while not self._hold(mine, LONGEST_REQUEST):
            if self.clock.monotonic() >= until:
                raise NoTurnError("others were asking arXiv, which takes one request in three seconds")
            self.clock.sleep(LOOK_SECONDS)
        try:
            yield
        finally:
            self._hold(mine, APART)

    def _hold(self, mine: str, length: timedelta) -> bool:
        now = self.clock.now()
        with self.database.write() as session:
            return leases.hold(session, ARXIV, mine, now, now + length)
