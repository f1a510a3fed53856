"""How many reports came that nothing proves, by day (UTC), and whether the editors were told."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import UnprovenDay


def count(session: Session, day: date, by: int) -> int:
    """Add to the reports of a day, which is locked until the transaction ends; return how many they are now."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(UnprovenDay).values(day=day, reports=by, told=False)
    more = {"reports": UnprovenDay.reports + by}
    statement = statement.on_conflict_do_update(index_elements=["day"], set_=more)
    return session.execute(statement.returning(UnprovenDay.reports)).scalar_one()


def of_day(session: Session, day: date) -> int:
    """Return how many came on a day."""
    return session.scalar(select(UnprovenDay.reports).where(UnprovenDay.day == day)) or 0


def since(session: Session, day: date) -> int:
    """Return how many came from a day on."""
    return session.scalar(select(func.sum(UnprovenDay.reports)).where(UnprovenDay.day >= day)) or 0


def tell(session: Session, day: date, least: int) -> int:
    """Note that the editors are told of a day with `least` reports or more; return how many, or 0 when there is nothing new."""
    statement = update(UnprovenDay).where(UnprovenDay.day == day, UnprovenDay.reports >= least, ~UnprovenDay.told)
    return session.execute(statement.values(told=True).returning(UnprovenDay.reports)).scalar() or 0


def forget(session: Session, before: date) -> None:
    """Forget the days before `before`."""
    session.execute(delete(UnprovenDay).where(UnprovenDay.day < before))
