"""Gathering by the clock: who is rung and when, what a worker does, and that nothing is lost when it dies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from newsletter.errors import ConflictError
from newsletter.model import Alarm, Gathering, GatheringLine, Publication
from newsletter.sources.gathering import lease_name
from newsletter.sources.gathering_by_clock import GatheringByClock
from newsletter.sources.gathering_rounds import KEPT, GatheringRounds
from newsletter.store.database import Database
from newsletter.store.delivery import leases
from newsletter.store.sources import gatherings
from tests.parts.source_server import Stand
from tests.sources.gathering_rig import Rig, rig_on, rss

HOUR = datetime(2026, 5, 8, 3, 30, tzinfo=UTC)
"""05:30 in Vienna."""


@pytest.fixture
def rig(database: Database, tmp_path: Path) -> Iterator[Rig]:
    """A publication that gathers at 05:30 in Vienna, on the evening before, with two sources."""
    with rig_on(database, tmp_path, start=HOUR - timedelta(hours=8)) as made:
        for host in ("a.example", "b.example"):
            made.server.put(host, "/feed", Stand(rss("one"), etag='"1"'))
            made.add(host)
        with database.write() as session:
            session.execute(
                update(Publication).values(
                    gather_at="05:30", time_zone="Europe/Vienna", gathered_day=HOUR.date() - timedelta(days=1)
                )
            )
        yield made


class Rung:
    """A queue that remembers."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, int]] = []

    def ring(self, job: str, subject: int) -> None:
        self.jobs.append((job, subject))


def rounds(rig: Rig) -> tuple[GatheringRounds, Rung]:
    rung = Rung()
    return GatheringRounds(rig.database, rig.clock, rung), rung  # type: ignore[arg-type]


def by_clock(rig: Rig, assembled: list[int] | None = None) -> GatheringByClock:
    assemble = assembled.append if assembled is not None else None
    return GatheringByClock(rig.database, rig.clock, lambda: rig.parts.gathering, assemble)


def count(rig: Rig, table: type) -> int:
    with rig.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_hour_rings_until_it_was_kept_and_then_once_the_next_day(rig: Rig) -> None:
    looking, rung = rounds(rig)
    looking.tick()
    assert rung.jobs == []
    rig.clock.moment = HOUR
    assert looking.due() == [rig.publication.id], "a ring may be lost: it is due until it was kept"
    assembled: list[int] = []
    report = by_clock(rig, assembled).gather(rig.publication.id)
    assert report is not None and report.sentence == "2 of 2 sources" and report.by == ""
    assert assembled == [rig.publication.id]
    assert looking.due() == []
    assert by_clock(rig, assembled).gather(rig.publication.id) is None, "rung twice"
    rig.clock.moment = HOUR + timedelta(days=1)
    fresh, rung = rounds(rig)
    fresh.tick()
    fresh.tick()
    assert rung.jobs == [("gather", rig.publication.id)], "looked for every few seconds, not every half of one"


def test_a_run_that_was_killed_is_closed_and_done_again_and_while_it_is_young_nobody_is_rung(rig: Rig) -> None:
    looking, _ = rounds(rig)
    rig.clock.moment = HOUR
    with rig.database.write() as session:
        gatherings.begin(session, rig.publication.id, HOUR, "")
    assert looking.due() == [], "somebody is at it, or was killed a moment ago"
    rig.clock.moment = HOUR + timedelta(minutes=6)
    assert looking.due() == [rig.publication.id]
    by_clock(rig).gather(rig.publication.id)
    with rig.database.read() as session:
        assert [each.ended_at is not None for each in session.scalars(select(Gathering))] == [True, True]


def test_a_draft_that_cannot_be_made_is_told_and_the_sources_are_not_asked_again_for_it(rig: Rig) -> None:
    from tests.web.seats import add_editor

    add_editor(rig.parts)
    rig.clock.moment = HOUR

    def fails(_publication_id: int) -> None:
        raise ConflictError("an issue of this day is there", remedy="look at it")

    GatheringByClock(rig.database, rig.clock, lambda: rig.parts.gathering, fails).gather(rig.publication.id)
    assert rounds(rig)[0].due() == []
    with rig.database.read() as session:
        told = session.scalars(select(Alarm)).one()
    assert "an issue of this day" in told.what
    assert told.url.endswith(f"/desk/{rig.publication.slug}/candidates"), "where a draft is assembled"


def test_while_somebody_gathers_by_hand_the_hour_waits_and_is_kept_afterwards(rig: Rig) -> None:
    rig.clock.moment = HOUR
    name = lease_name(rig.publication.id)
    with rig.database.write() as session:
        assert leases.hold(session, name, "other:1:1:x.1", HOUR, HOUR + timedelta(seconds=240))
    assembled: list[int] = []
    assert by_clock(rig, assembled).gather(rig.publication.id) is None
    assert (assembled, rounds(rig)[0].due()) == ([], [rig.publication.id])
    with rig.database.write() as session:
        leases.give_up(session, name, "other:1:1:x.1", HOUR - timedelta(seconds=1))
    assert by_clock(rig, assembled).gather(rig.publication.id) is not None
    assert (assembled, rounds(rig)[0].due()) == ([rig.publication.id], [])


def test_sources_with_a_pace_of_their_own_are_asked_between_the_hours_and_no_others(rig: Rig) -> None:
    rig.server.put("c.example", "/feed", Stand(rss("one")))
    rig.add("c.example", every_minutes=30)
    looking, _ = rounds(rig)
    assert looking.due() == [rig.publication.id]
    assembled: list[int] = []
    report = by_clock(rig, assembled).gather(rig.publication.id)
    assert report is not None and [line.name for line in report.lines] == ["c.example"] and assembled == []
    assert looking.due() == []
    rig.clock.moment += timedelta(minutes=30)
    assert looking.due() == [rig.publication.id]
    rig.clock.moment = HOUR
    report = by_clock(rig, assembled).gather(rig.publication.id)
    assert report is not None and len(report.lines) == 3 and assembled == [rig.publication.id]


def test_old_runs_are_forgotten_in_steps_and_young_ones_are_kept(rig: Rig) -> None:
    rig.gather()
    rig.clock.moment += KEPT - timedelta(hours=1)
    rig.gather()
    looking, _ = rounds(rig)
    assert looking.forget() == 0
    rig.clock.moment += timedelta(hours=2)
    assert looking.forget() == 1
    assert (count(rig, Gathering), count(rig, GatheringLine)) == (1, 2)


def test_the_scheduler_finds_no_publication_of_an_unknown_zone_and_all_others(rig: Rig) -> None:
    from tests.parts.ledger import add_publication

    lost = add_publication(rig.database, rig.clock, "lost")
    with rig.database.write() as session:
        changed = {"gather_at": "05:30", "time_zone": "Mars/Olympus"}
        session.execute(update(Publication).where(Publication.id == lost.id).values(**changed))
    rig.clock.moment = HOUR
    assert rounds(rig)[0].due() == [rig.publication.id]
