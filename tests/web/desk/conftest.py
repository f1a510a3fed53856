"""A desk on each database, with an editor and hashes that cost little."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor


@pytest.fixture
def desk_parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts with one editor."""
    made = make_parts(database, clock, tmp_path)
    add_editor(made)
    return made


@pytest.fixture
def browser(desk_parts: Parts) -> Browser:
    """A browser that has not signed in."""
    return Browser(create_app(desk_parts))
