"""A desk on each database, with an editor and hashes that cost little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Publication
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication
from tests.parts.oidc_issuer import OidcIssuer
from tests.web.desk.signing_on import MARA, Place, make_place
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


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts on SQLite, without anybody."""
    return make_parts(sqlite_database, clock, tmp_path)


@pytest.fixture
def home(parts: Parts) -> Publication:
    """A publication of its own, `tide`."""
    return add_publication(parts.database)


@pytest.fixture
def seated(parts: Parts, home: Publication) -> Browser:
    """The browser of an owner who has signed in."""
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


@pytest.fixture
def issuer(clock: SettableClock) -> Iterator[OidcIssuer]:
    made = OidcIssuer(lambda: clock.now().timestamp(), person=dict(MARA))
    yield made
    made.stop()
    assert made.broken == []


@pytest.fixture
def place(sqlite_database: Database, clock: SettableClock, tmp_path: Path, issuer: OidcIssuer) -> Place:
    return make_place(sqlite_database, clock, tmp_path, issuer)


@pytest.fixture
def each_place(database: Database, clock: SettableClock, tmp_path: Path, issuer: OidcIssuer) -> Place:
    """The same on each database: where rows are concerned."""
    return make_place(database, clock, tmp_path, issuer)
