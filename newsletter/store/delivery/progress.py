"""How far an issue is: counts of its deliveries, and the moves that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select, union_all, update
from sqlalchemy.orm import Session

from newsletter.model import Attempt, Batch, Delivery, Issue, PlanRecord, Publication, RollUp
from newsletter.model.actor import Actor
from newsletter.model.states import BatchState, DeliveryState, IssueState
from newsletter.store.delivery import deliveries, kept_counts, kept_numbers
from newsletter.store.issues import issues

_ANSWERED = (DeliveryState.SUBMITTED, DeliveryState.REJECTED, DeliveryState.DEFERRED)


def counts(
    session: Session, issue_id: int, kept: Mapping[DeliveryState, int] | None = None
) -> dict[DeliveryState, int]:
    """Return how many deliveries of an issue are in each state: from the kept counts, and from the rows of what is on the wire.

    `kept` are those counts where they are known already.
    """
    kept = kept_numbers.by_state(session, issue_id) if kept is None else kept
    planned = session.scalar(select(func.coalesce(func.sum(Batch.size), 0)).where(Batch.issue_id == issue_id)) or 0
    submitting = session.scalar(_on_the_wire(issue_id)) or 0
    queued = int(planned) - submitting - sum(kept.values())
    found = {**kept, DeliveryState.QUEUED: max(queued, 0), DeliveryState.SUBMITTING: submitting}
    return {state: found.get(state, 0) for state in DeliveryState}


def _on_the_wire(issue_id: int) -> Select[int]:
    return (
        select(func.count())
        .select_from(Batch)
        .join(Delivery, Delivery.id.between(Batch.first_delivery_id, Batch.last_delivery_id))
        .where(
            Batch.issue_id == issue_id, Batch.state == BatchState.CLAIMED, Delivery.state == DeliveryState.SUBMITTING
        )
    )


RECENT_BATCHES = 64
"""So many of those claimed last are looked into for what was answered in the last seconds."""


def answered_recently(session: Session, issue_id: int, *, since: datetime, now: datetime) -> tuple[int, datetime]:
    """Return for how many deliveries a server answered after `since`, up to `now`, and since when they were counted.

    That is later where more batches were claimed since than are looked into. What a clock that was ahead wrote is not of the last seconds.
    """
    last = select(Batch).where(Batch.issue_id == issue_id, Batch.claimed_at.is_not(None))
    found = session.scalars(last.order_by(Batch.claimed_at.desc(), Batch.id.desc()).limit(RECENT_BATCHES)).all()
    if len(found) == RECENT_BATCHES and (oldest := found[-1].claimed_at):
        since = min(max(since, oldest), now)
    ranges = [Delivery.id.between(each.first_delivery_id, each.last_delivery_id) for each in found]
    answered = (Delivery.state.in_(_ANSWERED), Delivery.changed_at > since, Delivery.changed_at <= now)
    # Each range by itself: one statement that names them all is planned as a look at the whole table.
    each = [select(func.count().label("number")).where(among, *answered) for among in ranges]
    return (sum(session.scalars(union_all(*each))) if each else 0), since


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
    old = select(Delivery.id).where(_resendable(issue_id, now, max_age), Delivery.changed_at <= before)
    ids = list(session.scalars(old.order_by(Delivery.id).with_for_update(of=Delivery)))
    with kept_counts.moving(session, ids):
        deliveries.put_back(session, ids, {"changed_at": now})
    return ids


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


def planned_last(session: Session, limit: int) -> list[tuple[int, str]]:
    """Return ids and slugs of the issues that were planned last and have their deliveries, newest first."""
    rows = session.execute(
        select(Issue.id, Issue.slug)
        .join(PlanRecord, PlanRecord.issue_id == Issue.id)
        .where(~select(RollUp.issue_id).where(RollUp.issue_id == Issue.id).exists())
        .order_by(PlanRecord.issue_id.desc())
        .limit(limit)
    )
    return [(issue_id, slug) for issue_id, slug in rows]


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
