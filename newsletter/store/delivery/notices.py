"""Notices: the one-off mails we owe someone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from newsletter.errors import NotFoundError
from newsletter.model import INVITE, Notice, Publication
from newsletter.model.states import NoticeState


def add(session: Session, notice: Notice) -> Notice:
    """Store a notice; its id is set on return."""
    session.add(notice)
    session.flush()
    return notice


def get(session: Session, notice_id: int) -> Notice:
    """Return a notice. Raises NotFoundError."""
    found = session.get(Notice, notice_id, populate_existing=True)
    if found is None:
        raise NotFoundError(f"there is no notice with id {notice_id}")
    return found


def written_at(session: Session, subscription_id: int, kind: str) -> Sequence[datetime]:
    """Return when the mails of a kind to a reader were written, the last one last."""
    theirs = select(Notice.created_at).where(Notice.subscription_id == subscription_id, Notice.kind == kind)
    return session.scalars(theirs.order_by(Notice.id)).all()


def is_alert(session: Session, notice_id: int) -> bool:
    """Tell whether a notice is an alert."""
    return session.scalar(select(Notice.kind).where(Notice.id == notice_id)) == "alert"


def sender_of(session: Session, notice_id: int) -> str | None:
    """Return the address a notice is to come from; None when there is no such notice, or nobody it comes from."""
    joined = select(Publication.from_address).join(Notice, Notice.publication_id == Publication.id)
    return session.scalar(joined.where(Notice.id == notice_id))


def claim(session: Session, notice_id: int, now: datetime) -> Notice | None:
    """Mark a due notice as submitting and return it; None when another worker has it or it is done."""
    claimed = session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == NoticeState.QUEUED, Notice.next_attempt_at <= now)
        .values(state=NoticeState.SUBMITTING, attempts=Notice.attempts + 1, next_attempt_at=now)
        .returning(Notice.id)
    ).scalar()
    return None if claimed is None else session.get(Notice, notice_id, populate_existing=True)


def settle(
    session: Session, notice_id: int, state: NoticeState, reply: str, next_attempt_at: datetime, *, tried: bool = True
) -> None:
    """Write what became of a notice that was submitting; what no server was offered does not count as an attempt."""
    session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == NoticeState.SUBMITTING)
        .values(state=state, reply=reply, next_attempt_at=next_attempt_at, attempts=Notice.attempts - int(not tried))
    )


def hasten(session: Session, alarm_id: int, now: datetime) -> None:
    """Let the queued mails about an alarm go at once: what kept them back is mended."""
    session.execute(
        update(Notice)
        .where(Notice.alarm_id == alarm_id, Notice.state == NoticeState.QUEUED, Notice.next_attempt_at > now)
        .values(next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )


def put_off(session: Session, notice_id: int, until: datetime) -> None:
    """Let a queued notice wait until `until`."""
    session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == NoticeState.QUEUED, Notice.next_attempt_at < until)
        .values(next_attempt_at=until)
    )


def due(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Return ids of queued notices that are due."""
    return list(
        session.scalars(
            select(Notice.id)
            .where(Notice.state == NoticeState.QUEUED, Notice.next_attempt_at <= now)
            .order_by(Notice.id)
            .limit(limit)
        )
    )


def has_stale(session: Session, before: datetime) -> bool:
    """Tell whether a notice has been submitting since before `before`: its worker died."""
    stale = select(Notice.id).where(Notice.state == NoticeState.SUBMITTING, Notice.next_attempt_at < before).limit(1)
    return session.scalar(stale) is not None


def requeue_stale(session: Session, before: datetime, now: datetime) -> None:
    """Queue again what a dead worker held. A notice sent twice does no harm, one lost costs a reader; but nobody is invited twice."""
    once = case((Notice.kind == INVITE, NoticeState.UNCERTAIN.value), else_=NoticeState.QUEUED.value)
    session.execute(
        update(Notice)
        .where(Notice.state == NoticeState.SUBMITTING, Notice.next_attempt_at < before)
        .values(state=once, next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )
