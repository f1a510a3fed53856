"""What is lent to tests is empty each time, whatever the one before did with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, insert, inspect, select, text

from newsletter.clock import SettableClock
from newsletter.model import Base, Publication
from newsletter.store.database import Database
from newsletter.store.migrating import pending
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.lending import Lender, migrated_sqlite, sqlite_ledger
from tests.parts.postgres import PostgresServer


@pytest.fixture(scope="module")
def lender(postgres: PostgresServer) -> Lender:
    """Lends databases of its own, so that the tests here know which one comes next."""
    return Lender(postgres)


def rows(database: Database) -> dict[str, int]:
    """How many rows each table has that has any."""
    with database.read() as session:
        counted = {table.name: len(session.execute(select(table)).all()) for table in Base.metadata.sorted_tables}
    return {name: many for name, many in counted.items() if many}


def used(server: PostgresServer, lender: Lender, use: Callable[[Database], object]) -> str:
    """Lend a database, use it, and give it back."""
    name = lender.lend()
    database = Database(server.url(name))
    use(database)
    database.close()
    lender.take_back(name)
    return name


def fill(database: Database, many: int = 3) -> None:
    clock = SettableClock()
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, many)
    add_issue(database, clock, publication)


@pytest.mark.parametrize("many", [3, 3000], ids=["few", "more than a table is let grow"])
def test_the_next_test_gets_the_same_database_without_rows_and_with_ids_from_one(
    postgres: PostgresServer, lender: Lender, many: int
) -> None:
    first = used(postgres, lender, lambda database: fill(database, many))
    name = lender.lend()
    assert name == first
    database = Database(postgres.url(name))
    assert rows(database) == {}
    assert add_publication(database, SettableClock()).id == 1
    database.close()
    lender.take_back(name)


def test_foreign_keys_are_still_looked_at_in_a_database_that_was_emptied(
    postgres: PostgresServer, lender: Lender
) -> None:
    used(postgres, lender, fill)
    name = lender.lend()
    database = Database(postgres.url(name))
    with pytest.raises(Exception, match="foreign key"), database.write() as session:
        table = Base.metadata.tables["subscriptions"]
        session.execute(
            insert(table).values(
                publication_id=1,
                subscriber_id=1,
                state="active",
                tracking="unknown",
                created_at=SettableClock().now(),
                changed_at=SettableClock().now(),
            )
        )
    database.close()
    lender.take_back(name)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE another (id integer)",
        "ALTER TABLE publications ADD COLUMN another text",
        "ALTER TABLE publications ALTER COLUMN name DROP NOT NULL",
        "CREATE INDEX another ON publications (name)",
        "CREATE FUNCTION another() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA another",
        "ANALYZE publications",
        "ALTER TABLE publications DISABLE TRIGGER ALL",
        "DROP TABLE publications CASCADE",
    ],
)
def test_a_database_that_was_changed_in_anything_but_rows_is_not_lent_again(
    postgres: PostgresServer, lender: Lender, statement: str
) -> None:
    def change(database: Database) -> None:
        fill(database)
        with database.engine.begin() as connection:
            connection.execute(text(statement))

    first = used(postgres, lender, change)
    name = lender.lend()
    assert name != first
    with postgres.connect() as connection:
        assert not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [first]).fetchall()
    database = Database(postgres.url(name))
    assert {table.name for table in Base.metadata.sorted_tables} == set(inspect(database.engine).get_table_names())
    database.close()
    lender.take_back(name)


def test_a_database_to_which_somebody_is_still_connected_is_dropped_and_not_lent_again(
    postgres: PostgresServer, lender: Lender
) -> None:
    left: list[Connection | psycopg.Connection] = []
    first = used(postgres, lender, lambda database: left.append(postgres.connect(str(database.engine.url.database))))
    second = lender.lend()
    assert second != first
    lender.take_back(second)
    left[0].close()


def test_each_file_that_is_copied_is_a_ledger_of_its_own(tmp_path: Path) -> None:
    first, second = (sqlite_ledger(tmp_path / name / "newsletter.db") for name in ("one", "two"))
    add_publication(first, SettableClock())
    with second.read() as session:
        assert session.scalars(select(Publication)).all() == []
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    assert rows(first) == {"publications": 1}
    for each in (first, second):
        each.close()


def test_a_migrated_file_is_up_to_date_and_so_is_not_one_of_bare_models(tmp_path: Path) -> None:
    migrated, bare = migrated_sqlite(tmp_path / "migrated.db"), sqlite_ledger(tmp_path / "bare.db")
    assert not pending(migrated)
    assert pending(bare)
    for each in (migrated, bare):
        each.close()
