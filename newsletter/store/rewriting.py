"""Change many rows by their id, each to values of its own: one statement that is sent once for all, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, inspect, update
from sqlalchemy.orm import DeclarativeBase, Session

from newsletter.store.inserting import batches

_ID = "row_id"


def rewrite(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Set the columns that each of `rows` names in the row with its `id`; all of them name the same columns.

    Objects of the session that stand for these rows are not told of it.
    """
    for batch in batches(rows):
        names = [name for name in batch[0] if name != "id"]
        core = inspect(table).local_table
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        statement = update(core).where(core.c.id == bindparam(_ID)).values(values)  # type: ignore[arg-type]
        given = [{_ID: row["id"], **{f"new_{name}": row[name] for name in names}} for row in batch]
        # Drivers send such a list without waiting for each answer: psycopg in a pipeline, SQLite in the process.
        session.connection().execute(statement, given)
