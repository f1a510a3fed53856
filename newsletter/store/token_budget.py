"""How many tokens of a language model were used on a day: one row of the tallies for each day, counted before anything is asked.

Whoever asks reserves first and settles afterwards, so that two processes together never use more than the day allows. A process that is
killed between the two leaves its reservation counted: a crash may only count too many.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import Tally
from newsletter.store.inserting import insert_new

_COUNTER = "t"  # of one letter, as the counters of `newsletter.store.counters`


def reserve(session: Session, day: date, wanted: int, *, cap: int, now: datetime) -> bool:
    """Count `wanted` tokens as used on `day`; False, and nothing counted, when that would be more than `cap` in all."""
    name = _name(day)
    session.execute(
        delete(Tally).where(Tally.name.startswith(f"{_COUNTER}:"), Tally.name < name),
        execution_options={"synchronize_session": False},
    )
    insert_new(session, Tally, [{"name": name, "count": 0, "changed_at": now}], unique=["name"], returning=[Tally.name])
    counted = session.execute(
        update(Tally)
        .where(Tally.name == name, Tally.count <= cap - wanted)
        .values(count=Tally.count + wanted, changed_at=now)
        .returning(Tally.count),
        execution_options={"synchronize_session": False},
    )
    return counted.scalar() is not None


def settle(session: Session, day: date, *, reserved: int, used: int, now: datetime) -> None:
    """Count `used` tokens in the place of those that were reserved on `day`."""
    session.execute(
        update(Tally).where(Tally.name == _name(day)).values(count=Tally.count + (used - reserved), changed_at=now),
        execution_options={"synchronize_session": False},
    )


def used(session: Session, day: date) -> int:
    """Return how many tokens are counted on `day`."""
    return session.scalar(select(Tally.count).where(Tally.name == _name(day))) or 0


def _name(day: date) -> str:
    return f"{_COUNTER}:{day.isoformat()}"
