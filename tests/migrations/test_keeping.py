"""An upgrade keeps all data: whatever stood in the tables of an earlier release stands there after it, on both databases.

`CHANGES` and `MOVED` are all that an upgrade may alter in a row that was there, each with its reason.
"""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Table, select, text

from newsletter import resources
from newsletter.store import migrating
from newsletter.store.database import Database
from tests.migrations.filling import ROWS, empty, fill, unused
from tests.migrations.test_first_tables import describe
from tests.parts.rows import add_row, tables

Row = dict[str, Any]
Rows = dict[str, list[Row]]

BEFORE_ROLES = "0016"
"""The version before the one that says who acts."""
RELEASES = sorted(file.name[:4] for file in (resources.MIGRATIONS / "versions").glob("[0-9]*.py"))


def _ends_sessions(rows: Rows) -> None:
    """A cookie of before 0005 named a row's number, which anybody can count: everybody signs in once more."""
    rows["editor_sessions"].clear()


def _hides_what_nobody_got(rows: Rows) -> None:
    """Planning used to publish an issue; since 0007 its first message does."""
    reached = {row["issue_id"] for row in rows["deliveries"] if row["state"] not in ("queued", "skipped")}
    for row in rows["issues"]:
        if row["state"] in ("sending", "paused", "cancelled") and row["id"] not in reached:
            row["published_at"] = None


def _is_pending_here(rows: Rows) -> None:
    """A list told since when somebody is pending elsewhere; since 0045 it is when the last thing was recorded of them here."""
    for row in rows["subscriptions"]:
        said = [record["at"] for record in rows["consent_records"] if record["subscription_id"] == row["id"]]
        if row["state"] == "pending":
            row["changed_at"] = max([row["changed_at"], *said])


CHANGES: dict[str, Callable[[Rows], None]] = {
    "0005": _ends_sessions,
    "0007": _hides_what_nobody_got,
    "0045": _is_pending_here,
}
"""What a migration changes on purpose, by its number."""
MOVED = {"0006": {("raw_reports", "content")}}
"""Columns that a migration takes away, their values being kept elsewhere: `test_bytes_of_reports_are_kept_once`."""
BEGUN = {
    "0006": {"raw_contents": "raw_reports"},
    "0017": {"grants": "editors"},
    "0027": {"delivery_counts": "deliveries", "counted_domains": "deliveries"},
}
"""New tables into which a migration puts rows, and of which table's."""
GIVEN: dict[tuple[str, str], Any] = {
    ("applied_reports", "proven"): True,
    ("approvals", "despite"): [],
    ("approvals", "source"): "",
    ("batches", "answered"): 0,
    ("batches", "claimed_at"): None,
    ("batches", "policy"): 0,
    ("batches", "refused"): 0,
    ("binned_issues", "offered_at"): None,
    ("binned_issues", "old_paths"): [],
    ("binned_issues", "published_at"): None,
    ("list_moves", "kind"): "readers",
    ("binned_issues", "written_by"): "",
    ("edition_links", "paid"): False,
    ("editor_sessions", "proved_at"): None,
    ("editors", "disabled_at"): None,
    ("editors", "time_zone"): "",
    ("issue_items", "address_key"): None,
    ("issue_items", "digest"): None,
    ("issues", "offered_at"): None,
    ("issues", "text_digest"): None,
    ("issues", "written_by"): "",
    ("notices", "alarm_id"): None,
    ("publications", "authors"): [],
    ("plan_records", "aged_from"): None,
    ("publications", "counts_clicks"): False,
    ("publications", "font"): "serif",
    ("publications", "footer"): "",
    ("publications", "four_eyes"): False,
    ("publications", "gather_at"): "",
    ("publications", "gather_wished_at"): None,
    ("publications", "gathered_day"): None,
    ("publications", "logo"): None,
    ("publications", "reader_zones"): "",
    ("publications", "new_issue"): "",
    ("publications", "languages"): "",
    ("publications", "closed_at"): None,
    ("publications", "removal_at"): None,
    ("issues", "audience"): None,
    ("binned_issues", "audience"): None,
    ("plan_records", "audience"): None,
    ("reader_fields", "position"): 0,
    ("reader_fields", "on_form"): False,
    ("reader_fields", "required"): False,
    ("editions", "merge_fields"): None,
    ("sign_ups", "told"): None,
    ("subscriptions", "language"): "",
    ("sign_ups", "language"): "",
    ("publications", "sections"): [],
    ("publications", "slot_hour"): "",
    ("publications", "slot_warnings"): "30,10",
    ("publications", "slot_weekdays"): "",
    ("publications", "social"): [],
    ("publications", "sponsor_label"): "",
    ("publications", "tagline"): "",
    ("publications", "typographer"): False,
    ("publications", "time_zone"): "UTC",
    ("publications", "welcomes"): True,
}
"""What a row of before has in a column that it had not."""
OF_THE_ROW = {
    ("suppressions", "unproven"),
    ("raw_reports", "content_id"),
    ("subscriptions", "came_by"),
    ("subscriptions", "came_place"),
}
"""New columns whose values follow from the row, or others: `tests/migrations/test_proof.py` and `test_came_by.py`."""


