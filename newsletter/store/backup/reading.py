"""Read the whole ledger from one snapshot, while others write: nothing waits for it, and it sees nothing of what comes later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Table, inspect, select, text

from newsletter.model import Image
from newsletter.model.images import EXTENSIONS
from newsletter.store.backup.neutral import ColumnKind, kinds_of, selected, tables_of, written
from newsletter.store.database import Database

_AT_ONCE, _LARGE_AT_ONCE = 1_000, 20
"""Rows that are read ahead; fewer where one may hold a whole mail."""


@dataclass(frozen=True)
class LedgerSnapshot:
    """The ledger at one moment."""

    connection: Connection
    tables: tuple[Table, ...]

    def rows(self, table: Table) -> Iterator[bytes]:
        """Give each row of a table as a line of JSON, in the order of its primary key."""
        ahead = _LARGE_AT_ONCE if _may_be_large(table) else _AT_ONCE
        statement = select(*selected(table, self.connection.dialect.name)).order_by(*table.primary_key.columns)
        options = {"stream_results": True, "yield_per": ahead}
        with self.connection.execute(statement, execution_options=options) as result:
            for row in result:
                line = json.dumps(tuple(row), default=written, separators=(",", ":"), allow_nan=False)
                yield line.encode() + b"\n"

    def last_ids(self) -> dict[str, int]:
        """Return the highest id that was ever dealt, by table, where the database remembers it: none of these is dealt again."""
        if self.connection.dialect.name == "postgresql":
            return dict(self._of_sequences())
        if not inspect(self.connection).has_table("sqlite_sequence"):
            return {}
        names = {table.name for table in self.tables}
        rows = self.connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        return {name: last for name, last in rows if name in names and isinstance(last, int)}

    def _of_sequences(self) -> Iterator[tuple[str, int]]:
        for table in self.tables:
            sequence = sequence_of(self.connection, table)
            if sequence:
                last, called = self.connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608 - named by the database
                if called:
                    yield table.name, last

    def images(self) -> list[str]:
        """Return the names of the files of all images, each once."""
        found = self.connection.execute(select(Image.digest, Image.media_type).distinct().order_by(Image.digest))
        return [f"{digest}.{EXTENSIONS[kind]}" for digest, kind in found]


def sequence_of(connection: Connection, table: Table) -> str | None:
    """Return the sequence that deals the ids of a table of PostgreSQL, quoted; None where it has none."""
    if [column.name for column in table.primary_key.columns] != ["id"]:
        return None
    asked = text("SELECT pg_get_serial_sequence(:name, 'id')")
    found: str | None = connection.execute(asked, {"name": f'"{table.name}"'}).scalar()
    return found


def _may_be_large(table: Table) -> bool:
    return any(kind in (ColumnKind.OCTETS, ColumnKind.JSON) for kind in kinds_of(table).values())


@contextmanager
def snapshot(database: Database) -> Iterator[LedgerSnapshot]:
    """Open a snapshot; it changes nothing and is let go at the end. Raises StoreError.

    PostgreSQL: REPEATABLE READ, READ ONLY. SQLite: a transaction that reads sees what was there when it read first (WAL).
    """
    with database.own_connection() as connection:
        if database.is_postgresql:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield LedgerSnapshot(connection, tuple(tables_of(connection)))
