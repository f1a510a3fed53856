"""Whether an issue waits for people who are not there: it is due, or is being sent, and no worker or no scheduler can work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery.signs_of_life import STALE, Sign, signs_in
from newsletter.model import Issue
from newsletter.model.states import IssueState
from newsletter.signing_keys import ProcessRole
from newsletter.store.database import Database
from newsletter.store.delivery import leases, liveness
from newsletter.store.delivery.liveness import Due

UNATTENDED = timedelta(seconds=60)
"""How long nobody takes up what is due before that is said, where no heartbeat tells more."""
_RUNS = "see that `newsletter {}` runs, or `newsletter serve` where there is no Redis"


class Absence(NamedTuple):
    """Why nobody does what is due, and what to do about it."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.remedy}"

    def of(self, due: Due) -> Absence:
        """Return the same, with the issue that waits."""
        return Absence(f"the issue {due.slug} is due, and {self.what}", self.remedy)


_NO_SCHEDULER = Absence("no scheduler has been at work for a minute", _RUNS.format(ProcessRole.SCHEDULER))
_NO_WORKER = Absence(
    "no worker has taken a batch for a minute",
    "see that `newsletter worker` runs and reaches Redis, or `newsletter serve` where there is none; `newsletter doctor` looks",
)


def nobody_works(database: Database, *, clock: Clock) -> str | None:
    """Say that an issue is due, or is being sent, and nobody can work on it, with the remedy; None when all is well.

    A restart is nobody's alarm: it is told once the last sign of life of all workers, or all schedulers, is STALE ago, and, where
    nobody ever gave one, once the work has been due for UNATTENDED. Raises StoreError.
    """
    found = absence(database, clock=clock)
    return None if found is None else str(found)


def absence(database: Database, *, clock: Clock) -> Absence | None:
    """Return what `nobody_works` says, with the remedy apart. Raises StoreError."""
    with database.read() as session:
        found, now = signs_in(session, clock), clock.now()
        return absent(session, found, now) or _never_seen(session, found, now)


def absent(session: Session, found: list[Sign], now: datetime, issue_id: int | None = None) -> Absence | None:
    """Say that those who were at work are there no more, or cannot work, while an issue is due: that one, or any."""
    for role, due in _due(session, now, issue_id):
        mine = [sign for sign in found if sign.role == role]
        if mine and due is not None and _is_missed(session, role, mine, due, now):
            return Absence(_why(role, mine), _RUNS.format(role)).of(due)
    return None


def left_alone(session: Session, issue: Issue, turn: datetime | None, now: datetime) -> Absence | None:
    """Say that nobody has taken up what has been due for UNATTENDED, whoever lives; `turn` is when a batch of the issue was due."""
    since = now - UNATTENDED
    due = issue.state == IssueState.SENDING or (
        issue.state == IssueState.SCHEDULED and issue.scheduled_at is not None and issue.scheduled_at < since
    )
    if due and not liveness.is_led(session, leases.SCHEDULER, since, now):
        return _NO_SCHEDULER
    if turn is not None and turn < since and not liveness.is_claiming(session, since):
        return _NO_WORKER
    return None


def _never_seen(session: Session, found: list[Sign], now: datetime) -> Absence | None:
    """Say that there is work for a role of which nobody ever gave a sign: those of earlier releases give none, and leave marks."""
    since, seen = now - UNATTENDED, {sign.role for sign in found}
    for role, due in _due(session, now, None):
        if role in seen or due is None or due.since > since:
            continue
        if role is ProcessRole.SCHEDULER and not liveness.is_led(session, leases.SCHEDULER, since, now):
            return _NO_SCHEDULER.of(due)
        if role is ProcessRole.WORKER and not liveness.is_claiming(session, since):
            return _NO_WORKER.of(due)
    return None


def _due(session: Session, now: datetime, issue_id: int | None) -> Iterator[tuple[ProcessRole, Due | None]]:
    yield ProcessRole.SCHEDULER, liveness.due_for_scheduler(session, now, issue_id)
    yield ProcessRole.WORKER, liveness.due_for_worker(session, now, issue_id)


def _is_missed(session: Session, role: ProcessRole, mine: list[Sign], due: Due, now: datetime) -> bool:
    if any(sign.works for sign in mine) or now - due.since < STALE:
        return False
    if any(sign.lives for sign in mine):
        return True
    if role is ProcessRole.SCHEDULER and liveness.is_led(session, leases.SCHEDULER, now, now):
        return False
    # Ages of signs are told by the database's clock, and those of work by our own, which wrote it: neither is set against the other.
    return all(abs(sign.age) >= STALE for sign in mine)


def _why(role: ProcessRole, mine: list[Sign]) -> str:
    """Say why nobody does the work of a role."""
    if living := [sign for sign in mine if sign.lives]:
        others = f" (and {len(living) - 1:,} more)" if len(living) > 1 else ""
        return f"no {role} can work: {living[0].host}:{living[0].process_id} says: {living[0].trouble}{others}"
    last = max(mine, key=lambda sign: sign.ended_at or sign.beat_at)
    return f"no {role} is at work; the last was {last.host}:{last.process_id}, {last.standing}"
