"""Which workers and schedulers live, and which of them can work: read from their heartbeats (`newsletter.delivery.heartbeats`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery.heartbeats import ledger_time
from newsletter.holder import is_gone, is_here, may_run, place_of
from newsletter.measures import Family, Measure
from newsletter.model import Heartbeat
from newsletter.signing_keys import ProcessRole
from newsletter.store.database import Database
from newsletter.store.delivery import liveness

STALE = timedelta(seconds=30)
"""A process whose last heartbeat is longer ago does not count: several fit into this, and a wait for a slow database."""

WORKERS = Family("gauge", "newsletter_workers_alive", "Worker processes that live and can work, on all hosts.")
SCHEDULERS = Family(
    "gauge", "newsletter_schedulers_alive", "Scheduler processes that live and can work, on all hosts; one leads."
)
TROUBLED = Family(
    "gauge", "newsletter_processes_in_trouble", "Workers and schedulers that live and say that they cannot work."
)
LAST_BATCH = Family(
    "gauge",
    "newsletter_last_batch_age_seconds",
    "Seconds since a worker last took or finished a batch; none: not this day.",
)
FAMILIES = (WORKERS, SCHEDULERS, TROUBLED, LAST_BATCH)


@dataclass(frozen=True, slots=True)
class Sign:
    """What is known of a process in one role, from its last heartbeat; moments are those of the database's clock."""

    role: str
    host: str
    process_id: int
    version: str
    since: datetime
    beat_at: datetime
    last_batch_at: datetime | None
    batches: int  # that it finished since it began
    trouble: str  # why it lives and cannot work
    ended_at: datetime | None
    gone: bool  # it is known to have ended without a word, on this machine
    silent: bool  # its last heartbeat is too long ago
    age: timedelta  # since its last sign, or its end, by the database's clock

    @property
    def batch_age(self) -> float | None:
        """Seconds since it last took or finished a batch; None when it never did."""
        if self.last_batch_at is None:
            return None
        return max(((self.ended_at or self.beat_at) - self.last_batch_at + self.age).total_seconds(), 0.0)

    @property
    def lives(self) -> bool:
        """Whether the process is there, as far as anybody can know."""
        return self.ended_at is None and not self.gone and not self.silent

    @property
    def works(self) -> bool:
        """Whether it lives and can do its work."""
        return self.lives and not self.trouble

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = asdict(self) | {"lives": self.lives, "works": self.works, "age": self.age.total_seconds()}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in plain.items()}

    def __str__(self) -> str:
        last = f", last batch {_moment(self.last_batch_at)}" if self.last_batch_at else ""
        return f"{self.name}, release {self.version}, since {_moment(self.since)}{last}: {self.standing}"

    @property
    def name(self) -> str:
        """Role, host and process id."""
        return f"{self.role} {self.host}:{self.process_id}"

    @property
    def standing(self) -> str:
        """Whether it works, in words."""
        if self.ended_at:
            return f"ended {_moment(self.ended_at)}"
        if self.gone:
            return f"it has ended without a word, its last sign {_moment(self.beat_at)}"
        if self.silent:
            return f"no sign since {_moment(self.beat_at)}"
        return f"cannot work: {self.trouble}" if self.trouble else "well"


def signs(database: Database, *, clock: Clock) -> list[Sign]:
    """Return what is known of each worker and scheduler of the last day, by role and host."""
    with database.read() as session:
        return signs_in(session, clock)


def signs_in(session: Session, clock: Clock) -> list[Sign]:
    """Return the same inside a transaction."""
    now = ledger_time(session, clock)
    return [_sign(row, now) for row in liveness.heartbeats(session, now)]


def summary(found: list[Sign], role: str) -> str:
    """Say in a line how many processes of a role can work, and when one last moved a batch; empty when nothing is known."""
    mine = [sign for sign in found if sign.role == role]
    if not mine:
        return ""
    moments = [sign.last_batch_at for sign in mine if sign.last_batch_at]
    last = f", last batch {_moment(max(moments))}" if moments else ""
    return f"{sum(sign.works for sign in mine) or 'none'} at work{last}"


def measure(database: Database, *, clock: Clock) -> list[Measure]:
    """Return how many are at work, and how long ago one last moved a batch. Raises StoreError."""
    found = signs(database, clock=clock)
    ages = [sign.batch_age for sign in found if sign.batch_age is not None]
    return [
        WORKERS.of(sum(sign.works for sign in found if sign.role == ProcessRole.WORKER)),
        SCHEDULERS.of(sum(sign.works for sign in found if sign.role == ProcessRole.SCHEDULER)),
        TROUBLED.of(sum(sign.lives and not sign.works for sign in found)),
        *([LAST_BATCH.of(min(ages))] if ages else []),
    ]


def here(database: Database, *, clock: Clock, role: str) -> list[Sign]:
    """Return the signs of the processes of a role that run on this host, whether or not they work. Raises StoreError."""
    with database.read() as session:
        now = ledger_time(session, clock)
        rows = [row for row in liveness.heartbeats(session, now) if row.role == role]
        mine = [_sign(row, now) for row in rows if is_here(row.process) and may_run(row.process)]
    return [sign for sign in mine if sign.ended_at is None and not sign.gone]


def _sign(row: Heartbeat, now: datetime) -> Sign:
    host, process_id = place_of(row.process)
    age = now - (row.ended_at or row.beat_at)
    return Sign(
        row.role,
        host,
        process_id,
        row.version,
        row.since,
        row.beat_at,
        row.last_batch_at,
        row.batches,
        row.trouble,
        row.ended_at,
        gone=row.ended_at is None and is_gone(row.process),
        silent=abs(age) > STALE,  # or ahead: the clock was set back, and who lives says so anew
        age=age,
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
