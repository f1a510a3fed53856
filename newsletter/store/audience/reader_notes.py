"""What editors noted of readers, and that it is forgotten with them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from newsletter.model import ReaderNote


def of(session: Session, subscription_id: int) -> Sequence[ReaderNote]:
    """Return the notes of a reader, oldest first."""
    theirs = select(ReaderNote).where(ReaderNote.subscription_id == subscription_id)
    return session.scalars(theirs.order_by(ReaderNote.id)).all()


def count(session: Session, subscription_id: int) -> int:
    """Count the notes of a reader."""
    theirs = ReaderNote.subscription_id == subscription_id
    return session.scalar(select(func.count()).select_from(ReaderNote).where(theirs)) or 0


def remove(session: Session, subscription_id: int, note_id: int) -> bool:
    """Remove a note of a reader; False where there is none."""
    theirs = delete(ReaderNote).where(ReaderNote.id == note_id, ReaderNote.subscription_id == subscription_id)
    return session.scalar(theirs.returning(ReaderNote.id)) is not None


def forget(session: Session, subscriptions: Select[int]) -> None:
    """Take what was noted from readers."""
    theirs = delete(ReaderNote).where(ReaderNote.subscription_id.in_(subscriptions))
    session.execute(theirs, execution_options={"synchronize_session": False})
