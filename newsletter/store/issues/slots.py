"""Slots of publications: which there are, the days they leave out, what came of each, and the drafts they may take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from newsletter.model import Approval, Issue, Publication, SkipDay, SlotTurn
from newsletter.model.states import IssueState
from newsletter.store.inserting import insert_new

MOST_DRAFTS = 20
"""So many drafts of one day are looked at."""


def sending_by_themselves(session: Session) -> Sequence[Publication]:
    """Return the publications that send an approved issue at their hour."""
    there = select(Publication).where(
        Publication.slot_hour != "", Publication.slot_weekdays != "", Publication.closed_at.is_(None)
    )
    return session.scalars(there.order_by(Publication.id)).all()


def skip_days(session: Session, publication_id: int, first: date, *, limit: int = 500) -> dict[date, str]:
    """Return the days from `first` on that a publication leaves out, soonest first, with the word why."""
    days = select(SkipDay.day, SkipDay.why).where(SkipDay.publication_id == publication_id, SkipDay.day >= first)
    return {row.day: row.why for row in session.execute(days.order_by(SkipDay.day).limit(limit))}


def skip(session: Session, publication_id: int, day: date, why: str) -> str | None:
    """Leave a day out; return the word that stood there before."""
    found = session.get(SkipDay, (publication_id, day), with_for_update=True)
    if found is not None:
        before, found.why = found.why, why
        return before
    session.add(SkipDay(publication_id=publication_id, day=day, why=why))
    session.flush()
    return None


def keep(session: Session, publication_id: int, day: date) -> str | None:
    """Leave a day out no more; return the word that stood there, None when it was not left out."""
    gone = delete(SkipDay).where(SkipDay.publication_id == publication_id, SkipDay.day == day).returning(SkipDay.why)
    return session.execute(gone, execution_options={"synchronize_session": False}).scalar()


def turn(session: Session, publication_id: int, day: date) -> SlotTurn | None:
    """Return what came of the slot of a day, or None."""
    return session.get(SlotTurn, (publication_id, day))


def locked_turn(session: Session, publication_id: int, day: date, due_at: datetime) -> SlotTurn:
    """Return the turn of a day, made if there is none, and locked until the transaction ends."""
    row = {"publication_id": publication_id, "day": day, "due_at": due_at, "trouble": ""}
    insert_new(session, SlotTurn, [row], unique=["publication_id", "day"], returning=[SlotTurn.day])
    return session.get_one(SlotTurn, (publication_id, day), with_for_update=True, populate_existing=True)


def forget_turns(session: Session, before: date) -> None:
    """Forget what came of days before this one."""
    session.execute(delete(SlotTurn).where(SlotTurn.day < before))


def drafts_dated(session: Session, publication_id: int, day: date) -> Sequence[Issue]:
    """Return the drafts of a day, oldest first."""
    drafts = select(Issue).where(
        Issue.publication_id == publication_id, Issue.dated == day, Issue.state == IssueState.DRAFT
    )
    return session.scalars(drafts.order_by(Issue.id).limit(MOST_DRAFTS)).all()


def is_served(session: Session, publication_id: int, day: date, begins: datetime, ends: datetime) -> bool:
    """Tell whether an issue that is no draft is dated this day, or goes or went out between its two moments."""
    moved = and_(Issue.publication_id == publication_id, Issue.state.not_in((IssueState.DRAFT, IssueState.ARCHIVED)))
    dated = select(Issue.id).where(moved, Issue.dated == day).limit(1)
    scheduled = and_(Issue.state == IssueState.SCHEDULED, Issue.scheduled_at >= begins, Issue.scheduled_at < ends)
    gone = and_(Issue.published_at >= begins, Issue.published_at < ends)
    on_day = select(Issue.id).where(moved, or_(scheduled, gone)).limit(1)
    return session.scalar(dated) is not None or session.scalar(on_day) is not None


def newest_approval(session: Session, issue_id: int) -> Approval | None:
    """Return the approval of an issue that was given last, of whatever revision."""
    found = select(Approval).where(Approval.issue_id == issue_id).order_by(Approval.id.desc()).limit(1)
    return session.scalar(found)


def count_skipped(session: Session, publication_id: int) -> int:
    """Return how many days a publication leaves out."""
    return session.scalar(select(func.count()).where(SkipDay.publication_id == publication_id)) or 0
