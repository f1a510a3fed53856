"""The paces that were learned, noted for people: workers keep to those they share, and write here what they changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import LearnedPace


def note(session: Session, transport: str, group: str, rate: float, *, now: datetime, forgotten: datetime) -> None:
    """Note a pace; one that stands since before `forgotten` without a change was let go meanwhile, and this one begins anew."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"transport": transport, "receivers": group, "rate": rate, "since": now, "changed_at": now}
    statement = build(LearnedPace).values(row)
    new = statement.excluded
    since = case((LearnedPace.changed_at < forgotten, new.since), else_=LearnedPace.since)
    changed = {"rate": new.rate, "changed_at": new.changed_at, "since": since}
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=["transport", "receivers"], set_=changed)
    )


def let_go(session: Session, transport: str, group: str | None = None) -> None:
    """Forget the pace to a group, or all of a transport."""
    statement = delete(LearnedPace).where(LearnedPace.transport == transport)
    session.execute(statement if group is None else statement.where(LearnedPace.receivers == group))


def in_force(session: Session, forgotten: datetime) -> Sequence[LearnedPace]:
    """Return the paces that changed since `forgotten`, the slowest first."""
    statement = select(LearnedPace).where(LearnedPace.changed_at >= forgotten)
    return session.scalars(statement.order_by(LearnedPace.rate, LearnedPace.receivers)).all()
