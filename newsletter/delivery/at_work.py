"""Who holds what at this moment: the scheduler's lease, and the batches that workers send."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from newsletter.clock import Clock
from newsletter.delivery.clock_skew import TOLERATED
from newsletter.holder import is_gone
from newsletter.store.database import Database
from newsletter.store.delivery import leases, liveness


@dataclass(frozen=True, slots=True)
class HeldWork:
    """A role, or so many batches of an issue (empty: a role), that a process holds until some moment."""

    what: str
    batches: int
    holder: str  # host, process and thread
    until: datetime
    gone: bool  # the process is known to have ended, on this machine

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"until": self.until.isoformat()}

    def __str__(self) -> str:
        number = f"{self.batches:,} batch{'es' if self.batches != 1 else ''} by " if self.batches else ""
        ended = ", which has ended" if self.gone else ""
        return f"{number}{self.holder}{ended}, until {self.until:%Y-%m-%d %H:%M:%S} UTC"


def scheduler(database: Database) -> HeldWork | None:
    """Return who is, or was last, the scheduler; None when nobody ever was."""
    with database.read() as session:
        lease = liveness.lease(session, leases.SCHEDULER)
    return _held(leases.SCHEDULER, 0, lease.holder, lease.until) if lease else None


def batches(database: Database, *, issue_id: int | None = None, limit: int = 20) -> list[HeldWork]:
    """Return which processes hold batches, of one issue or of all; the `limit` that hold most."""
    with database.read() as session:
        rows = liveness.claimed(session, issue_id=issue_id, limit=limit)
    return [_held(slug, number, holder, until) for slug, number, holder, until in rows]


def is_beyond(held: HeldWork, clock: Clock, lease_seconds: float) -> bool:
    """Tell whether a lease ends later than any clock in order can have written (see `newsletter.delivery.clock_skew`).

    Batches are held for `lease_seconds` at a time, a role always as long.
    """
    longest = timedelta(seconds=lease_seconds) + TOLERATED if held.batches else liveness.NO_LEASE_LASTS
    return held.until > clock.now() + longest


def _held(what: str, number: int, holder: str, until: datetime) -> HeldWork:
    return HeldWork(what, number, ":".join(holder.split(":")[:3]), until, is_gone(holder))
