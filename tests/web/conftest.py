"""An application on a ledger with three issues of one publication, and a visitor."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Publication
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.web.places import Visitor, add_publication, make_document, make_parts, publish


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts on SQLite: what differs between databases is tested below the doors, and once in `test_app`."""
    return make_parts(sqlite_database, clock, tmp_path)


@pytest.fixture
def orchard(parts: Parts) -> Publication:
    """A publication with issues of 1, 2 and 3 March in the archive, and one of 9 March that is only scheduled."""
    publication = add_publication(parts.database)
    for day in (1, 2, 3):
        publish(parts.database, publication, make_document(f"2026-03-0{day}", date(2026, 3, day)))
    publish(parts.database, publication, make_document("2026-03-09", date(2026, 3, 9)), shown=False)
    return publication


@pytest.fixture
def visitor(parts: Parts, orchard: Publication) -> Visitor:
    """Someone who comes by."""
    return Visitor(create_app(parts))
