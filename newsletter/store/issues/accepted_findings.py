"""Advice of preflight that was accepted for one issue."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.model import AcceptedFinding


def put(session: Session, row: AcceptedFinding) -> None:
    """Store a row, or in the place of the one with its key."""
    session.merge(row)
    session.flush()


def remove(session: Session, issue_id: int, key: str) -> str | None:
    """Remove a row and return its rule; None when there is none."""
    statement = delete(AcceptedFinding).where(AcceptedFinding.issue_id == issue_id, AcceptedFinding.key == key)
    return session.scalar(statement.returning(AcceptedFinding.rule), execution_options={"synchronize_session": False})


def of(session: Session, issue_id: int) -> Sequence[AcceptedFinding]:
    """Return what was accepted of an issue, first come first."""
    query = select(AcceptedFinding).where(AcceptedFinding.issue_id == issue_id)
    return session.scalars(query.order_by(AcceptedFinding.at, AcceptedFinding.key)).all()
