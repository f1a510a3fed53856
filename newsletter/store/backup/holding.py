"""What a restored ledger must not do by itself: the service it was taken from has gone on since, and may have done it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import Approval, Batch, Delivery, Invitation, Issue, Notice, SignUp
from newsletter.model.actor import Actor
from newsletter.model.states import BatchState, DeliveryState, IssueState, NoticeState
from newsletter.store.accounts import audit
from newsletter.store.delivery import circuit_breaker, kept_counts
from newsletter.store.issues import issues

_QUIETLY = {"synchronize_session": False}
ON_THE_WIRE = "it was on its way when a backup was taken, and nobody can know"
HELD = "it waited when a backup was taken, and may have gone out since"


@dataclass(frozen=True, slots=True)
class Held:
    """What was held: slugs of issues, and how many of everything else."""

    paused: tuple[str, ...] = ()
    taken_back: tuple[str, ...] = ()
    still_scheduled: tuple[tuple[str, datetime], ...] = ()
    uncertain: int = 0
    notices: int = 0
    sign_ups: int = 0
    invitations: int = 0
    approvals: int = 0


def hold(connection: Connection, *, made_at: datetime, now: datetime, until: datetime, by: Actor) -> Held:
    """Hold, in the transaction that restores, all that would send by itself before `until`, and say what it was.

    Issues on their way are paused, those due before `until` are drafts again. What was on the wire is uncertain. Approvals of drafts are let
    go, or a slot would send by itself.
    """
    with Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session:
        uncertain = _end_claims(session, now)
        taken_back = _take_back(session, until, by, now)
        held = Held(
            paused=tuple(_pause(session, made_at, by, now)),
            taken_back=tuple(taken_back),
            still_scheduled=tuple(_still_scheduled(session)),
            uncertain=uncertain,
            notices=_hold_notices(session, now),
            sign_ups=len(session.scalars(delete(SignUp).returning(SignUp.id)).all()),
            invitations=_drop_invitations(session),
            approvals=_drop_approvals(session),
        )
        subject = audit.Subject("service")
        audit.add(session, by, "service.restore", subject, at=now, old=f"backup of {made_at:%Y-%m-%d %H:%M:%S} UTC")
        session.flush()
    return held


def _end_claims(session: Session, now: datetime) -> int:
    """Take every claim back: a worker that held it sends no more, and what it had on the wire is uncertain."""
    claimed = session.scalars(select(Batch).where(Batch.state == BatchState.CLAIMED).order_by(Batch.id)).all()
    uncertain = 0
    for batch in claimed:
        theirs = Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id)
        moved = session.execute(
            update(Delivery)
            .where(theirs, Delivery.state == DeliveryState.SUBMITTING)
            .values(state=DeliveryState.UNCERTAIN, reply=ON_THE_WIRE, changed_at=now, attempts=Delivery.attempts + 1)
            .returning(Delivery.id),
            execution_options=_QUIETLY,
        )
        uncertain += len(moved.all())
    values = {"state": BatchState.WAITING, "leased_until": None, "rung_at": None}
    session.execute(update(Batch).where(Batch.state == BatchState.CLAIMED).values(**values), execution_options=_QUIETLY)
    for issue_id in sorted({batch.issue_id for batch in claimed}):
        kept_counts.recount(session, issue_id)
    return uncertain


def _pause(session: Session, made_at: datetime, by: Actor, now: datetime) -> list[str]:
    """Pause what was being sent, and say of what was paused already since when nobody knows about it."""
    why = (
        f"restored from a backup of {made_at:%Y-%m-%d %H:%M:%S} UTC: the service it was taken from may have sent more since. "
        "Resume only if it did not."
    )
    found: list[str] = []
    for issue in _of(session, IssueState.SENDING, IssueState.PAUSED):
        if issue.state == IssueState.SENDING:
            values = {"paused_why": why}
            issues.move(session, issue.id, IssueState.SENDING, IssueState.PAUSED, by=by, at=now, values=values)
        elif not circuit_breaker.trips_of(session, [issue.id]):  # whose reason says how it is resumed
            session.execute(
                update(Issue).where(Issue.id == issue.id).values(paused_why=why), execution_options=_QUIETLY
            )
        found.append(issue.slug)
    return found


def _take_back(session: Session, until: datetime, by: Actor, now: datetime) -> list[str]:
    found: list[str] = []
    for issue in _of(session, IssueState.SCHEDULED):
        if issue.scheduled_at is not None and issue.scheduled_at > until:
            continue
        values = {"scheduled_at": None, "text_digest": None, "changed_at": now, "offered_at": issue.scheduled_at}
        issues.move(session, issue.id, IssueState.SCHEDULED, IssueState.DRAFT, by=by, at=now, values=values)
        found.append(issue.slug)
    return found


def _still_scheduled(session: Session) -> list[tuple[str, datetime]]:
    return [(issue.slug, issue.scheduled_at) for issue in _of(session, IssueState.SCHEDULED) if issue.scheduled_at]


def _of(session: Session, *states: IssueState) -> Sequence[Issue]:
    return session.scalars(select(Issue).where(Issue.state.in_(states)).order_by(Issue.id)).all()


def _hold_notices(session: Session, now: datetime) -> int:
    held = update(Notice).where(Notice.state.in_([NoticeState.QUEUED, NoticeState.SUBMITTING]))
    held = held.values(state=NoticeState.UNCERTAIN, reply=HELD, next_attempt_at=now)
    return len(session.execute(held.returning(Notice.id), execution_options=_QUIETLY).all())


def _drop_invitations(session: Session) -> int:
    """Forget who waits to be invited: they may have been invited since. Whoever imports the list again lines them up again."""
    waiting = delete(Invitation).where(Invitation.invited_at.is_(None)).returning(Invitation.id)
    return len(session.execute(waiting, execution_options=_QUIETLY).all())


def _drop_approvals(session: Session) -> int:
    drafts = select(Issue.id).where(Issue.state == IssueState.DRAFT)
    gone = delete(Approval).where(Approval.issue_id.in_(drafts)).returning(Approval.id)
    return len(session.execute(gone, execution_options=_QUIETLY).all())