def test_each_migration_keeps_every_value_of_every_table(empty_database: Database) -> None:
    upgrade_to(empty_database, RELEASES[0])
    present = tables(empty_database)
    for release, following in pairwise(RELEASES):
        present = _check_upgrade(empty_database, present, release, following)
        empty(empty_database, present)


@pytest.mark.parametrize("release", [RELEASES[0], "0005", BEFORE_ROLES])
def test_all_migrations_at_once_keep_every_value_of_every_table(empty_database: Database, release: str) -> None:
    upgrade_to(empty_database, release)
    _check_upgrade(empty_database, tables(empty_database), release, migrating.head())


def test_the_tables_of_a_filled_database_are_made_as_those_of_a_new_one(
    empty_database: Database, request: pytest.FixtureRequest
) -> None:
    made_new: Database = request.getfixturevalue(
        "postgres_database" if empty_database.is_postgresql else "sqlite_database"
    )
    upgrade_to(empty_database, RELEASES[0])
    fill(empty_database, tables(empty_database))
    migrating.upgrade(empty_database)
    assert describe(empty_database) == describe(made_new)
    if not empty_database.is_postgresql:
        with empty_database.read() as session:
            assert session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_bytes_of_reports_are_kept_once(empty_database: Database) -> None:
    upgrade_to(empty_database, "0005")
    before = tables(empty_database)
    fill(empty_database, before)
    bytes_of = {row["id"]: row["content"] for row in contents(empty_database, before)["raw_reports"]}
    migrating.upgrade(empty_database)
    present = tables(empty_database)
    reports, kept = present["raw_reports"], present["raw_contents"]
    with empty_database.read() as session:
        found = session.execute(select(reports.c.id, kept.c.content, kept.c.digest).outerjoin_from(reports, kept)).all()
        assert len(session.execute(kept.select()).all()) == len({content for content in bytes_of.values() if content})
    assert {row.id: row.content or b"" for row in found} == bytes_of
    assert all(row.digest == hashlib.sha256(row.content).digest() for row in found if row.content)


@pytest.mark.parametrize("release", ["0005", BEFORE_ROLES])
def test_an_id_that_a_token_may_name_is_not_dealt_again_after_an_upgrade(
    empty_database: Database, release: str
) -> None:
    upgrade_to(empty_database, release)
    named = ("publications", "issues", "editions", "subscriptions", "notices", "editors", "editor_sessions")
    last = {name: _make_and_delete(empty_database, name) for name in named}
    migrating.upgrade(empty_database)
    present = tables(empty_database)
    assert [name for name in named if add_row(empty_database, present[name])[0] <= last[name]] == []


