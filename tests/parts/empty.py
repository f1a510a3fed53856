"""Fixtures: a database without tables, of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.store.database import Database
from tests.parts.postgres import PostgresServer


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database without tables."""
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield database
    database.close()


@pytest.fixture
def empty_postgres(postgres: PostgresServer) -> Iterator[Database]:
    """A PostgreSQL database without tables."""
    name = postgres.create_database()
    database = Database(postgres.url(name))
    yield database
    database.close()
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(request: pytest.FixtureRequest) -> Database:
    """A database without tables; the test runs once on each kind."""
    return request.getfixturevalue(f"empty_{request.param}")
