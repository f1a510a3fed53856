"""Alarms: raise one for a cause, end it, note who saw it, and whose turn it is to be told by the second way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.model import Alarm, Brake, Issue
from newsletter.model.states import IssueState
from newsletter.store.delivery import notices

ISSUE, WAY = "issue", "way out"
"""Kinds of causes of which the ledger tells when they are mended; a cause of another kind ends when somebody has seen it."""


def cause_of(kind: str, name: str | int) -> str:
    """Return the cause of this kind for one issue, way out, or what else."""
    return f"{kind}: {name}"


def stands_by_itself(cause: str) -> bool:
    """Tell whether an alarm of this cause ends when the cause is mended, and not when it is seen."""
    return cause.startswith((f"{ISSUE}: ", f"{WAY}: "))


def raise_alarm(
    session: Session,
    cause: str,
    *,
    title: str,
    message: str,
    url: str,
    now: datetime,
    publication_id: int | None = None,
    issue_id: int | None = None,
) -> Alarm:
    """Open an alarm, or raise the open one of the same cause anew, and return it.

    The first paragraph of `message` is what happened, the others are the remedy.
    """
    what, _, remedy = message.partition("\n\n")
    alarm = session.scalar(select(Alarm).where(Alarm.cause == cause, Alarm.ended_at.is_(None)).with_for_update())
    if alarm is None:
        alarm = Alarm(cause=cause, publication_id=publication_id, issue_id=issue_id, since=now, told=0, failed=0)
        session.add(alarm)
    alarm.title, alarm.what, alarm.remedy, alarm.url = title[:400], what, remedy, url
    alarm.seen_at = alarm.seen_by = None
    alarm.tell_at = now
    session.flush()
    return alarm


def unseen(session: Session) -> Sequence[Alarm]:
    """Return the open alarms that nobody has seen, newest first."""
    return session.scalars(
        select(Alarm).where(Alarm.ended_at.is_(None), Alarm.seen_at.is_(None)).order_by(Alarm.id.desc())
    ).all()


def standing(session: Session) -> Sequence[Alarm]:
    """Return the open alarms, seen or not, newest first."""
    return session.scalars(select(Alarm).where(Alarm.ended_at.is_(None)).order_by(Alarm.id.desc())).all()


def see(session: Session, alarm_id: int, now: datetime, editor_id: int | None) -> Alarm | None:
    """Note that somebody has seen an open alarm, and who saw it first; None when there is none such."""
    alarm = session.get(Alarm, alarm_id, with_for_update=True)
    if alarm is None or alarm.ended_at is not None:
        return None
    if alarm.seen_at is None:
        alarm.seen_at, alarm.seen_by, alarm.tell_at = now, editor_id, None
    if not stands_by_itself(alarm.cause):
        alarm.ended_at = now
    return alarm


def is_awaited(session: Session, alarm_id: int) -> bool:
    """Tell whether mail about an alarm has not been overtaken by somebody who saw it."""
    seen = session.execute(select(Alarm.seen_at).where(Alarm.id == alarm_id)).one_or_none()
    return seen is not None and seen[0] is None


def end_mended(session: Session, now: datetime) -> list[str]:
    """End the open alarms whose cause is mended, and return their causes."""
    ended = []
    for alarm in standing(session):
        if stands_by_itself(alarm.cause) and not _stands(session, alarm):
            end(session, alarm.cause, now)
            ended.append(alarm.cause)
    return ended


def end(session: Session, cause: str, now: datetime) -> bool:
    """End the open alarm of a cause, as `end_mended` does; False when there is none."""
    alarm = session.scalar(select(Alarm).where(Alarm.cause == cause, Alarm.ended_at.is_(None)).with_for_update())
    if alarm is None:
        return False
    alarm.ended_at = now
    alarm.tell_at = now if alarm.told else None  # who was told hears the end of it, too
    notices.hasten(session, alarm.id, now)
    return True


def _stands(session: Session, alarm: Alarm) -> bool:
    kind, _, name = alarm.cause.partition(": ")
    if kind == ISSUE:
        issue = session.get(Issue, alarm.issue_id, populate_existing=True) if alarm.issue_id else None
        return issue is not None and issue.state == IssueState.PAUSED
    brake = session.get(Brake, (name, ""), populate_existing=True)
    return brake is not None and brake.failures > 0


def take_turn(session: Session, now: datetime, until: datetime) -> Alarm | None:
    """Return an alarm that is due to be told by the second way, which nobody else tells before `until`."""
    due = select(Alarm.id).where(Alarm.tell_at <= now).order_by(Alarm.tell_at, Alarm.id).limit(1).scalar_subquery()
    taken = session.scalar(
        update(Alarm)
        .where(Alarm.id == due, Alarm.tell_at <= now)
        .values(tell_at=until)
        .returning(Alarm.id)
        .execution_options(synchronize_session=False)
    )
    return session.get(Alarm, taken, populate_existing=True) if taken is not None else None


def by_id(session: Session, alarm_id: int) -> Alarm | None:
    """Return an alarm, locked until the transaction ends."""
    return session.get(Alarm, alarm_id, with_for_update=True, populate_existing=True)
