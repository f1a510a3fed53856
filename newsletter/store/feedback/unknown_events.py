"""Events of providers that nobody knows: by name, how many came, and whether the editors were told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import UnknownEvent

MOST_NAMES = 100
"""Names kept of one provider; what comes beyond them is counted under OTHERS."""
OTHERS = "(others)"
_QUIETLY = {"synchronize_session": False}


def count(session: Session, provider: str, event: str, raw_report_id: int, now: datetime) -> None:
    """Count one event, whose report is `raw_report_id`."""
    known = select(func.count()).select_from(UnknownEvent).where(UnknownEvent.provider == provider)
    if (session.scalar(known) or 0) >= MOST_NAMES and session.get(UnknownEvent, (provider, event)) is None:
        event = OTHERS
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    last = {"raw_report_id": raw_report_id, "at": now}
    statement = build(UnknownEvent).values(provider=provider, event=event, count=1, told=False, **last)
    more = {"count": UnknownEvent.count + 1, **last}
    session.execute(statement.on_conflict_do_update(index_elements=["provider", "event"], set_=more))


def all_of(session: Session) -> Sequence[UnknownEvent]:
    """Return all of them, by provider and name."""
    return session.scalars(select(UnknownEvent).order_by(UnknownEvent.provider, UnknownEvent.event)).all()


def untold(session: Session) -> bool:
    """Tell whether there is one that the editors were not written to about."""
    return session.scalar(select(UnknownEvent.event).where(~UnknownEvent.told).limit(1)) is not None


def tell(session: Session) -> list[tuple[str, str]]:
    """Note that the editors are written to about each that they were not; return (provider, name) of those."""
    told = update(UnknownEvent).where(~UnknownEvent.told).values(told=True)
    rows = session.execute(told.returning(UnknownEvent.provider, UnknownEvent.event), execution_options=_QUIETLY)
    return sorted((provider, event) for provider, event in rows)
