"""Sessions named by row numbers end with the migration; every other row stays, on both databases and in both directions."""

from __future__ import annotations

import re

from sqlalchemy import text

from newsletter.resources import MIGRATIONS
from newsletter.store import migrating
from newsletter.store.database import Database
from tests.parts.rows import add_row, all_rows, tables

REVISION = next((MIGRATIONS / "versions").glob("*_accounts.py")).name[:4]
BEFORE = f"{int(REVISION) - 1:04}"
NAMED = {"editors", "editions", "issues", "notices", "publications", "subscriptions"}


def test_every_row_survives_but_those_of_sessions(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    migrating.downgrade(empty_database, BEFORE)
    before = tables(empty_database)
    for table in before.values():
        add_row(empty_database, table)
    kept = {name: all_rows(empty_database, table) for name, table in before.items()}
    assert all(kept.values())
    _upgrade_to(empty_database, REVISION)
    for name, table in before.items():
        expected = [] if name == "editor_sessions" else kept[name]
        assert all_rows(empty_database, table) == expected, name
    migrating.downgrade(empty_database, BEFORE)
    assert {name: all_rows(empty_database, table) for name, table in before.items()} == {**kept, "editor_sessions": []}


def test_on_sqlite_rows_that_refer_to_a_table_made_anew_still_go_with_it(empty_sqlite: Database) -> None:
    migrating.upgrade(empty_sqlite)
    known = tables(empty_sqlite)
    add_row(empty_sqlite, known["editor_sessions"])
    with empty_sqlite.write() as session:
        session.execute(text("DELETE FROM editors"))
    assert all_rows(empty_sqlite, known["editor_sessions"]) == []


def test_sqlite_deals_no_id_twice_after_it_and_does_before(empty_sqlite: Database) -> None:
    migrating.upgrade(empty_sqlite)
    assert _autoincrementing(empty_sqlite) >= {*NAMED, "editor_sessions", "known_browsers"}
    migrating.downgrade(empty_sqlite, BEFORE)
    assert not _autoincrementing(empty_sqlite) & {*NAMED, "editor_sessions"}


def _upgrade_to(database: Database, revision: str) -> None:
    with migrating._connection(database) as connection:
        migrating._run(connection, "upgrade", revision)


def _autoincrementing(database: Database) -> set[str]:
    with database.read() as session:
        made = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        return {name for name, sql in made if re.search(r"\bAUTOINCREMENT\b", sql or "")}
