"""Who is at work: told from the marks that schedulers and workers leave in the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.model import Batch, Issue, Lease
from newsletter.model.base import Moment
from newsletter.model.states import BatchState, IssueState

NO_LEASE_LASTS = timedelta(seconds=30)
"""No role is held so far ahead: one that seems to be was taken by a clock that was wrong, and is void."""


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


def is_claiming(session: Session, since: datetime) -> bool:
    """Tell whether a worker claimed a batch of an issue that is being sent, or held one, since `since`."""
    sending = select(Issue.id).where(Issue.state == IssueState.SENDING)
    taken = (Batch.claimed_at >= since) | (Batch.leased_until >= since)
    return session.scalar(select(Batch.id).where(Batch.issue_id.in_(sending), taken).limit(1)) is not None
