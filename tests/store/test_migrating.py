"""Migrations are applied once, by one process at a time, whole or not at all."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import inspect, text

from newsletter.errors import ConflictError, StoreError
from newsletter.model import Base
from newsletter.resources import MIGRATIONS
from newsletter.store import migrating
from newsletter.store.database import Database

_UPGRADE = """
import sys
from newsletter.store import migrating
from newsletter.store.database import Database
print(migrating.upgrade(Database(sys.argv[1])))
"""

REVISIONS = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def test_an_upgrade_says_what_it_applied_and_a_second_one_has_nothing_to_do(empty_database: Database) -> None:
    assert (migrating.current(empty_database), migrating.pending(empty_database)) == ("", True)
    assert migrating.upgrade(empty_database) == REVISIONS
    assert (migrating.current(empty_database), migrating.pending(empty_database)) == (migrating.head(), False)
    assert migrating.upgrade(empty_database) == []


def test_several_processes_may_upgrade_at_once(empty_database: Database) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", _UPGRADE, empty_database.url], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert said == [str(REVISIONS), "[]", "[]"]


def test_down_to_nothing_and_up_again_works(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    assert migrating.downgrade(empty_database, "base") == REVISIONS[::-1]
    assert set(inspect(empty_database.engine).get_table_names()) == {"alembic_version"}
    assert migrating.upgrade(empty_database) == REVISIONS


def test_a_database_of_a_newer_release_is_left_alone(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    with empty_database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConflictError, match="newer than this release"):
        migrating.upgrade(empty_database)


def test_tables_made_without_migrations_are_not_touched(empty_database: Database) -> None:
    Base.metadata.create_all(empty_database.engine)
    with pytest.raises(ConflictError, match="no record of migrations"):
        migrating.upgrade(empty_database)


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty_database: Database) -> None:
    with empty_database.write() as session:
        session.execute(text("CREATE TABLE suppressions (id integer)"))  # in the way of one of the later tables
    with pytest.raises(Exception, match="already exists"):
        migrating.upgrade(empty_database)
    assert inspect(empty_database.engine).get_table_names() == ["suppressions"]


def test_a_table_in_use_stops_the_migration_not_the_service(
    empty_postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_WAIT_FOR_TABLE", "100ms")
    migrating.upgrade(empty_postgres)
    with empty_postgres.read() as reader:
        reader.execute(text("SELECT * FROM subscribers")).all()
        with pytest.raises(StoreError, match="stayed in use"):
            migrating.downgrade(empty_postgres, "base")
    assert migrating.current(empty_postgres) == migrating.head()


def test_rebuilding_a_table_on_sqlite_keeps_the_rows_that_refer_to_it(empty_sqlite: Database) -> None:
    migrating.upgrade(empty_sqlite)
    with migrating._connection(empty_sqlite) as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 0
    with empty_sqlite.read() as session:
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_rows_left_without_what_they_refer_to_undo_the_migration(empty_sqlite: Database) -> None:
    migrating.upgrade(empty_sqlite)
    with (
        pytest.raises(StoreError, match="without what they refer to"),
        migrating._connection(empty_sqlite) as connection,
    ):
        connection.execute(
            text(
                "INSERT INTO consent_records (subscription_id, action, at, place, ip, wording) VALUES (7, 'asked', 0, '', '', '')"
            )
        )
    with empty_sqlite.read() as session:
        assert session.execute(text("SELECT count(*) FROM consent_records")).scalar() == 0
