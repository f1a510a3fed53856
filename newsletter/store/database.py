"""One database: SQLite (WAL) or PostgreSQL, opened once, used through `read()` and `write()`."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from newsletter import private_files
from newsletter.errors import InputError, StoreError
from newsletter.store import at_the_end

if TYPE_CHECKING:
    import psycopg

_BUSY_MS = 10_000
_MAKING = threading.Lock()
_TRUSTED_SECONDS = 1.0
"""How long a connection may lie idle and be used without a look whether it still works: looking is a round trip."""


class Database:
    """The ledger's database. Raises InputError for a URL it cannot read, StoreError when the database is gone, locked or full.

    On PostgreSQL a transaction in which this process is silent for `idle_seconds` is rolled back, and its locks are gone: whoever was
    stopped in the middle of one holds nobody up. SQLite lies on one machine and has no such thing.
    """

    def __init__(self, url: str, *, pool_size: int = 10, idle_seconds: float = 0.0) -> None:
        self.url = url
        self.engine = _create(url, pool_size)
        if idle_seconds and self.engine.dialect.name == "postgresql":
            event.listen(self.engine, "connect", partial(_end_when_idle, idle_seconds))
        self.dialect = self.engine.dialect.name
        self._writing = threading.Lock()
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_postgresql(self) -> bool:
        """Whether the ledger is on PostgreSQL."""
        return self.dialect == "postgresql"

    @property
    def file(self) -> Path | None:
        """The file of SQLite; None on PostgreSQL."""
        return None if self.is_postgresql else _file_of(self.engine.url.database or "")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that is rolled back at the end: for reading."""
        with _translated(self.url), self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that commits at the end or leaves nothing. On SQLite it takes the write lock at once."""
        with _translated(self.url), self._turn(), self._sessions() as session:
            session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            yield session
            at_the_end.write_now(session)
            session.commit()

    @contextmanager
    def own_connection(self) -> Iterator[Connection]:
        """Open a connection that is closed for good at the end; its temporary tables lie on disk and end with it."""
        with _translated(self.url), self.engine.connect() as connection:
            try:
                if self.is_postgresql:  # a list may come slowly
                    connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
                    connection.commit()
                else:  # the other connections keep theirs in memory: an import may be large
                    driver = connection.connection.driver_connection
                    driver.execute("PRAGMA temp_store=FILE")  # type: ignore[union-attr]
                    driver.execute("PRAGMA cache_size=-8000")  # type: ignore[union-attr]
                    # Pages of indexes are changed by each part of a list: 64 MB of changes are copied into the file at once.
                    driver.execute("PRAGMA wal_autocheckpoint=16000")  # type: ignore[union-attr]
                yield connection
            finally:
                connection.invalidate()

    @contextmanager
    def write_on(self, connection: Connection) -> Iterator[Session]:
        """Open a transaction as `write` does, on a connection of one's own."""
        with _translated(self.url), self._turn():
            connection.execution_options(sqlite_begin="IMMEDIATE")
            try:
                with Session(connection, expire_on_commit=False) as session:
                    yield session
                    session.commit()
            finally:
                connection.execution_options(sqlite_begin="DEFERRED")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the writers of this process take turns on SQLite: its own waiting sleeps, and wakes late."""
        if self.is_postgresql:
            yield
            return
        if not self._writing.acquire(timeout=_BUSY_MS / 1000):
            raise StoreError(
                "the database is locked", where=_shown(self.url), remedy="another writer takes long; try again"
            )
        try:
            yield
        finally:
            self._writing.release()

    def close(self, within: float = 2.0) -> None:
        """Close every connection, those in use after they came back; what takes more than so many seconds is left to its thread."""
        pool, end = self.engine.pool, time.monotonic() + within
        while isinstance(pool, QueuePool) and pool.checkedout() and time.monotonic() < end:
            time.sleep(0.005)
        self.engine.dispose()


def _create(url: str, pool_size: int) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError(
            "this is not a database URL",
            where="NEWSLETTER_DATABASE_URL",
            remedy="postgresql+psycopg://user@host/name or sqlite:///path",
        ) from None
    if parsed.get_backend_name() == "sqlite":
        return _create_sqlite(url, parsed.database, pool_size)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "postgresql+psycopg":
        raise InputError(
            f"{parsed.drivername} is not supported",
            where="NEWSLETTER_DATABASE_URL",
            remedy="use postgresql+psycopg:// or sqlite:///",
        )
    engine = create_engine(parsed, pool_size=pool_size, max_overflow=10)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _ping_after_rest)
    return engine


def _end_when_idle(seconds: float, connection: psycopg.Connection[Any], _record: object) -> None:
    connection.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [f"{seconds:.0f}s"])
    connection.commit()


def _note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rested_at"] = time.monotonic()


def _ping_after_rest(connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object) -> None:
    """Try a connection that was idle: the database may have gone and come back. One that works is not asked each time."""
    import psycopg  # late: ten megabytes that SQLite has no use for

    if time.monotonic() - record.info.get("rested_at", float("inf")) < _TRUSTED_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError("the connection was lost while it rested") from error


def _create_sqlite(url: str, path: str | None, pool_size: int) -> Engine:
    if not path or path == ":memory:":
        raise InputError(
            "an in-memory SQLite database would lose the ledger", where="NEWSLETTER_DATABASE_URL", remedy="name a file"
        )
    file = _file_of(path)
    private_files.make_folder(file.parent)
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=20, connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False}
    )
    event.listen(engine, "do_connect", lambda *_: _make_private(file))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _file_of(path: str) -> Path:
    """The file of a path, which may be a URI (https://www.sqlite.org/uri.html)."""
    return Path(unquote(urlsplit(path).path)) if path.startswith("file:") else Path(path)


def _make_private(file: Path) -> None:
    """See that only we can read the ledger before SQLite opens it: its -wal and -shm take its mode (findCreateFileMode, os_unix.c).

    A file that is there is never opened here: closing it again would end the locks that other connections of this process
    hold on it (https://www.sqlite.org/howtocorrupt.html section 2.2).
    """
    try:
        with _MAKING:
            private_files.make_file(file)
        for suffix in ("-wal", "-shm", "-journal"):
            private_files.tighten(file.with_name(file.name + suffix))
    except OSError:
        return  # a folder that is gone or cannot be written: SQLite says so in its own words


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # SQLAlchemy emits BEGIN itself (see _begin_sqlite): the driver must not.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_BUSY_MS}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise StoreError(_reason(error), where=_shown(url), remedy=_remedy(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreError(_reason(error), where="database", remedy="is the database running?") from error
        raise


def _shown(url: str) -> str:
    """The URL without its password, and without its query, which may hold others (libpq's sslpassword)."""
    return make_url(url).set(query={}).render_as_string(hide_password=True)


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0]


def _remedy(error: Exception) -> str:
    text = str(error).lower()
    if "no such table" in text or "does not exist" in text:
        return "run `newsletter migrate`"
    if "locked" in text:
        return "another process holds the write lock; try again"
    if "full" in text or "no space" in text:
        return "free some disk space"
    return "is the database running and reachable?"
