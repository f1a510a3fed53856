"""What the migrations build is what the models say, on both databases.

When a model changed before the first release and these tests fail: `python -m tests.migrations.regenerate`.
"""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from newsletter.model import Base
from newsletter.resources import MIGRATIONS
from newsletter.store import migrating
from newsletter.store.database import Database


def describe(database: Database) -> dict[str, object]:
    """Everything the database itself knows of its tables, Alembic's own left out."""
    found = inspect(database.engine)
    shape: dict[str, object] = {}
    for table in sorted(set(found.get_table_names()) - {"alembic_version"}):
        shape[table] = {
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(table)
            ),
            "key": found.get_pk_constraint(table),
            "unique": sorted((str(u["name"]), u["column_names"]) for u in found.get_unique_constraints(table)),
            "indexes": sorted((str(i["name"]), i["column_names"], bool(i["unique"])) for i in found.get_indexes(table)),
            "references": sorted(
                (str(f["name"]), f["constrained_columns"], f["referred_table"], str(f["options"]))
                for f in found.get_foreign_keys(table)
            ),
        }
    if not database.is_postgresql:
        with database.read() as session:
            made = session.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '% AUTOINCREMENT%'"))
            shape["autoincrement"] = sorted(made.scalars())
    else:
        with database.read() as session:
            options = session.execute(
                text("SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL AND relkind = 'r'")
            )
            shape["options"] = sorted((name, tuple(given)) for name, given in options)
    return shape


def test_from_nothing_to_head_leaves_no_difference_to_the_models(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_database_cannot_tell_migrations_from_models(
    empty_database: Database, request: pytest.FixtureRequest
) -> None:
    kind = "postgres" if empty_database.is_postgresql else "sqlite"
    from_models: Database = request.getfixturevalue(f"{kind}_database")
    migrating.upgrade(empty_database)
    assert describe(empty_database) == describe(from_models)


def test_the_ledger_keeps_room_for_updates_in_place(empty_postgres: Database) -> None:
    migrating.upgrade(empty_postgres)
    assert ("deliveries", ("fillfactor=60",)) in describe(empty_postgres)["options"]


def test_the_revisions_are_one_line_and_its_end_is_what_the_file_names_say() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [migrating.head()]
