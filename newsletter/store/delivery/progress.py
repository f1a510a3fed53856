"""Counts of an issue's deliveries, read from the rows themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Attempt, Batch, Delivery, Issue, PlanRecord, Publication
from newsletter.model.actor import Actor
from newsletter.model.states import BatchState, DeliveryState, IssueState
from newsletter.store.issues import issues

_ANSWERED = (DeliveryState.SUBMITTED, DeliveryState.REJECTED, DeliveryState.DEFERRED)


def counts(session: Session, issue_id: int) -> dict[DeliveryState, int]:
    """Return how many deliveries of an issue are in each state."""
    rows = session.execute(
        select(Delivery.state, func.count()).where(Delivery.issue_id == issue_id).group_by(Delivery.state)
    )
    found: dict[DeliveryState, int] = dict(iter(rows))
    return {state: found.get(state, 0) for state in DeliveryState}


def counts_with_recent(
    session: Session, issue_id: int, *, since: datetime, now: datetime
) -> tuple[dict[DeliveryState, int], int]:
    """Return how many deliveries of an issue are in each state, and for how many a server answered after `since`, up to `now`.

    Both in one look at the rows: of a large issue there are a million. What a clock that was ahead wrote is not of the last seconds.
    """
    is_recent = Delivery.state.in_(_ANSWERED) & (Delivery.changed_at > since) & (Delivery.changed_at <= now)
    recent = func.sum(case((is_recent, 1), else_=0))
    rows = session.execute(
        select(Delivery.state, func.count(), recent).where(Delivery.issue_id == issue_id).group_by(Delivery.state)
    ).all()
    found = {state: number for state, number, _ in rows}
    return {state: found.get(state, 0) for state in DeliveryState}, sum(int(number) for _, _, number in rows)


def next_turn(session: Session, issue_id: int) -> datetime | None:
    """Return the moment before which no batch of an issue may go; None when one is under way, or none is left."""
    claimed = select(Batch.id).where(Batch.issue_id == issue_id, Batch.state == BatchState.CLAIMED).exists()
    first = select(func.min(Batch.due_at)).where(
        Batch.issue_id == issue_id, Batch.state == BatchState.WAITING, ~claimed
    )
    return session.scalar(first)


_GOT_IT = (DeliveryState.SUBMITTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)


def has_reached(session: Session, issue_id: int, since: datetime | None = None) -> bool:
    """Tell whether a server took a message of an issue, after `since` if it is given."""
    taken = select(Delivery.id).where(Delivery.issue_id == issue_id, Delivery.state.in_(_GOT_IT))
    if since is not None:
        taken = taken.where(Delivery.changed_at > since)
    return session.scalar(select(taken.exists())) is True


class Facts(NamedTuple):
    """What a sender needs to know of a planned issue; `planned_at` is since when it ages, if that is later."""

    publication_id: int
    planned_at: datetime


def facts_of(session: Session, issue_id: int) -> Facts | None:
    """Return whose issue it is and when it was planned; None when it was never planned."""
    row = session.execute(
        select(Issue.publication_id, func.coalesce(PlanRecord.aged_from, PlanRecord.planned_at))
        .join(PlanRecord, PlanRecord.issue_id == Issue.id)
        .where(Issue.id == issue_id)
    ).one_or_none()
    return None if row is None else Facts(*row)


def issues_with_policy(session: Session, policy: str, *, default: str) -> list[int]:
    """Return ids of issues under way whose publication's policy for uncertain deliveries is `policy`."""
    chosen = case((Publication.uncertain == "", default), else_=Publication.uncertain)
    return list(
        session.scalars(
            select(Issue.id)
            .join(Publication, Publication.id == Issue.publication_id)
            .where(Issue.state == IssueState.SENDING, chosen == policy)
        )
    )


RESENDS = 2
"""By policy a delivery is sent again so many times at most: a server that never answers must not fill a mailbox with copies."""


def resend(session: Session, issue_id: int, *, before: datetime, now: datetime, max_age: timedelta) -> list[int]:
    """Put the uncertain deliveries of an issue that changed before `before` back in the queue; return their ids.

    What was sent again twice, or is older than `max_age`, stays: stale news, and one copy after the other, are worse.
    """
    statement = (
        update(Delivery)
        .where(_resendable(issue_id, now, max_age), Delivery.changed_at <= before)
        .values(state=DeliveryState.QUEUED, changed_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return list(session.scalars(statement))


def awaits_resending(session: Session, issue_id: int, *, now: datetime, max_age: timedelta) -> bool:
    """Tell whether the policy `resend` still has something to do for an issue."""
    return session.scalar(select(select(Delivery.id).where(_resendable(issue_id, now, max_age)).exists())) is True


def _resendable(issue_id: int, now: datetime, max_age: timedelta) -> ColumnElement[bool]:
    unknown = (
        select(func.count())
        .where(Attempt.delivery_id == Delivery.id, Attempt.outcome == "unknown")
        .correlate(Delivery)
        .scalar_subquery()
    )
    young = select(PlanRecord.issue_id).where(
        PlanRecord.issue_id == issue_id, func.coalesce(PlanRecord.aged_from, PlanRecord.planned_at) >= now - max_age
    )
    return and_(
        Delivery.issue_id == issue_id, Delivery.state == DeliveryState.UNCERTAIN, unknown <= RESENDS, young.exists()
    )


def plan_of(session: Session, issue_id: int) -> PlanRecord | None:
    """Return the proof of the plan, once there is one."""
    return session.get(PlanRecord, issue_id)


def cancelled_with_work(session: Session) -> list[int]:
    """Return ids of cancelled issues that still have waiting batches."""
    waiting = select(Batch.id).where(Batch.issue_id == Issue.id, Batch.state == BatchState.WAITING).exists()
    return list(session.scalars(select(Issue.id).where(Issue.state == IssueState.CANCELLED, waiting)))


def _has_open_batch() -> ColumnElement[bool]:
    open_states = [BatchState.WAITING, BatchState.CLAIMED]
    return select(Batch.id).where(Batch.issue_id == Issue.id, Batch.state.in_(open_states)).exists()


def finished_issues(session: Session) -> list[int]:
    """Return ids of issues that are sending and have no batch with work left."""
    return list(session.scalars(select(Issue.id).where(Issue.state == IssueState.SENDING, ~_has_open_batch())))


def finish_issue(session: Session, issue_id: int, now: datetime, *, by: Actor) -> bool:
    """Move a locked issue from sending to sent; False when a batch of it has work after all."""
    # Asked again under the lock: a late journal may have opened a batch since `finished_issues` looked.
    if session.scalar(select(Issue.id).where(Issue.id == issue_id, _has_open_batch())) is not None:
        return False
    publish(session, issue_id, now)  # one that nobody was left to get: its sending began and ended
    return issues.move(
        session, issue_id, IssueState.SENDING, IssueState.SENT, by=by, at=now, values={"finished_at": now}
    )


def publish(session: Session, issue_id: int, now: datetime) -> bool:
    """Let everybody see an issue from this transaction on; False for one that is shown already: it keeps its moment."""
    shown = session.execute(
        update(Issue)
        .where(Issue.id == issue_id, Issue.published_at.is_(None))
        .values(published_at=now)
        .returning(Issue.id),
        execution_options={"synchronize_session": False},
    )
    return shown.scalar() is not None
