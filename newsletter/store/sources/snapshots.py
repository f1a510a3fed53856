"""Snapshots: what a source that counts said, one row a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import Snapshot

MOST_DAYS = 100
"""So many snapshots are looked back for when something changed."""


def keep(
    session: Session, source_id: int, day: date, rows: Any, *, digest: str, taken_at: datetime, held: str = ""
) -> None:
    """Write down what a source said on a day, in the place of what it said earlier on that day."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    said = {"rows": rows, "digest": digest, "taken_at": taken_at, "held": held}
    statement = build(Snapshot).values(source_id=source_id, day=day, **said)
    session.execute(statement.on_conflict_do_update(index_elements=["source_id", "day"], set_=said))


def newest(session: Session, source_id: int, *, before: date | None = None) -> Snapshot | None:
    """Return the newest snapshot of a source, or the newest one of a day before another."""
    mine = select(Snapshot).where(Snapshot.source_id == source_id)
    if before is not None:
        mine = mine.where(Snapshot.day < before)
    return session.scalar(mine.order_by(Snapshot.day.desc()).limit(1))


def of_day(session: Session, source_id: int, day: date) -> Snapshot | None:
    """Return what a source said on a day, or None."""
    return session.scalar(select(Snapshot).where(Snapshot.source_id == source_id, Snapshot.day == day))


def believed(session: Session, source_id: int, *, before: date) -> Snapshot | None:
    """Return the newest snapshot of a source from days before another that was not held for an editor."""
    mine = select(Snapshot).where(Snapshot.source_id == source_id, Snapshot.day < before, Snapshot.held == "")
    return session.scalar(mine.order_by(Snapshot.day.desc()).limit(1))


def unchanged_since(session: Session, source_id: int, digest: str, day: date) -> date:
    """Return the first of the days up to `day` on which a source said the same, without a break, as far as `MOST_DAYS` snapshots."""
    mine = select(Snapshot.day, Snapshot.digest).where(Snapshot.source_id == source_id, Snapshot.day < day)
    since = day
    for each, said in session.execute(mine.order_by(Snapshot.day.desc()).limit(MOST_DAYS)):
        if said != digest:
            break
        since = each
    return since


def page(session: Session, source_id: int, *, before: date | None = None, limit: int) -> Sequence[Snapshot]:
    """Return snapshots of a source from days before another, newest first."""
    mine = select(Snapshot).where(Snapshot.source_id == source_id)
    if before is not None:
        mine = mine.where(Snapshot.day < before)
    return session.scalars(mine.order_by(Snapshot.day.desc()).limit(limit)).all()


def release(session: Session, snapshot: Snapshot) -> None:
    """Let a snapshot be shown that was held for an editor."""
    snapshot.held = ""
    session.flush()
