"""What is read out of one database stands in another afterwards, value for value, whichever kinds the two are."""

from __future__ import annotations

import pytest

from newsletter.errors import InputError, StoreError
from newsletter.model import Base
from newsletter.store import migrating
from newsletter.store.backup import loading
from newsletter.store.backup.neutral import NOT_KEPT, kinds_of
from newsletter.store.backup.reading import snapshot
from newsletter.store.database import Database
from tests.migrations.filling import fill
from tests.parts.postgres import PostgresServer
from tests.parts.rows import add_row, all_rows, tables


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path, postgres: PostgresServer):
    """A database without any table."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'elsewhere' / 'newsletter.db'}")
        yield made
        made.close()
        return
    name = postgres.create_database()
    made = Database(postgres.url(name))
    yield made
    made.close()
    postgres.drop_database(name)


def copied(database: Database, to: Database, *, spoil=lambda _name, lines: lines) -> None:
    """Carry all rows from one to the other, as a backup and its restoring do."""
    with snapshot(database) as ledger, migrating.building(to, migrating.head()) as connection:
        told = {table.name: dict(kinds_of(table)) for table in ledger.tables}
        tables = loading.empty_tables(connection, told)
        sources = {table.name: table for table in ledger.tables}
        for table in tables:
            lines = [line.rstrip(b"\n") for line in ledger.rows(sources[table.name])]
            loading.load(connection, table, told[table.name], spoil(table.name, lines))
        loading.go_on_from(connection, tables, ledger.last_ids())


def test_every_value_of_every_table_is_the_same_afterwards(database: Database, empty_database: Database) -> None:
    fill(database, tables(database))
    copied(database, empty_database)
    for table in Base.metadata.sorted_tables:
        before = [] if table.name in NOT_KEPT else all_rows(database, table)
        assert all_rows(empty_database, table) == before, table.name
        assert before or table.name in NOT_KEPT


def test_no_id_is_dealt_again_that_was_dealt_before(database: Database, empty_database: Database) -> None:
    issues = tables(database)["issues"]
    for _ in range(3):
        (highest,) = add_row(database, issues)
    with database.write() as session:
        session.execute(issues.delete().where(issues.c.id == highest))
    copied(database, empty_database)
    assert add_row(empty_database, tables(empty_database)["issues"])[0] > highest


@pytest.mark.parametrize("line", [b"{}", b"[1]", b"not json"], ids=lambda line: line.decode())
def test_a_row_that_is_none_leaves_no_table_behind(
    sqlite_database: Database, empty_database: Database, line: bytes
) -> None:
    with pytest.raises(InputError, match="row 1 of publications cannot be read"):
        copied(sqlite_database, empty_database, spoil=lambda name, lines: [line] if name == "publications" else lines)
    assert migrating.is_empty(empty_database)


def test_a_row_that_refers_to_nothing_leaves_no_table_behind(
    sqlite_database: Database, empty_database: Database
) -> None:
    fill(sqlite_database, tables(sqlite_database))
    with pytest.raises((InputError, StoreError)):
        copied(sqlite_database, empty_database, spoil=lambda name, lines: [] if name == "publications" else lines)
    assert migrating.is_empty(empty_database)
