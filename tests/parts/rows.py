"""A row of any table as the database itself describes it, with whatever the row refers to."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, LargeBinary, MetaData, Table, insert
from sqlalchemy.types import JSON

from newsletter.store.database import Database

_KEPT_OUT = "alembic_version"
_NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def tables(database: Database) -> dict[str, Table]:
    """Return every table that is there, by name, those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(database.engine)
    return {table.name: table for table in metadata.sorted_tables if table.name != _KEPT_OUT}


def add_row(database: Database, table: Table) -> tuple[Any, ...]:
    """Store a row with something in each column, and new rows for it to refer to; return its primary key."""
    values = {column.name: _value(database, column) for column in table.columns if not _is_dealt(database, column)}
    with database.write() as session:
        return tuple(session.execute(insert(table).values(values)).inserted_primary_key or ())


def all_rows(database: Database, table: Table) -> list[tuple[Any, ...]]:
    """Return what is in a table, in the order of its primary key."""
    with database.read() as session:
        return [tuple(row) for row in session.execute(table.select().order_by(*table.primary_key.columns))]


def _is_dealt(database: Database, column: Column[Any]) -> bool:
    """Tell whether the database deals the value itself."""
    alone = column.primary_key and len(column.table.primary_key.columns) == 1 and isinstance(column.type, Integer)
    return alone and not column.foreign_keys and (not database.is_postgresql or column.server_default is not None)


def _value(database: Database, column: Column[Any]) -> Any:
    number = next(_numbers)
    for reference in column.foreign_keys:
        if reference.column.table is column.table and column.nullable:
            return None
        return add_row(database, reference.column.table)[0]
    kinds: dict[type, Any] = {
        Boolean: False,
        Integer: number,
        Float: 0.5,
        DateTime: _NOON if database.is_postgresql else _NOON.replace(tzinfo=None),
        Date: date(2026, 3, 4),
        LargeBinary: number.to_bytes(32, "big"),
        JSON: {"number": number},
    }
    return next((value for kind, value in kinds.items() if isinstance(column.type, kind)), f"x{number}")
