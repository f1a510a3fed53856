"""Comments on lines of issues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from newsletter.errors import NotFoundError
from newsletter.model import Comment

MOST = 500
"""Comments of one issue."""


def add(session: Session, comment: Comment) -> Comment:
    """Store a comment; its id is set on return."""
    session.add(comment)
    session.flush()
    return comment


def of(session: Session, issue_id: int) -> Sequence[Comment]:
    """Return the comments of an issue, oldest first."""
    return session.scalars(select(Comment).where(Comment.issue_id == issue_id).order_by(Comment.id).limit(MOST)).all()


def count(session: Session, issue_id: int, *, open_only: bool = False) -> int:
    """Return how many comments an issue has; with `open_only`, how many threads are not resolved."""
    query = select(func.count()).where(Comment.issue_id == issue_id)
    if open_only:
        query = query.where(Comment.answers_id.is_(None), Comment.resolved_at.is_(None))
    return session.scalar(query) or 0


def locked(session: Session, issue_id: int, comment_id: int) -> Comment:
    """Return the first comment of a thread of an issue, for changing. Raises NotFoundError."""
    found = session.get(Comment, comment_id, with_for_update=True)
    if found is None or found.issue_id != issue_id or found.answers_id is not None:
        raise NotFoundError("there is no such comment", remedy="it may have been of another issue")
    return found


def resolve(comment: Comment, at: datetime | None, name: str) -> None:
    """Mark a thread as resolved, or as open again where `at` is None."""
    comment.resolved_at, comment.resolved_by = at, name if at else ""


def forget(session: Session, issue_ids: Collection[int]) -> None:
    """Remove the comments of issues that are gone for good."""
    if issue_ids:
        session.execute(delete(Comment).where(Comment.issue_id.in_(issue_ids)))
