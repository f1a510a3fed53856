"""At a publication's hour the scheduler rings, and a worker gathers and assembles a draft: in one service, by real threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from newsletter.model import Gathering, GatheringLine, Issue, Publication
from newsletter.model.sources import GatherResult
from newsletter.sources.asking_all import STOPPED
from newsletter.sources.gathering_by_clock import GatheringByClock
from newsletter.store.database import Database
from tests.parts.source_server import Stand
from tests.parts.waiting import comes_true
from tests.sources.gathering_rig import Rig, rig_on, rss
from workers import embedded


def at_noon(home: Publication, database: Database) -> date:
    """Give a publication a zone where it is about noon now, and an hour that has just come; return its day there.

    A worker beside a PostgreSQL whose clock says something else does not work, so that its hour is one of today.
    """
    now = datetime.now(UTC)
    ahead = 12 - now.hour
    home_zone = f"Etc/GMT{-ahead:+d}"  # signs of POSIX: those west of Greenwich are positive
    there = now + timedelta(hours=ahead)
    with database.write() as session:
        values = {
            "gather_at": f"{there:%H}:00",
            "time_zone": home_zone,
            "gathered_day": there.date() - timedelta(days=1),
        }
        session.execute(update(Publication).where(Publication.id == home.id).values(values))
    return there.date()


def test_the_hour_brings_a_draft_with_what_was_gathered(database: Database, tmp_path: Path) -> None:
    with rig_on(database, tmp_path, start=datetime.now(UTC)) as rig:
        for host in ("a.example", "b.example"):
            yesterday = datetime.now(UTC).date() - timedelta(days=1)
            rig.server.put(host, "/feed", Stand(rss(f"News of {host}", host=host, day=yesterday)))
            rig.add(host)
        today = at_noon(rig.publication, database)

        def kept() -> date | None:
            with database.read() as session:
                return session.scalar(select(Publication.gathered_day))

        running = embedded.start(rig.parts, threads=2)
        try:
            assert comes_true(lambda: kept() == today, within=180)
        finally:
            running.stop()
        with database.read() as session:
            issue = session.scalars(select(Issue)).one()
        assert issue.slug == today.isoformat()
        assert "News of a.example" in issue.source and "News of b.example" in issue.source
        assert "2 of 2 sources" in issue.source
        assert len(rig.server.asks) == 2


def test_a_worker_that_is_stopped_ends_its_run_and_the_next_one_begins_with_what_was_left(
    database: Database, tmp_path: Path
) -> None:
    with rig_on(database, tmp_path, start=datetime.now(UTC)) as rig:
        hosts = [f"h{number}.example" for number in range(12)]
        for host in hosts:
            rig.server.put(host, "/feed", Stand(rss("one", host=host), hangs=host != hosts[0]))
            rig.add(host)
        one_by_one = replace(rig.parts.gathering.asking_all, threads=1)
        rig.parts.__dict__["gathering"] = replace(rig.parts.gathering, asking_all=one_by_one)
        today = at_noon(rig.publication, database)
        running = embedded.start(rig.parts, threads=2)
        try:
            assert comes_true(lambda: rig.row(hosts[0]).last_result is GatherResult.NEW, within=180)
        finally:
            running.stop()
        with database.read() as session:
            run = session.scalars(select(Gathering)).one()
            results: dict[int, GatherResult] = dict(
                session.execute(select(GatheringLine.source_id, GatheringLine.result)).all()
            )
            assert session.scalar(select(Publication.gathered_day)) == today - timedelta(days=1), (
                "the hour was not kept"
            )
            assert session.scalars(select(Issue)).all() == []
        assert run.ended_at is not None and len(results) == len(hosts)
        last = rig.row(hosts[-1])
        assert (last.last_result, last.last_words, last.failures) == (GatherResult.LEFT, STOPPED, 0)
        assert rig.parts.gathering_by_clock.gather(rig.publication.id) is None, "no run begins any more"
        assert (
            check_the_next_run(rig, hosts, [host for host in hosts if results[rig.names[host]] is GatherResult.LEFT])
            == today
        )


def check_the_next_run(rig: Rig, hosts: Sequence[str], left: Sequence[str]) -> date | None:
    """Another process asks all of them, first those that were left; return the day whose hour is kept then."""
    for host in hosts:
        rig.server.put(host, "/feed", Stand(rss("one", host=host)))
    rig.server.asks.clear()
    another = GatheringByClock(rig.database, rig.clock, lambda: rig.parts.gathering)
    report = another.gather(rig.publication.id)
    assert report is not None and report.missing == ()
    assert [ask.host for ask in rig.server.asks][: len(left)] == list(left)
    with rig.database.read() as session:
        return session.scalar(select(Publication.gathered_day))
