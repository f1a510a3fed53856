"""Bring the tables to the shape this release needs (Alembic, without an ini file).

All outstanding migrations run in one transaction: either the database is at the new shape or it is untouched. Revisions
are numbered `0001`, `0002`, ... and each file's name begins with its number, so that being up to date is known without
loading Alembic.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, inspect, text

from newsletter.errors import ConflictError, StoreError
from newsletter.resources import MIGRATIONS
from newsletter.store.database import Database

_TURN_LOCK = 0x6E6C_6D69_6772_6174
"""Key of the PostgreSQL advisory lock under which processes take turns ("nlmigrat")."""
_ONE_THREAD = threading.Lock()
"""Alembic keeps the running migration in a module's global."""
_WAIT_FOR_TURN = "120s"
_WAIT_FOR_TABLE = "5s"


def head() -> str:
    """Return the revision this release needs."""
    return revisions()[-1]


def current(database: Database) -> str:
    """Return the revision the database is at; empty when it has no tables yet."""
    with database.read() as session:
        return _revision(session.connection())


def pending(database: Database) -> bool:
    """Tell whether `upgrade` has something to do."""
    return current(database) != head()


def upgrade(database: Database) -> list[str]:
    """Bring the tables up to this release and return the revisions applied, oldest first; none when they are up to date.

    Safe to call from several processes at once. Raises ConflictError when the database was written by a newer release or
    made without migrations, StoreError when a table stays locked for 5 seconds: nothing has changed then.
    """
    if not pending(database):
        return []
    with _connection(database) as connection:
        _check_origin(_revision(connection), connection)
        return _run(connection, "upgrade", "head")


def revisions() -> list[str]:
    """Return every revision that this release knows, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def is_empty(database: Database) -> bool:
    """Tell whether the database has no table at all."""
    with database.read() as session:
        return not inspect(session.connection()).get_table_names()


@contextmanager
def building(database: Database, revision: str) -> Iterator[Connection]:
    """Make the tables of a revision in an empty database, for rows of that time: see `finish`. All or nothing, in one transaction.

    While it lasts no reference from row to row is looked at on SQLite; at its end all are. Raises ConflictError when there are tables.
    """
    with _connection(database) as connection:
        if inspect(connection).get_table_names():
            raise ConflictError("the database is not empty", where="database", remedy="name an empty one")
        _run(connection, "upgrade", revision)
        yield connection


def finish(connection: Connection) -> list[str]:
    """Bring tables that are being built up to this release; return the revisions applied."""
    return _run(connection, "upgrade", "head")


def downgrade(database: Database, revision: str) -> list[str]:
    """Take the tables back to `revision` ("base": to nothing, with all that is in them); return the revisions undone."""
    with _connection(database) as connection:
        return _run(connection, "downgrade", revision)


def _run(connection: Connection, direction: str, revision: str) -> list[str]:
    from alembic import command  # takes a tenth of a second, and most starts have nothing to do
    from alembic.config import Config

    done: list[str] = []

    def note(*, step: Any, **_: Any) -> None:
        done.extend(step.up_revision_ids)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, on_version_apply=note)
    move: Callable[[Config, str], None] = getattr(command, direction)
    with _ONE_THREAD:
        move(config, revision)
    return done


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def _check_origin(revision: str, connection: Connection) -> None:
    if revision > head():
        raise ConflictError(
            f"the database is at {revision}, newer than this release knows ({head()})",
            where="database",
            remedy="install the release that wrote it, or a later one",
        )
    if not revision and inspect(connection).has_table("publications"):
        raise ConflictError(
            "the database has tables but no record of migrations",
            where="database",
            remedy="start with an empty database",
        )


@contextmanager
def _connection(database: Database) -> Iterator[Connection]:
    opened = _postgresql if database.is_postgresql else _sqlite
    try:
        with opened(database) as connection:
            yield connection
    except StoreError as error:
        if getattr(getattr(error.__cause__, "orig", None), "sqlstate", "") == "55P03":  # lock_not_available
            raise StoreError(
                f"a table stayed in use for {_WAIT_FOR_TABLE}; nothing was changed",
                where="database",
                remedy="run `newsletter migrate` again in a quieter moment",
            ) from error
        raise


@contextmanager
def _postgresql(database: Database) -> Iterator[Connection]:
    with database.write() as session:
        connection = session.connection()
        _set_lock_timeout(connection, _WAIT_FOR_TURN)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TURN_LOCK})
        # A waiting ALTER TABLE blocks everyone who comes after it: better to give up than to stop the service.
        _set_lock_timeout(connection, _WAIT_FOR_TABLE)
        # rows of a large table are rewritten, or read from a slow disk, meanwhile
        connection.execute(text("SELECT set_config('idle_in_transaction_session_timeout', '0', true)"))
        yield connection


def _set_lock_timeout(connection: Connection, value: str) -> None:
    connection.execute(text("SELECT set_config('lock_timeout', :value, true)"), {"value": value})


@contextmanager
def _sqlite(database: Database) -> Iterator[Connection]:
    # A connection of its own, without foreign keys: rebuilding a table drops the old one, which would empty those that
    # refer to it (https://www.sqlite.org/lang_altertable.html section 7). `write()` takes the write lock: one at a time.
    own = Database(database.url, pool_size=1)
    event.listen(own.engine, "connect", _without_foreign_keys)
    try:
        with own.write() as session:
            connection = session.connection()
            yield connection
            _check_references(connection)
    finally:
        own.close()


def _without_foreign_keys(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def broken_table(connection: Connection) -> str:
    """Return a table of SQLite with rows that refer to rows that are not there; empty for none, and on PostgreSQL, which takes no such row."""
    if connection.dialect.name == "postgresql":
        return ""
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    return str(broken[0]) if broken is not None else ""


def _check_references(connection: Connection) -> None:
    broken = broken_table(connection)
    if broken:
        raise StoreError(
            f"the migration would leave rows of {broken} without what they refer to; nothing was changed",
            where="database",
            remedy="report this with the release you come from",
        )
