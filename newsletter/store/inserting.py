"""Insert rows unless they are there already: one statement for SQLite and PostgreSQL, safe when two processes do it at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, SelectBase, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

BATCH = 1000
"""Rows written by one statement; also the most keys that stand in one IN (...)."""
T = TypeVar("T")


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[tuple[T, ...]]:
    """Yield `rows` in tuples of `size`, the last one shorter."""
    remaining = iter(rows)
    while batch := tuple(islice(remaining, size)):
        yield batch


def insert_new(
    session: Session,
    table: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    *,
    unique: Sequence[str],
    returning: Sequence[InstrumentedAttribute[Any] | ColumnElement[Any]],
) -> Sequence[Row[Any]]:
    """Insert those of `rows` whose `unique` columns are not taken; return `returning` of the new ones, in any order.

    Each row names the same columns. Under PostgreSQL a row that another transaction is about to commit is waited for.
    """
    if not rows:
        return []
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # The Core table, not the class: the ORM would emit one statement for each row.
    statement = build(table.__table__).on_conflict_do_nothing(index_elements=list(unique))  # type: ignore[arg-type]
    return session.connection().execute(statement.returning(*returning), list(rows)).all()


def insert_selected(
    connection: Connection,
    table: type[DeclarativeBase] | Table,
    columns: Sequence[str],
    rows: SelectBase,
    unique: Sequence[str],
) -> None:
    """Insert what a SELECT finds, but for rows whose `unique` columns are taken: by earlier rows, and by those before them in its order."""
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    core = table if isinstance(table, Table) else table.__table__
    statement = build(core).from_select(list(columns), rows, include_defaults=False)  # type: ignore[arg-type]
    connection.execute(statement.on_conflict_do_nothing(index_elements=list(unique)))
