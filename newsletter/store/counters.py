"""Counters that only grow, in the rows of tallies: no deletion of an issue, no restart and no other process takes anything back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import Tally

DELIVERIES = "d"
"""The counter of outcomes, by state and group of receivers."""
REPORTS = "r"
"""The counter of reports, by what followed."""
SOURCES = "s"
"""The counter of sources that were asked, by what came of it."""
MOST = 500
"""Rows of one counter that are read: there are as many as groups have ever been named, times a few states."""
_NAME = 40


def add(session: Session, counter: str, amounts: Mapping[tuple[str, ...], int], now: datetime) -> None:
    """Add to a counter, by the values of its labels; a name is cut where its column ends, which only that of an odd group does.

    To be called last in a transaction: the rows stay locked until it ends, and all processes count in the same few. They are
    locked in the order of their names, so that no two wait for each other.
    """
    sums: Counter[str] = Counter()
    for labels, amount in amounts.items():
        sums[":".join((counter, *labels))[:_NAME]] += amount
    rows = [{"name": name, "count": amount, "changed_at": now} for name, amount in sorted(sums.items()) if amount]
    if not rows:
        return
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(Tally).values(rows)
    changed = {"count": Tally.count + statement.excluded.count, "changed_at": statement.excluded.changed_at}
    session.connection().execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))


def read(session: Session, counter: str) -> dict[tuple[str, ...], int]:
    """Return where a counter stands, by the values of its labels."""
    of_counter = func.substr(Tally.name, 1, len(counter) + 1) == f"{counter}:"
    rows = session.execute(select(Tally.name, Tally.count).where(of_counter).order_by(Tally.name).limit(MOST))
    return {tuple(name.split(":", 2)[1:]): count for name, count in rows}


def is_counter() -> ColumnElement[bool]:
    """Tell the rows of counters from those of other tallies."""
    return func.substr(Tally.name, 2, 1) == ":"
