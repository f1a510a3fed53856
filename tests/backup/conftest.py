"""Two places: a service that runs, and an empty one to restore it into, each on either database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts, wire
from newsletter.config import Settings
from newsletter.store import migrating
from tests.parts.postgres import PostgresServer

KINDS = ["sqlite", "postgresql"]
MakeParts = Callable[..., Parts]


@pytest.fixture
def make_place(tmp_path: Path, postgres: PostgresServer) -> Iterator[MakeParts]:
    """Make the parts of a service in a folder of its own, on an empty database of a kind; what settings are given count."""
    made: list[Parts] = []
    names: list[str] = []

    def make(name: str, kind: str, **given: object) -> Parts:
        url = ""
        if kind == "postgresql":
            names.append(postgres.create_database())
            url = postgres.url(names[-1])
        facts = {"data_dir": tmp_path / name, "database_url": url, "smtp_url": "memory:", "batch_size": 10}
        made.append(wire(Settings(**{**facts, "base_url": "https://news.example.org", **given}, _env_file=None)))
        return made[-1]

    yield make
    for parts in made:
        parts.close()
    for name in names:
        postgres.drop_database(name)


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, make_place: MakeParts, smtp_url: str) -> Parts:
    """A service with its tables, on each database."""
    parts = make_place("old", request.param, smtp_url=smtp_url)
    migrating.upgrade(parts.database)
    return parts


@pytest.fixture
def smtp_url() -> str:
    """Where the service sends; tests of sending put their server here."""
    return "memory:"
