"""At a publication's hour the scheduler rings, and a worker gathers and assembles a draft: in one service, by real threads."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select, update

from newsletter.model import Issue, Publication
from newsletter.store.database import Database
from tests.parts.source_server import Stand
from tests.parts.waiting import comes_true
from tests.sources.gathering_rig import START, rig_on, rss
from workers import embedded


def test_the_hour_brings_a_draft_with_what_was_gathered(database: Database, tmp_path: Path) -> None:
    with rig_on(database, tmp_path) as rig:
        for host in ("a.example", "b.example"):
            rig.server.put(host, "/feed", Stand(rss(f"News of {host}", host=host)))
            rig.add(host)
        yesterday = START.date() - timedelta(days=1)
        with database.write() as session:
            session.execute(update(Publication).values(gather_at="05:30", gathered_day=yesterday))

        def kept() -> date | None:
            with database.read() as session:
                return session.scalar(select(Publication.gathered_day))

        running = embedded.start(rig.parts, threads=2)
        try:
            assert comes_true(lambda: kept() == START.date(), within=180)
        finally:
            running.stop()
        with database.read() as session:
            issue = session.scalars(select(Issue)).one()
        assert issue.slug == START.date().isoformat()
        assert "News of a.example" in issue.source and "News of b.example" in issue.source
        assert "2 of 2 sources" in issue.source
        assert len(rig.server.asks) == 2
