"""What machines that watch are told of sources, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from newsletter.clock import Clock, SettableClock
from newsletter.model import Publication
from newsletter.sources.measuring import ASKED, LAST, measure
from newsletter.store.database import Database
from newsletter.store.sources import gatherings
from tests.parts.ledger import add_publication
from tests.parts.source_server import Stand, refusal
from tests.sources.gathering_rig import Rig, rig_on, rss


@pytest.fixture
def rig(database: Database, tmp_path: Path) -> Iterator[Rig]:
    """A publication with a server of its own, on each database."""
    with rig_on(database, tmp_path) as made:
        yield made


def told(database: Database, clock: Clock) -> tuple[dict[str, float], float | None]:
    """What came of sources, where it is not nought, and the age of the last gathering."""
    found = measure(database, clock=clock)
    asked = {each.labels[0]: each.number for each in found if each.family is ASKED and each.number}
    return asked, next((each.number for each in found if each.family is LAST), None)


def gathered(database: Database, publication: Publication, at: datetime, *, ends: bool = True) -> None:
    with database.write() as session:
        run = gatherings.begin(session, publication.id, at, by="")
        if ends:
            gatherings.end(session, run.id, at)


def test_each_source_that_is_asked_is_counted_once_by_what_came_of_it(rig: Rig) -> None:
    assert told(rig.database, rig.clock) == ({}, None)
    for host in ("a.example", "b.example"):
        rig.server.put(host, "/feed", Stand(rss("one"), etag='"1"'))
        rig.add(host)
    rig.server.put("away.example", "/feed", refusal(404))
    rig.add("away.example")
    rig.gather()
    assert told(rig.database, rig.clock)[0] == {"new": 2, "refused": 1}
    rig.gather()
    assert told(rig.database, rig.clock)[0] == {"new": 2, "unchanged": 2, "refused": 2}


def test_the_age_is_that_of_the_publication_with_an_hour_that_waits_longest(
    database: Database, clock: SettableClock
) -> None:
    begun = clock.now()
    names = ("early", "late", "by-hand", "never")
    homes = {name: add_publication(database, clock, name) for name in names}
    for name, hours in (("early", 1), ("early", 30), ("late", 6), ("by-hand", 2)):
        gathered(database, homes[name], begun + timedelta(hours=hours))
    gathered(database, homes["late"], begun + timedelta(hours=40), ends=False)
    clock.advance(timedelta(hours=48).total_seconds())
    assert told(database, clock)[1] is None, "nobody has an hour"
    with database.write() as session:
        session.execute(update(Publication).where(Publication.slug != "by-hand").values(gather_at="05:30"))
    assert told(database, clock)[1] == timedelta(hours=42).total_seconds(), "a run that has not ended is none"
    gathered(database, homes["late"], begun + timedelta(hours=47))
    assert told(database, clock)[1] == timedelta(hours=18).total_seconds()
