"""Who is at work: told from the heartbeats of schedulers and workers, and from the marks they leave in batches and leases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Batch, Heartbeat, Issue, Lease
from newsletter.model.base import Moment
from newsletter.model.states import BatchState, IssueState

NO_LEASE_LASTS = timedelta(seconds=30)
"""No role is held so far ahead: one that seems to be was taken by a clock that was wrong, and is void."""

FORGOTTEN_AFTER = timedelta(days=1)
"""A heartbeat that is so old, or lies in the future by as much, is nobody's."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What a process says of itself in one role."""

    process: str
    role: str
    version: str
    since: datetime
    last_batch_at: datetime | None
    batches: int
    trouble: str


def beat(session: Session, sign: Beat, now: datetime) -> bool:
    """Write a heartbeat; True when it is the first one of this process in this role. Only the process itself writes its row."""
    values = {
        "version": sign.version,
        "since": sign.since,
        "beat_at": now,
        "ended_at": None,
        "last_batch_at": sign.last_batch_at,
        "batches": sign.batches,
        "trouble": sign.trouble,
    }
    mine = update(Heartbeat).where(Heartbeat.process == sign.process, Heartbeat.role == sign.role)
    known = session.execute(
        mine.values(values).returning(Heartbeat.role).execution_options(synchronize_session=False)
    ).scalar()
    if known is None:
        session.add(Heartbeat(process=sign.process, role=sign.role, **values))
    return known is None


def end(session: Session, process: str, role: str, now: datetime) -> None:
    """Note that a process ended in a role as it should."""
    mine = update(Heartbeat).where(Heartbeat.process == process, Heartbeat.role == role)
    session.execute(mine.values(ended_at=now).execution_options(synchronize_session=False))


def forget(session: Session, now: datetime, gone: Sequence[tuple[str, str]] = ()) -> None:
    """Remove heartbeats that are nobody's any more, and those of the `gone`, as (process, role)."""
    too_old, too_new = now - FORGOTTEN_AFTER, now + FORGOTTEN_AFTER
    session.execute(delete(Heartbeat).where((Heartbeat.beat_at < too_old) | (Heartbeat.beat_at > too_new)))
    for process, role in gone:
        session.execute(delete(Heartbeat).where(Heartbeat.process == process, Heartbeat.role == role))


def heartbeats(session: Session, now: datetime) -> list[Heartbeat]:
    """Return the heartbeats of the last day, by role and host."""
    young = Heartbeat.beat_at >= now - FORGOTTEN_AFTER
    return list(session.scalars(select(Heartbeat).where(young).order_by(Heartbeat.role, Heartbeat.process)))


def lease(session: Session, role: str) -> Lease | None:
    """Return who holds a role, or held it last; None when nobody ever did."""
    return session.get(Lease, role)


def is_led(session: Session, role: str, since: datetime, now: datetime) -> bool:
    """Tell whether anybody held a role, such as that of the scheduler, since `since`."""
    held = lease(session, role)
    return held is not None and since <= held.until <= now + NO_LEASE_LASTS


def claimed(session: Session, *, issue_id: int | None, limit: int) -> list[tuple[str, int, str, datetime]]:
    """Return slug of the issue, number of batches, holder, and end of the last lease, of those who hold batches; most first."""
    number, until = func.count(), func.max(Batch.leased_until, type_=Moment())
    statement = (
        select(Issue.slug, number, Batch.holder, until)
        .join(Issue, Issue.id == Batch.issue_id)
        .where(Batch.state == BatchState.CLAIMED, Batch.leased_until.is_not(None))
        .group_by(Issue.slug, Batch.holder)
        .order_by(number.desc(), Batch.holder)
        .limit(limit)
    )
    if issue_id is not None:
        statement = statement.where(Batch.issue_id == issue_id)
    return [(slug, count, holder, moment) for slug, count, holder, moment in session.execute(statement) if moment]


class Due(NamedTuple):
    """Work that waits: for a scheduler or a worker, of the issue `slug`, since a moment."""

    slug: str
    since: datetime


def due_for_scheduler(session: Session, now: datetime, issue_id: int | None = None) -> Due | None:
    """Return the issue that needs a scheduler for longest: it is being sent, or its moment has come; that one, or of all."""
    sending = Issue.state == IssueState.SENDING
    since = func.coalesce(Issue.scheduled_at, Issue.created_at, type_=Moment())
    statement = select(Issue.slug, since).where(sending | (Issue.state == IssueState.SCHEDULED), since <= now)
    return _longest(session, statement.order_by(since).limit(1), issue_id)


def due_for_worker(session: Session, now: datetime, issue_id: int | None = None) -> Due | None:
    """Return the issue a batch of which has been due for longest: of one issue, or of all. No delivery is looked at."""
    open_states = (BatchState.WAITING, BatchState.CLAIMED)
    is_open = (Issue.state == IssueState.SENDING, Batch.state.in_(open_states), Batch.due_at <= now)
    statement = select(Issue.slug, Batch.due_at).join(Batch, Batch.issue_id == Issue.id).where(*is_open)
    return _longest(session, statement.order_by(Batch.due_at).limit(1), issue_id)


def _longest(session: Session, statement: Select[str, datetime], issue_id: int | None) -> Due | None:
    row = session.execute(statement if issue_id is None else statement.where(Issue.id == issue_id)).one_or_none()
    return None if row is None else Due._make(row)


def is_claiming(session: Session, since: datetime) -> bool:
    """Tell whether a worker claimed a batch of an issue that is being sent, or held one, since `since`."""
    sending = select(Issue.id).where(Issue.state == IssueState.SENDING)
    taken = (Batch.claimed_at >= since) | (Batch.leased_until >= since)
    return session.scalar(select(Batch.id).where(Batch.issue_id.in_(sending), taken).limit(1)) is not None