_UPGRADE_AND_DIE = """
import os, signal, sys
from sqlalchemy import Engine, event
from newsletter import resources
from newsletter.store import migrating
from newsletter.store.database import Database
url, left = sys.argv[1], int(sys.argv[2])

def die():
    os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    global left
    left -= statement.lstrip().upper().startswith("UPDATE ALEMBIC_VERSION")
    if left == 0:
        die()

@event.listens_for(Engine, "commit")
def before_it_is_kept(connection):
    if migrating._revision(connection) == migrating.head():
        die()

migrating.upgrade(Database(url))
"""


@pytest.mark.parametrize(("release", "kills"), [(RELEASES[0], [0.5]), (BEFORE_ROLES, [0.0, 1.0, 2.0])])
def test_an_upgrade_that_is_killed_changes_nothing_and_may_be_run_again(
    empty_database: Database, release: str, kills: list[float]
) -> None:
    upgrade_to(empty_database, release)
    before = tables(empty_database)
    fill(empty_database, before)
    expected = contents(empty_database, before)
    steps = sum(number > release for number in RELEASES)
    for share in kills:  # of the steps; 2: all is done, and not yet kept
        left = max(1, round(share * steps))
        killed = subprocess.run(
            [sys.executable, "-c", _UPGRADE_AND_DIE, empty_database.url, str(left)], timeout=120, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        assert migrating.current(empty_database) == release
        assert set(tables(empty_database)) == set(before)
        assert contents(empty_database, before) == expected
    assert len(migrating.upgrade(empty_database)) == steps
    assert len(contents(empty_database, tables(empty_database))["issues"]) == ROWS


def upgrade_to(database: Database, revision: str) -> None:
    """Bring the tables to an earlier release."""
    with migrating._connection(database) as connection:
        migrating._run(connection, "upgrade", revision)


def contents(database: Database, present: dict[str, Table], without: frozenset[tuple[str, str]] = frozenset()) -> Rows:
    """Return what is in the columns of these tables, in the order of their keys; `without` names columns that are gone."""
    found: Rows = {}
    with database.read() as session:
        for name, table in present.items():
            columns = [column for column in table.columns if (name, column.name) not in without]
            rows = session.execute(select(*columns).order_by(*table.primary_key.columns)).mappings()
            found[name] = [dict(row) for row in rows]
    return found


def _check_upgrade(database: Database, before: dict[str, Table], release: str, following: str) -> dict[str, Table]:
    """Fill the tables of `release`, go to `following`, compare, and return the tables that are there now."""
    fill(database, before)
    expected = contents(database, before)
    assert unused(expected) == []
    assert {name: len(rows) for name, rows in expected.items()} == dict.fromkeys(before, ROWS)
    upgrade_to(database, following)
    steps = [number for number in RELEASES if release < number <= following]
    moved = frozenset(column for number in steps for column in MOVED.get(number, ()) if column[0] in before)
    for number in steps:
        CHANGES.get(number, lambda _: None)(expected)
    for table, column in moved:
        for row in expected[table]:
            del row[column]
    found = contents(database, before, moved)
    for name, rows in expected.items():
        assert found[name] == rows, (name, steps)
    present = tables(database)
    _check_what_is_new(
        before,
        contents(database, present),
        {new for number in steps for new, old in BEGUN.get(number, {}).items() if old in before},
    )
    return present


def _check_what_is_new(before: dict[str, Table], found: Rows, begun: set[str]) -> None:
    for name, rows in found.items():
        if name not in before:
            assert bool(rows) is (name in begun), name
            continue
        new = {column for row in rows for column in row if column not in before[name].columns}
        for column in new - {column for table, column in OF_THE_ROW if table == name}:
            assert all(row[column] == GIVEN[name, column] for row in rows), (name, column)


def _make_and_delete(database: Database, name: str) -> int:
    table = tables(database)[name]
    made = int(add_row(database, table)[0])
    with database.write() as session:
        session.execute(table.delete().where(table.c.id == made))
    return made
