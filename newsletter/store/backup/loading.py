"""Write rows of a backup into the empty tables of either database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, Table, func, select, text

from newsletter.errors import InputError, StoreError
from newsletter.store.backup.neutral import ColumnKind, kinds_of, readers, tables_of
from newsletter.store.backup.reading import sequence_of
from newsletter.store.inserting import batches

_AT_ONCE, _LARGE_AT_ONCE = 1_000, 20
Columns = Mapping[str, str]
"""What each column of a table holds, by name."""


class ToldTable(NamedTuple):
    """What a backup tells of a table: its columns, and under what name its rows stand there, and how many."""

    name: str
    columns: Columns
    member: str
    rows: int


def load_all(
    connection: Connection,
    told: Sequence[ToldTable],
    lines_of: Callable[[str], Iterable[bytes]],
    last_ids: Mapping[str, int],
) -> int:
    """Write the rows of all tables, those that others refer to first; return how many. Raises InputError, StoreError."""
    by_name = {each.name: each for each in told}
    tables, rows = empty_tables(connection, {each.name: each.columns for each in told}), 0
    for table in tables:
        each = by_name[table.name]
        written = load(connection, table, each.columns, lines_of(each.member))
        if written != each.rows:
            raise InputError(f"{table.name} has {written:,} rows, not {each.rows:,}", where="backup")
        rows += written
    go_on_from(connection, tables, last_ids)
    return rows


def empty_tables(connection: Connection, told: Mapping[str, Columns]) -> list[Table]:
    """Return the tables that rows of a backup go into, in the order in which they go. Raises InputError unless they have its columns."""
    known = {table.name: table for table in tables_of(connection)}
    for name, columns in told.items():
        if name not in known or dict(kinds_of(known[name])) != dict(columns):
            raise InputError(f"it has a table {name[:60]!r} that its release never had so", where="backup")
    return [table for name, table in known.items() if name in told]


def load(connection: Connection, table: Table, columns: Columns, lines: Iterable[bytes]) -> int:
    """Write rows, given as lines of JSON, into a table; return how many.

    Raises InputError for a row that is none of this table, or that the database refuses, StoreError when that is gone or full.
    """
    try:
        return _load(connection, table, columns, lines)
    except (psycopg.OperationalError, sqlite3.OperationalError) as error:
        raise StoreError(_first_line(error), where="database", remedy="is there room, and is it running?") from error
    except (psycopg.Error, sqlite3.Error) as error:
        raise InputError(f"the database refuses a row of {table.name}: {_first_line(error)}", where="backup") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _load(connection: Connection, table: Table, columns: Columns, lines: Iterable[bytes]) -> int:
    rows = _rows(table.name, [ColumnKind(kind) for kind in columns.values()], lines, connection.dialect.name)
    names = ", ".join(f'"{name}"' for name in columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        return _copy(driver, f'COPY "{table.name}" ({names}) FROM STDIN', rows)
    marks = ", ".join("?" * len(columns))
    large = any(kind in (ColumnKind.OCTETS, ColumnKind.JSON) for kind in columns.values())
    written = 0
    for some in batches(rows, _LARGE_AT_ONCE if large else _AT_ONCE):
        driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', some)  # noqa: S608 - names of reflected columns
        written += len(some)
    return written


def _copy(driver: Any, statement: str, rows: Iterable[tuple[Any, ...]]) -> int:
    written = 0
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            written += 1
    return written


def _rows(name: str, kinds: list[ColumnKind], lines: Iterable[bytes], dialect: str) -> Iterator[tuple[Any, ...]]:
    read = [reader for _, reader in readers(kinds, dialect)]
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if not isinstance(row, list):
                raise TypeError("a list was expected")  # noqa: TRY301 - told below, as all of them
            yield tuple(reader(value) for reader, value in zip(read, row, strict=True))
        except (ValueError, TypeError) as error:
            raise InputError(f"row {number:,} of {name} cannot be read: {error}", where="backup") from None


def go_on_from(connection: Connection, tables: Iterable[Table], last_ids: Mapping[str, int]) -> None:
    """Let each table deal ids that neither stand in it nor were ever dealt before."""
    for table in tables:
        if [column.name for column in table.primary_key.columns] != ["id"]:
            continue
        highest = connection.execute(select(func.max(table.c.id))).scalar() or 0
        last = max(highest, last_ids.get(table.name, 0))
        if last:
            _deal_after(connection, table, last)


def _deal_after(connection: Connection, table: Table, last: int) -> None:
    if connection.dialect.name == "postgresql":
        sequence = sequence_of(connection, table)
        if sequence:
            connection.execute(text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": sequence, "last": last})
        return
    made = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table.name}).scalar()
    if "AUTOINCREMENT" in (made or "").upper():
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {"name": table.name, "last": last}
        )
