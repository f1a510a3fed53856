"""What is measured of the ledger for machines that watch: few statements, none over deliveries, none over what has ended.

Open batches are found by the index of their states, and hold sums: a million deliveries are two thousand rows. What strangers
can pile up is counted up to a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from newsletter.model import Batch, Brake, Issue, Notice, PlanRecord, Publication, RawReport, SendingDay, SignUp, Trip
from newsletter.model.base import Moment
from newsletter.model.feedback import RawState
from newsletter.model.states import BatchState, IssueState, NoticeState

MOST = 10_000
"""So many rows are counted where strangers decide how many there are."""
UNDER_WAY = (IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED)
_OPEN = (BatchState.WAITING, BatchState.CLAIMED)


class OpenBatches(NamedTuple):
    """The open batches of a publication's issues in one state, themselves in one: how many, and how much is in them."""

    publication: str
    issue_state: IssueState
    batch_state: BatchState
    later: bool  # waiting, and not due yet
    batches: int
    deliveries: int  # that no server answered for good yet: those of a batch in work as it was when it was claimed
    first_due: datetime
    planned_at: datetime | None  # when the first of their issues was planned


def open_batches(session: Session, now: datetime) -> list[OpenBatches]:
    """Return the open batches of all issues under way, summed."""
    left = case((Batch.size > Batch.answered, Batch.size - Batch.answered), else_=1)
    kinds = (Publication.slug, Issue.state, Batch.state, case((Batch.due_at > now, 1), else_=0))
    statement = (
        select(
            *kinds,
            func.count(),
            func.sum(left),
            func.min(Batch.due_at, type_=Moment()),
            func.min(PlanRecord.planned_at, type_=Moment()),
        )
        .join(Issue, Issue.id == Batch.issue_id)
        .join(Publication, Publication.id == Issue.publication_id)
        .outerjoin(PlanRecord, PlanRecord.issue_id == Issue.id)
        .where(Batch.state.in_(_OPEN), Issue.state.in_([IssueState.SENDING, IssueState.PAUSED]))
        .group_by(*kinds)
    )
    return [
        OpenBatches(
            slug, issue, batch, bool(later) and batch == BatchState.WAITING, number, int(deliveries), due, planned
        )
        for slug, issue, batch, later, number, deliveries, due, planned in session.execute(statement)
    ]


def expired_claims(session: Session, now: datetime) -> int:
    """Count the batches whose lease ran out and that nobody took back yet."""
    over = (Batch.state == BatchState.CLAIMED, Batch.leased_until < now)
    return session.scalar(select(func.count()).where(*over)) or 0


def issues_under_way(session: Session) -> list[tuple[str, IssueState, int, int, datetime | None]]:
    """Return (publication, state, how many, of these paused by themselves, first moment they are scheduled for)."""
    by_itself = case((Trip.why == Issue.paused_why, 1), else_=0)
    statement = (
        select(
            Publication.slug,
            Issue.state,
            func.count(),
            func.sum(case((Issue.state == IssueState.PAUSED, by_itself), else_=0)),
            func.min(Issue.scheduled_at, type_=Moment()),
        )
        .join(Publication, Publication.id == Issue.publication_id)
        .outerjoin(Trip, Trip.issue_id == Issue.id)
        .where(Issue.state.in_(UNDER_WAY))
        .group_by(Publication.slug, Issue.state)
    )
    return [(slug, state, n, int(tripped), first) for slug, state, n, tripped, first in session.execute(statement)]


def overdue_issues(session: Session, before: datetime) -> int:
    """Count the scheduled issues whose moment was before `before`."""
    overdue = (Issue.state == IssueState.SCHEDULED, Issue.scheduled_at < before)
    return session.scalar(select(func.count()).where(*overdue)) or 0


def brakes(session: Session) -> Sequence[Brake]:
    """Return every brake, in force or not."""
    return session.scalars(select(Brake).order_by(Brake.transport, Brake.part).limit(MOST)).all()


def taken_on(session: Session, day: date) -> dict[str, int]:
    """Return how many messages were counted on `day`, by transport; they are where a day has a limit."""
    rows = session.execute(select(SendingDay.transport, SendingDay.taken).where(SendingDay.day == day))
    return dict(iter(rows))


def notices_waiting(session: Session) -> int:
    """Count the notices that no server took yet, up to a bound."""
    open_states = [NoticeState.QUEUED.value, NoticeState.SUBMITTING.value]
    return _bounded(session, select(Notice.id).where(Notice.state.in_(open_states)))


def sign_ups_waiting(session: Session) -> int:
    """Count the sign-ups that were not answered yet, up to a bound."""
    return _bounded(session, select(SignUp.id))


def raw_reports(session: Session, state: RawState) -> int:
    """Count the raw reports in a state, up to a bound."""
    return _bounded(session, select(RawReport.id).where(RawReport.state == state))


def _bounded(session: Session, rows: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(rows.limit(MOST).subquery())) or 0
