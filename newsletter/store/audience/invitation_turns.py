"""Whose turn it is to be invited: dealt as the pace allows, and rung for until the mail is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice, zip_longest

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text, update
from sqlalchemy.orm import Session

from newsletter.model import INVITE, Invitation, Notice, Publication
from newsletter.model.states import NoticeState

HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_PACE_LOCK = 0x6E6C_696E_7669_7465
"""Key of the PostgreSQL advisory lock under which turns are dealt ("nlinvite")."""
_OPTIONS = {"synchronize_session": False}


def take_turn(session: Session) -> None:
    """Let one scheduler at a time deal turns, until this transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PACE_LOCK})


def are_waiting(session: Session) -> bool:
    """Tell whether anybody's turn has not come yet."""
    waits = exists().where(Invitation.publication_id == Publication.id, _untouched())
    return session.scalar(select(Publication.id).where(waits).limit(1)) is not None


def next_of_publication(session: Session, publication_id: int, most: int) -> Sequence[int]:
    """Return ids of those whose turn has not come, the oldest first."""
    return session.scalars(
        select(Invitation.id)
        .where(Invitation.publication_id == publication_id, _untouched())
        .order_by(Invitation.id)
        .limit(most)
    ).all()


def next_ids(session: Session, most: int) -> list[int]:
    """Return ids of those whose turn has not come, of each publication in turn: a large list lets a small one through."""
    queues = [next_of_publication(session, found, most) for found in session.scalars(select(Publication.id))]
    dealt: Iterator[int | None] = chain.from_iterable(zip_longest(*queues))
    return list(islice((found for found in dealt if found is not None), most))


def _untouched() -> ColumnElement[bool]:
    return and_(Invitation.turn_at.is_(None), Invitation.invited_at.is_(None))


def deal(session: Session, invitation_ids: Collection[int], now: datetime) -> None:
    """Say that it is these people's turn (1,000 at most), and that nobody was rung for yet."""
    dealt = update(Invitation).where(Invitation.id.in_(invitation_ids), _untouched())
    session.execute(dealt.values(turn_at=now, due_at=now), execution_options=_OPTIONS)


def dealt_lately(session: Session, now: datetime) -> tuple[int, int]:
    """Count the turns dealt within the last hour, and within the last minute; those of a clock that was far ahead do not count."""
    lately = Invitation.turn_at.between(now - HOUR, now + HOUR)
    last_minute = func.count().filter(Invitation.turn_at > now - _MINUTE)
    hour, minute = session.execute(select(func.count(), last_minute).where(lately)).one()
    return hour, minute


def unsent(session: Session, most: int) -> int:
    """Count what was let go and has not left the house yet, up to `most` of each kind."""
    dealt = select(Invitation.id).where(Invitation.due_at.is_not(None)).limit(most).subquery()
    queued = (NoticeState.QUEUED, NoticeState.SUBMITTING)
    written = select(Notice.id).where(Notice.state.in_(queued), Notice.kind == INVITE).limit(most).subquery()
    return sum(session.scalar(select(func.count()).select_from(each)) or 0 for each in (dealt, written))


def due(session: Session, now: datetime, again: timedelta, limit: int) -> Sequence[int]:
    """Return ids to ring for, oldest first; a wait longer than `again` was begun by a clock that was ahead, and is void."""
    over = or_(Invitation.due_at <= now, Invitation.due_at > now + again)
    waiting = select(Invitation.id).where(Invitation.due_at.is_not(None), over)
    return session.scalars(waiting.order_by(Invitation.due_at).limit(limit)).all()


def put_off(session: Session, invitation_ids: Collection[int], until: datetime) -> None:
    """Ring for these (1,000 at most) no earlier than `until`."""
    waiting = update(Invitation).where(Invitation.id.in_(invitation_ids), Invitation.due_at.is_not(None))
    session.execute(waiting.values(due_at=until), execution_options=_OPTIONS)
