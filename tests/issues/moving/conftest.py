"""A publication that past issues move into."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.store.database import Database
from tests.issues.samples import add_publication
from tests.web.places import make_parts

BASE = "https://news.example.org"


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """The parts over each database."""
    add_publication(database, time_zone="Europe/Vienna")
    return make_parts(database, clock, tmp_path / "data", BASE)


@pytest.fixture
def small_parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """The parts over SQLite alone."""
    add_publication(sqlite_database, time_zone="Europe/Vienna")
    return make_parts(sqlite_database, clock, tmp_path / "data", BASE)
