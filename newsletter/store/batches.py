"""Batches: claim by compare-and-swap under a lease with a fence, renew, release, finish."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Batch, Delivery, Issue
from newsletter.model.states import BatchState, DeliveryState, IssueState
from newsletter.store.breakers import Answers


def claim(session: Session, batch_id: int, *, holder: str, now: datetime, until: datetime) -> Batch | None:
    """Take a waiting, due batch of an issue that is sending; None when it is not to be had."""
    sending = select(Issue.id).where(Issue.id == Batch.issue_id, Issue.state == IssueState.SENDING).exists()
    claimed = session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.state == BatchState.WAITING, Batch.due_at <= now, sending)
        .values(state=BatchState.CLAIMED, fence=Batch.fence + 1, claimed_at=now, leased_until=until, holder=holder)
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    return None if claimed is None else session.get(Batch, batch_id, populate_existing=True)


def renew(session: Session, batch_id: int, fence: int, until: datetime) -> IssueState | None:
    """Prolong a lease and return the state of the batch's issue; None when the batch is no longer ours."""
    issue_id = session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.fence == fence, Batch.state == BatchState.CLAIMED)
        .values(leased_until=until)
        .returning(Batch.issue_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    return None if issue_id is None else session.scalar(select(Issue.state).where(Issue.id == issue_id))


def release(
    session: Session, batch_id: int, fence: int, *, due_at: datetime | None, answers: Answers | None = None
) -> bool:
    """Give a claimed batch back: waiting until `due_at`, or done when it is None. False when it is no longer ours.

    `answers` are added to those it had, in the same statement: an issue is judged by the sums of its batches.
    """
    state = BatchState.DONE if due_at is None else BatchState.WAITING
    values: dict[str, Any] = {"state": state, "leased_until": None, "rung_at": None}
    if due_at is not None:
        values["due_at"] = due_at
    for name in ("answered", "refused", "policy") if answers else ():
        values[name] = getattr(Batch, name) + getattr(answers, name)
    released = session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.fence == fence, Batch.state == BatchState.CLAIMED)
        .values(**values)
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    return released is not None


def expired(session: Session, now: datetime, limit: int = 200) -> list[Batch]:
    """Return claimed batches whose lease has run out."""
    return list(
        session.scalars(
            select(Batch)
            .where(Batch.state == BatchState.CLAIMED, Batch.leased_until < now)
            .order_by(Batch.id)
            .limit(limit)
        )
    )


def to_ring(session: Session, now: datetime, rung_before: datetime, depth: int) -> list[int]:
    """Return ids of due batches whose bell is to be rung, so that about `depth` stay rung and unclaimed.

    A batch rung before `rung_before` and still waiting is rung again: the broker may have lost it.
    """
    sending = select(Issue.id).where(Issue.state == IssueState.SENDING)
    waiting = (Batch.state == BatchState.WAITING, Batch.due_at <= now, Batch.issue_id.in_(sending))
    rung = session.scalar(select(func.count()).where(*waiting, Batch.rung_at >= rung_before)) or 0
    if rung >= depth:
        return []
    due = (
        select(Batch.id)
        .where(*waiting, (Batch.rung_at.is_(None)) | (Batch.rung_at < rung_before))
        .order_by(Batch.due_at, Batch.id)
        .limit(depth - rung)
    )
    return list(session.scalars(due))


def note_rung(session: Session, batch_ids: list[int], now: datetime) -> None:
    """Remember when the bell was rung."""
    session.execute(
        update(Batch).where(Batch.id.in_(batch_ids)).values(rung_at=now).execution_options(synchronize_session=False)
    )


def next_due(session: Session, batch: Batch, now: datetime) -> datetime | None:
    """Return when work of this batch is due again; None when every delivery of it has reached an end."""
    rows = session.execute(
        select(Delivery.state, func.min(Delivery.next_attempt_at))
        .where(
            Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id),
            Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.SUBMITTING]),
        )
        .group_by(Delivery.state)
    ).all()
    moments = [now if state != DeliveryState.DEFERRED else max(now, at or now) for state, at in rows]
    return min(moments, default=None)


def reopen(session: Session, batch_id: int, due_at: datetime | None) -> None:
    """Let a finished batch wait again when one of its deliveries has work after all."""
    if due_at is not None:
        session.execute(
            update(Batch)
            .where(Batch.id == batch_id, Batch.state == BatchState.DONE)
            .values(state=BatchState.WAITING, due_at=due_at, rung_at=None)
            .execution_options(synchronize_session=False)
        )


def reopen_around(session: Session, issue_id: int, delivery_ids: Sequence[int], due_at: datetime) -> None:
    """Reopen the finished batches of an issue that hold any of these deliveries."""
    for batch in session.scalars(select(Batch).where(Batch.issue_id == issue_id, Batch.state == BatchState.DONE)):
        if any(batch.first_delivery_id <= i <= batch.last_delivery_id for i in delivery_ids):
            reopen(session, batch.id, due_at)


def unfinished(session: Session, issue_id: int) -> int:
    """Count the batches of an issue that still have work."""
    open_states = [BatchState.WAITING, BatchState.CLAIMED]
    return session.scalar(select(func.count()).where(Batch.issue_id == issue_id, Batch.state.in_(open_states))) or 0


def drop_waiting(session: Session, issue_id: int) -> list[Batch]:
    """Mark the waiting batches of a cancelled issue as cancelled and return them."""
    ids = session.scalars(
        update(Batch)
        .where(Batch.issue_id == issue_id, Batch.state == BatchState.WAITING)
        .values(state=BatchState.CANCELLED)
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    ).all()
    return list(session.scalars(select(Batch).where(Batch.id.in_(ids)))) if ids else []


def by_id(session: Session, batch_id: int) -> Batch | None:
    """Return a batch."""
    return session.get(Batch, batch_id)
