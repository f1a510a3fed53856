"""Counts of an issue's deliveries, read from the rows themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Batch, Delivery, Issue, PlanRecord
from newsletter.model.states import BatchState, DeliveryState, IssueState


def counts(session: Session, issue_id: int) -> dict[DeliveryState, int]:
    """Return how many deliveries of an issue are in each state."""
    rows = session.execute(select(Delivery.state, func.count()).where(Delivery.issue_id == issue_id).group_by(Delivery.state))
    found: dict[DeliveryState, int] = {state: count for state, count in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def settled_since(session: Session, issue_id: int, since: datetime) -> int:
    """Count deliveries that a server answered for since `since`."""
    states = [DeliveryState.SUBMITTED, DeliveryState.REJECTED, DeliveryState.DEFERRED]
    return (
        session.scalar(
            select(func.count()).where(Delivery.issue_id == issue_id, Delivery.changed_at > since, Delivery.state.in_(states))
        )
        or 0
    )


def plan_of(session: Session, issue_id: int) -> PlanRecord | None:
    """Return the proof of the plan, once there is one."""
    return session.get(PlanRecord, issue_id)


def finished_issues(session: Session) -> list[int]:
    """Return ids of issues that are sending and have no batch with work left."""
    open_batch = (
        select(Batch.id).where(Batch.issue_id == Issue.id, Batch.state.in_([BatchState.WAITING, BatchState.CLAIMED])).exists()
    )
    return list(session.scalars(select(Issue.id).where(Issue.state == IssueState.SENDING, ~open_batch)))


def finish_issue(session: Session, issue_id: int, now: datetime) -> bool:
    """Move an issue from sending to sent."""
    done = session.execute(
        update(Issue)
        .where(Issue.id == issue_id, Issue.state == IssueState.SENDING)
        .values(state=IssueState.SENT, finished_at=now)
        .returning(Issue.id)
    ).scalar()
    return done is not None
