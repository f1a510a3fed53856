"""Texts as typed, kept for the frames of previews: the newest of each issue, for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.model import PreviewText
from newsletter.store.inserting import insert_new


def keep(session: Session, kept: PreviewText, *, most: int) -> None:
    """Store a text unless it is there, and forget all but the newest `most` of its issue."""
    row = {name: getattr(kept, name) for name in ("issue_id", "name", "text", "at")}
    if not insert_new(session, PreviewText, [row], unique=["issue_id", "name"], returning=[PreviewText.name]):
        return
    of_issue = PreviewText.issue_id == kept.issue_id
    newest = select(PreviewText.name).where(of_issue).order_by(PreviewText.at.desc(), PreviewText.name).limit(most)
    session.execute(
        delete(PreviewText).where(of_issue, PreviewText.name.not_in(newest.scalar_subquery())),
        execution_options={"synchronize_session": False},
    )


def find(session: Session, issue_id: int, name: str) -> str | None:
    """Return a text by its name."""
    return session.scalar(select(PreviewText.text).where(PreviewText.issue_id == issue_id, PreviewText.name == name))


def forget(session: Session, before: datetime) -> None:
    """Remove what was kept before a moment."""
    statement = delete(PreviewText).where(PreviewText.at < before)
    session.execute(statement, execution_options={"synchronize_session": False})
