"""Does each subscription say how its reader came as its first consent record does? Read here row by row, by other means than the code's."""

from __future__ import annotations

from sqlalchemy import select

from newsletter.model import ConsentRecord, Subscription
from newsletter.store.database import Database


def agree(database: Database) -> None:
    """See that action and place at every subscription are those of its first record, and empty where there is none."""
    with database.read() as session:
        first: dict[int, tuple[str, str]] = {}
        for record in session.scalars(select(ConsentRecord).order_by(ConsentRecord.id)):
            first.setdefault(record.subscription_id, (record.action, record.place))
        kept = {row.id: (row.came_by, row.came_place) for row in session.scalars(select(Subscription))}
    assert kept == {each: first.get(each, ("", "")) for each in kept}
