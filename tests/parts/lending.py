"""Ledgers made once and lent to test after test: SQLite's file is copied, PostgreSQL's database is emptied when it comes back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import event

from newsletter.model import Base
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.parts.postgres import PostgresServer
from tests.parts.waiting import comes_true

_GROWN = 64 * 1024
"""Octets from which a table gets a new file, instead of carrying its dead rows on."""

_FORM = """
SELECT array[
    (SELECT string_agg(format('%s %s %s', oid, relname, relkind), ',' ORDER BY oid) FROM pg_class WHERE relnamespace = s.oid),
    (SELECT string_agg(format('%s %s %s %s %s', attrelid, attname, atttypid, attnotnull, atthasdef), ',' ORDER BY attrelid, attnum)
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE c.relnamespace = s.oid),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_constraint WHERE connamespace = s.oid),
    (SELECT string_agg(format('%s %s', oid, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_proc WHERE pronamespace = s.oid),
    (SELECT string_agg(nspname, ',' ORDER BY oid) FROM pg_namespace WHERE nspname !~ '^pg_'),
    (SELECT count(*)::text FROM pg_statistic JOIN pg_class c ON c.oid = starelid WHERE c.relnamespace = s.oid),
    (SELECT count(*)::text FROM pg_db_role_setting)
] FROM pg_namespace s WHERE nspname = 'public'
"""
"""All that a test could leave behind besides rows: tables, columns, constraints, triggers, functions, statistics, settings."""

_GUESTS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

_FILLED = """
SELECT relname, pg_relation_size(oid) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0 AND relname <> 'alembic_version'
"""
_COUNTED = """
SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence JOIN pg_class ON oid = seqrelid
WHERE relnamespace = 'public'::regnamespace AND pg_sequence_last_value(seqrelid) IS NOT NULL
"""


def make_tables(database: Database) -> None:
    """Make the tables as the models say."""
    Base.metadata.create_all(database.engine)


class Lender:
    """Lends databases of one server, with tables and without rows.

    One that comes back is emptied and lent again; if anything else but rows differs, or somebody is still connected, it is
    dropped, so that no test meets what another left.
    """

    def __init__(self, server: PostgresServer, make: Callable[[Database], object] = make_tables) -> None:
        self._server = server
        self._template = server.create_database()
        database = Database(server.url(self._template))
        make(database)
        database.close()
        self._idle: list[str] = []
        self._forms: dict[str, object] = {}

    def lend(self) -> str:
        """Return the name of an empty ledger."""
        if self._idle:
            return self._idle.pop()
        name = self._server.create_database(self._template)
        with self._server.connect(name) as connection:
            self._forms[name] = _form(connection)
        return name

    def take_back(self, name: str) -> None:
        """Make it as it was, or drop it."""
        with self._server.connect(name) as connection:
            clean = _form(connection) == self._forms[name] and comes_true(lambda: _is_alone(connection), within=1)
            if clean:
                _empty(connection)
        if clean:
            self._idle.append(name)
        else:
            self._server.drop_database(name)


def _form(connection: psycopg.Connection) -> object:
    return connection.execute(_FORM).fetchone()


def _is_alone(connection: psycopg.Connection) -> bool:
    return connection.execute(_GUESTS).fetchone() is None


def _empty(connection: psycopg.Connection) -> None:
    """Remove all rows, and number new ones from 1 again."""
    filled = connection.execute(_FILLED).fetchall()
    grown = ", ".join(f'"{name}"' for name, size in filled if size > _GROWN)
    connection.execute("SET session_replication_role = replica")  # no look at foreign keys: all tables are emptied
    for name, _ in filled:
        connection.execute(f'DELETE FROM "{name}"')
    if grown:
        connection.execute(f"TRUNCATE {grown} CASCADE")
    connection.execute(_COUNTED)


@cache
def _prepared(make: Callable[[Database], object]) -> bytes:
    """The file of an empty ledger, made once a process; kept here, so that a run that is killed leaves none behind."""
    with tempfile.TemporaryDirectory(prefix="newsletter-ledger-") as folder:
        file = Path(folder) / "ledger.db"
        database = Database(f"sqlite:///{file}")
        make(database)
        database.close()
        return file.read_bytes()


def sqlite_ledger(file: Path, make: Callable[[Database], object] = make_tables) -> Database:
    """Open an empty ledger on SQLite in `file`. It does not wait for the disk: no test takes the machine's power away."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(_prepared(make))
    database = Database(f"sqlite:///{file}")
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return database


def migrated_sqlite(file: Path) -> Database:
    """Open a ledger in `file` as `newsletter migrate` leaves it."""
    return sqlite_ledger(file, upgrade)
