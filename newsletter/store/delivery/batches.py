"""Batches: claim by compare-and-swap under a lease with a fence, renew, release, finish."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Batch, Delivery, FirstTry, Issue, PlanRecord
from newsletter.model.base import Moment
from newsletter.model.states import OPEN_DELIVERY_STATES, BatchState, DeliveryState, IssueState
from newsletter.store.delivery.circuit_breaker import Answers


class Claimed(NamedTuple):
    """A batch that this process holds, with what sending it needs to know of its issue."""

    id: int
    edition_id: int
    issue_id: int
    first_delivery_id: int
    last_delivery_id: int
    first_subscriber_id: int
    last_subscriber_id: int
    fence: int
    publication_id: int
    planned_at: datetime  # or since when it ages, if that is later
    shown: bool  # whether the archive shows the issue already
    proven: bool  # whether somebody has got the issue since it was begun or resumed


# The statements of every batch are built once, and run on the connection: building them costs twenty times what they do.
_CLAIM = (
    update(Batch)
    .where(
        Batch.id == bindparam("batch"),
        Batch.state == BatchState.WAITING,
        Batch.due_at <= bindparam("now", type_=Moment()),
        select(Issue.id).where(Issue.id == Batch.issue_id, Issue.state == IssueState.SENDING).exists(),
        select(PlanRecord.issue_id).where(PlanRecord.issue_id == Batch.issue_id).exists(),
    )
    .values(
        state=BatchState.CLAIMED,
        fence=Batch.fence + 1,
        claimed_at=bindparam("now", type_=Moment()),
        leased_until=bindparam("until", type_=Moment()),
        holder=bindparam("by"),
    )
    .returning(
        *(getattr(Batch, name) for name in Claimed._fields[:-4]),
        # SQLite returns columns of the updated table only, and subqueries
        select(Issue.publication_id).where(Issue.id == Batch.issue_id).scalar_subquery(),
        select(func.coalesce(PlanRecord.aged_from, PlanRecord.planned_at))
        .where(PlanRecord.issue_id == Batch.issue_id)
        .scalar_subquery(),
        select(Issue.published_at.is_not(None)).where(Issue.id == Batch.issue_id).scalar_subquery(),
        select(FirstTry.issue_id).where(FirstTry.issue_id == Batch.issue_id, FirstTry.proven).exists(),
    )
)


def claim(session: Session, batch_id: int, *, holder: str, now: datetime, until: datetime) -> Claimed | None:
    """Take a waiting, due batch of an issue that is sending; None when it is not to be had."""
    values = {"batch": batch_id, "by": holder, "now": now, "until": until}
    row = session.connection().execute(_CLAIM, values).one_or_none()
    return None if row is None else Claimed._make(row)


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


_RELEASE = (
    update(Batch)
    .where(Batch.id == bindparam("batch"), Batch.fence == bindparam("by"), Batch.state == BatchState.CLAIMED)
    .values(
        state=bindparam("now_in"),
        due_at=func.coalesce(bindparam("due", type_=Moment()), Batch.due_at),
        leased_until=None,
        rung_at=None,
        answered=Batch.answered + bindparam("more_answered"),
        refused=Batch.refused + bindparam("more_refused"),
        policy=Batch.policy + bindparam("more_policy"),
    )
)


def release(
    session: Session, batch_id: int, fence: int, *, due_at: datetime | None, answers: Answers | None = None
) -> bool:
    """Give a claimed batch back: waiting until `due_at`, or done when it is None. False when it is no longer ours.

    `answers` are added to those it had, in the same statement: an issue is judged by the sums of its batches.
    """
    told = answers or Answers()
    state = BatchState.DONE if due_at is None else BatchState.WAITING
    values = {"batch": batch_id, "by": fence, "now_in": state, "due": due_at}
    sums = {"more_answered": told.answered, "more_refused": told.refused, "more_policy": told.policy}
    return session.connection().execute(_RELEASE, values | sums).rowcount > 0


_HELD = (
    select(Batch.id)
    .where(Batch.id == bindparam("batch"), Batch.fence == bindparam("by"), Batch.state == BatchState.CLAIMED)
    .with_for_update()
)


def lock(session: Session, batch: Claimed) -> bool:
    """Keep a claimed batch from being taken back until the transaction ends; False when it is no longer ours."""
    held = session.connection().execute(_HELD, {"batch": batch.id, "by": batch.fence})
    return held.scalar() is not None


def expired(session: Session, now: datetime, *, abandoned: Collection[int] = (), limit: int = 200) -> list[Batch]:
    """Return claimed batches whose lease has run out, and the `abandoned` ones, locked until the transaction ends: see `lock`."""
    over = Batch.leased_until < now
    return list(
        session.scalars(
            select(Batch)
            .where(Batch.state == BatchState.CLAIMED, over | Batch.id.in_(abandoned) if abandoned else over)
            .order_by(Batch.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
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


def unring(session: Session, batch_id: int) -> None:
    """Forget that the bell of a waiting batch was rung, so that it is rung again."""
    waiting = (Batch.id == batch_id, Batch.state == BatchState.WAITING, Batch.rung_at.is_not(None))
    session.execute(update(Batch).where(*waiting).values(rung_at=None).execution_options(synchronize_session=False))


def edition_of(session: Session, batch_id: int) -> int | None:
    """Return the edition that a batch sends; None when there is no such batch."""
    return session.scalar(select(Batch.edition_id).where(Batch.id == batch_id))


_NEXT_DUE = (
    select(Delivery.state, func.min(Delivery.next_attempt_at))
    .where(
        Delivery.id.between(bindparam("low"), bindparam("high")),
        Delivery.state.in_(list(OPEN_DELIVERY_STATES)),
    )
    .group_by(Delivery.state)
)


def next_due(session: Session, batch: Batch | Claimed, now: datetime) -> datetime | None:
    """Return when work of this batch is due again; None when every delivery of it has reached an end."""
    low, high = batch.first_delivery_id, batch.last_delivery_id
    rows = session.connection().execute(_NEXT_DUE, {"low": low, "high": high})
    moments = [now if state != DeliveryState.DEFERRED else max(now, at or now) for state, at in rows]
    return min(moments, default=None)


def locked(session: Session, batch_id: int) -> Batch | None:
    """Return a batch, its issue and itself locked until the transaction ends, in this order everywhere; None if there is none."""
    issue_id = session.scalar(select(Batch.issue_id).where(Batch.id == batch_id))
    session.execute(select(Issue.id).where(Issue.id == issue_id).with_for_update(key_share=True))
    return session.get(Batch, batch_id, populate_existing=True, with_for_update=True)


def reopen(session: Session, batch_id: int, due_at: datetime) -> bool:
    """Let a batch that has ended wait until `due_at`, and one that waits longer no longer than that; False when neither is so.

    One of a cancelled issue waits, too: to be dropped once more.
    """
    ended = Batch.state.in_([BatchState.DONE, BatchState.CANCELLED])
    too_long = (Batch.state == BatchState.WAITING) & (Batch.due_at > due_at)
    reopened = session.execute(
        update(Batch)
        .where(Batch.id == batch_id, ended | too_long)
        .values(state=BatchState.WAITING, due_at=due_at, rung_at=None)
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    return reopened is not None


def issue_of(session: Session, batch_id: int) -> int | None:
    """Return the id of the issue of a batch; None when there is none by that id."""
    return session.scalar(select(Batch.issue_id).where(Batch.id == batch_id))


def reopen_around(session: Session, issue_id: int, delivery_ids: Sequence[int], due_at: datetime) -> None:
    """Let the batches of an issue that hold any of these deliveries go on at `due_at`."""
    ids = sorted(delivery_ids)
    for batch in session.scalars(select(Batch).where(Batch.issue_id == issue_id).order_by(Batch.id)):
        place = bisect_left(ids, batch.first_delivery_id)
        if place < len(ids) and ids[place] <= batch.last_delivery_id:
            reopen(session, batch.id, due_at)


def ended_with_work(session: Session, issue_id: int) -> list[Batch]:
    """Return the batches of an issue that have ended though a delivery of them is open."""
    is_open = (
        select(Delivery.id)
        .where(
            Delivery.id.between(Batch.first_delivery_id, Batch.last_delivery_id),
            Delivery.issue_id + 0 == Batch.issue_id,  # by its range: SQLite would read all of the issue for each batch
            Delivery.state.in_(list(OPEN_DELIVERY_STATES)),
        )
        .exists()
    )
    ended = Batch.state.in_([BatchState.DONE, BatchState.CANCELLED])
    return list(session.scalars(select(Batch).where(Batch.issue_id == issue_id, ended, is_open).order_by(Batch.id)))


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
