"""Processes that gather: one that is killed in the middle, and two at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.errors import ConflictError
from newsletter.model import Candidate, Gathering, Sighting
from newsletter.store.database import Database
from tests.parts.source_server import Stand
from tests.parts.waiting import comes_true
from tests.sources.gathering_rig import Rig, results, rig_on, rss

ROOT = Path(__file__).resolve().parent.parent.parent
HOSTS = [f"h{n}.example" for n in range(12)]


@pytest.fixture
def rig(database: Database, tmp_path: Path) -> Iterator[Rig]:
    """A publication with twelve sources: what they offer is partly the same."""
    with rig_on(database, tmp_path) as made:
        for n, host in enumerate(HOSTS):
            made.server.put(
                host, "/feed", Stand(rss(f"own {n}", "shared by all", host=f"s{n % 3}.example"), etag='"1"')
            )
            made.add(host)
        yield made


def begin(rig: Rig, folder: Path) -> subprocess.Popen[str]:
    url = rig.database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.sources.gathering_process", url, str(rig.publication.id), str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def count(rig: Rig, table: type) -> int:
    with rig.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_process_that_is_killed_in_the_middle_leaves_nothing_half_and_the_next_run_nothing_twice(
    rig: Rig, tmp_path: Path
) -> None:
    for host in HOSTS[6:]:
        rig.server.put(host, "/feed", Stand(rss("late"), hangs=True))
    process = begin(rig, tmp_path)
    try:
        assert comes_true(lambda: count(rig, Candidate) >= 6 + 3, within=180)
    finally:
        process.kill()
        process.communicate()
    assert count(rig, Candidate) == 6 + 3, "six of their own, and one in three that they share"
    for n, host in enumerate(HOSTS[6:], 6):
        rig.server.put(host, "/feed", Stand(rss(f"own {n}", "shared by all", host=f"s{n % 3}.example"), etag='"1"'))
    report = rig.gather()
    assert results(report) == {host: "unchanged" if n < 6 else "new" for n, host in enumerate(HOSTS)}
    assert (count(rig, Candidate), count(rig, Sighting)) == (12 + 3, 24)
    with rig.database.read() as session:
        first, second = session.scalars(select(Gathering).order_by(Gathering.id))
        assert (first.answered, first.ended_at is not None) == (6, True)
        assert (second.asked, second.answered, second.new) == (12, 12, 6)
        assert set(session.scalars(select(Candidate.sightings))) == {1, 4}
    rig.gather()
    assert (count(rig, Candidate), count(rig, Sighting)) == (12 + 3, 24)


def test_of_two_processes_one_gathers(rig: Rig, tmp_path: Path) -> None:
    for host in HOSTS:
        rig.server.put(host, "/feed", Stand(rss("one"), waits=8.0))
    other = begin(rig, tmp_path)
    try:
        assert comes_true(lambda: len(rig.server.asks) > 0, within=180)
        with pytest.raises(ConflictError, match="asked at this moment"):
            rig.gather()
        said = other.communicate(timeout=180)[0].splitlines()[-1]
    finally:
        other.kill()
        other.communicate()
    assert said == "gathered: 12 of 12 sources"
    assert len(rig.server.asks) == 12
    assert count(rig, Gathering) == 1
