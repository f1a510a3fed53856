"""Old issues are rolled up: their single deliveries go, a range at a time, and of each a slim row stays.

Nearly all figures of an issue lie beside the rows already (`kept_counts`, reports, events); the few that would be read from the rows are
written down when a roll-up begins. A range moves in one transaction with the note how far it is, so that a kill at any moment leaves each
delivery in exactly one of the two tables, and whoever asks meanwhile asks both.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from newsletter.model import Attempt, Batch, Delivery, Issue, OldDelivery, PlanRecord, RollUp
from newsletter.model.states import OPEN_DELIVERY_STATES, BatchState, DeliveryState, IssueState
from newsletter.store.feedback import statistics
from newsletter.store.issues import issues

_QUIETLY = {"synchronize_session": False}
_ENDED = (IssueState.SENT, IssueState.CANCELLED)
_OPEN_BATCHES = (BatchState.WAITING, BatchState.CLAIMED)
_SETTLED = [state for state in DeliveryState if state not in OPEN_DELIVERY_STATES]


class RolledUpSoon(NamedTuple):
    """What is old enough to go now: issues, begun ones among them, and their deliveries."""

    issues: int
    deliveries: int


def roll_up(session: Session, before: datetime, now: datetime, batches: int) -> tuple[int, bool]:
    """Take the deliveries of the next `batches` batches from the issue that is under way, or from the next one that ended before `before`.

    Return how many went, and whether there may be more.
    """
    under_way = _under_way(session) or _begin(session, before, now)
    if under_way is None:
        return 0, False
    following = (Batch.issue_id == under_way.issue_id, Batch.id > under_way.last_batch_id)
    ranges = session.scalars(select(Batch).where(*following).order_by(Batch.id).limit(batches)).all()
    gone = 0
    for each in ranges:
        gone += _take(session, each)
        under_way.last_batch_id = each.id
    under_way.deliveries += gone
    if len(ranges) < batches:
        under_way.ended_at = now
    session.flush()
    return gone, True


def due(session: Session, before: datetime) -> RolledUpSoon:
    """Return what would go now: from sums over batches, not from deliveries."""
    waiting = select(Issue.id).where(*_old(before))
    begun = select(RollUp.issue_id).where(RollUp.ended_at.is_(None))
    found = session.scalar(select(func.count()).select_from(waiting.union(begun).subquery())) or 0
    size = select(func.coalesce(func.sum(Batch.size), 0))
    left = size.join(RollUp, RollUp.issue_id == Batch.issue_id).where(
        RollUp.ended_at.is_(None), Batch.id > RollUp.last_batch_id
    )
    number = (session.scalar(size.where(Batch.issue_id.in_(waiting))) or 0) + (session.scalar(left) or 0)
    return RolledUpSoon(found, int(number))


def _under_way(session: Session) -> RollUp | None:
    return session.scalar(
        select(RollUp).where(RollUp.ended_at.is_(None)).order_by(RollUp.issue_id).limit(1).with_for_update()
    )


def _begin(session: Session, before: datetime, now: datetime) -> RollUp | None:
    """Close the next issue that is old enough, and keep what its report would read from its deliveries."""
    old = _old(before)
    found = session.scalar(select(Issue.id).where(*old).order_by(Issue.finished_at, Issue.id).limit(1))
    if found is None:
        return None
    issues.lock(session, found)
    # Somebody may have sent it on since. That the row changes is for those who plan by an older view of the ledger: they are refused.
    still = update(Issue).where(Issue.id == found, *old).values(finished_at=Issue.finished_at).returning(Issue.id)
    if session.execute(still, execution_options=_QUIETLY).scalar() is None:
        return None
    judged = statistics.judged_refusals(session, found)
    kept = [[said, reason, number] for (said, reason), number in sorted(judged.items())]
    begun = RollUp(issue_id=found, began_at=now, last_batch_id=0, deliveries=0, refusals=kept)
    session.add(begun)
    session.flush()
    return begun


def _old(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on `Issue`: planned, ended before a moment, without work left, and not rolled up.

    A batch that is done has no delivery that is to be tried again: nothing is counted to know that.
    """
    planned = select(PlanRecord.issue_id).where(PlanRecord.issue_id == Issue.id).exists()
    begun = select(RollUp.issue_id).where(RollUp.issue_id == Issue.id).exists()
    works = select(Batch.id).where(Batch.issue_id == Issue.id, Batch.state.in_(_OPEN_BATCHES)).exists()
    return Issue.state.in_(_ENDED), Issue.finished_at < before, planned, ~begun, ~works


def _take(session: Session, batch: Batch) -> int:
    """Move the settled deliveries of a batch, and let their single tries go; return how many."""
    here = (
        Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id),
        Delivery.issue_id + 0 == batch.issue_id,  # by the range alone: SQLite would read all of the issue
        Delivery.state.in_(_SETTLED),
    )
    # Locked first: a report that moves one of them at this moment is waited for, and what it says is taken along.
    ids = session.scalars(select(Delivery.id).where(*here).order_by(Delivery.id).with_for_update()).all()
    columns = (Delivery.id, Delivery.issue_id, Delivery.subscriber_id, Delivery.state)
    names = [column.name for column in columns]
    session.execute(insert(OldDelivery).from_select(names, select(*columns).where(*here), include_defaults=False))
    within = Attempt.delivery_id.between(batch.first_delivery_id, batch.last_delivery_id)
    tried = Attempt.delivery_id.in_(select(Delivery.id).where(*here))
    session.execute(delete(Attempt).where(within, tried), execution_options=_QUIETLY)
    session.execute(delete(Delivery).where(*here), execution_options=_QUIETLY)
    return len(ids)
