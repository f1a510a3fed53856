"""A clock that was wrong, a day ahead or behind, holds nothing up once it is right: what it wrote into the ledger is taken back.

Leases of batches are told from those of a worker that lives, and whose clock is wrong still, by their being renewed each second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from newsletter.clock import Clock
from newsletter.errors import StoreError, UnavailableError
from newsletter.store.database import Database
from newsletter.store.delivery import clock_skew as store

log = structlog.get_logger(__name__)

LOOK_EVERY = 30.0
"""Seconds between two looks."""
TOLERATED = timedelta(seconds=30)
"""By how much the clocks of hosts may differ without a word."""


def see_clock(database: Database, clock: Clock, lease: timedelta) -> None:
    """Compare this machine's clock with that of the database, which all hosts share. Raises UnavailableError.

    By half a `lease` it may differ, and by no more than `TOLERATED`: others would take what we hold, or wait for it too long.
    """
    try:
        with database.read() as session:
            theirs = store.server_time(session)
    except StoreError:
        return  # it is gone for all, and says so elsewhere
    ahead = clock.now() - (theirs or clock.now())
    if abs(ahead) > min(TOLERATED, lease / 2):
        seconds, side = abs(ahead).total_seconds(), "ahead of" if ahead > timedelta() else "behind"
        raise UnavailableError(
            f"the clock of this machine is {seconds:,.0f} s {side} that of the database",
            where="clock",
            remedy="set it, and keep the clocks of all hosts by NTP",
        )


@dataclass
class ClockSkew:
    """What undoes the waits that a wrong clock began. Safe to run in any number of processes."""

    database: Database
    clock: Clock
    lease: timedelta
    longest: timedelta
    _next_look: float = field(default=float("-inf"), init=False)
    _leases: dict[int, tuple[datetime, float]] = field(default_factory=dict, init=False)

    def mend(self) -> dict[str, int]:
        """Bring back what waits for a moment too far ahead; return how much of each kind. It looks each half minute.

        Raises StoreError.
        """
        if self.clock.monotonic() < self._next_look:
            return {}
        self._next_look = self.clock.monotonic() + LOOK_EVERY
        with self.database.write() as session:
            found = store.bring_back(session, self.clock.now(), longest=self.longest, tolerated=TOLERATED)
        if found:
            log.warning("waits that a wrong clock began are over: see that the clocks of all hosts are right", **found)
        return found

    def abandoned(self) -> list[int]:
        """Return the batches whose lease ends too late and was not renewed for as long as leases last: their worker is gone.

        Raises StoreError.
        """
        moment, bound = self.clock.monotonic(), self.clock.now() + self.lease + TOLERATED
        with self.database.read() as session:
            found = dict(store.leased_beyond(session, bound))
        before, self._leases = self._leases, {}
        for batch_id, until in found.items():
            seen = before.get(batch_id)
            self._leases[batch_id] = seen if seen and seen[0] == until else (until, moment)
        return [i for i, (_, since) in self._leases.items() if moment - since >= self.lease.total_seconds()]
