"""Answers that wait are recorded together: at the cost of one, whole or not at all, and each for itself where one cannot be kept."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from newsletter.model import Candidate, Sighting, Source
from newsletter.sources.asking import AskOne
from newsletter.sources.asking_all import AskingAll, Found
from newsletter.sources.completing import Complete
from newsletter.sources.outcomes import AskedSource, Outcome
from newsletter.store.database import Database
from tests.parts.source_server import Stand
from tests.sources.gathering_rig import Rig, lines, results, rig_on, rss

HOSTS = [f"h{n}.example" for n in range(8)]


class AllTogether(AskingAll):
    """Hands over all that came at once."""

    def outcomes(
        self, asked: Sequence[AskedSource], ask: AskOne, complete: Complete, stop: Event | None = None
    ) -> Generator[list[Found]]:
        """Yield all outcomes together."""
        yield [each for some in AskingAll.outcomes(self, asked, ask, complete, stop) for each in some]


@pytest.fixture
def rig(database: Database, tmp_path: Path) -> Iterator[Rig]:
    """A publication whose sources are recorded together, on each database."""
    with rig_on(database, tmp_path) as made:
        for host in HOSTS:
            made.server.put(host, "/feed", Stand(rss("one", "two", host=host), etag='"1"'))
        all_of_them = made.parts.gathering.asking_all
        together = AllTogether(all_of_them.clock, all_of_them.arxiv)
        made.parts.__dict__["gathering"] = replace(made.parts.gathering, asking_all=together)
        yield made


def count(rig: Rig, table: type) -> int:
    with rig.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Yield the statements that are sent meanwhile; one that is sent for many rows counts once."""
    sent: list[str] = []

    def note(*given: Any) -> None:
        sent.append(given[2])

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_eight_sources_that_wait_together_cost_the_ledger_as_many_statements_as_two(rig: Rig) -> None:
    def costs() -> list[int]:
        """The statements of a first run, of which something is new, and of two in which nothing changed."""
        found = []
        for _ in range(3):
            rig.clock.moment += timedelta(minutes=1)
            with statements(rig.database) as sent:
                rig.gather()
            found.append(len(sent))
        return found

    for host in HOSTS[:2]:
        rig.add(host)
    of_two = costs()
    for host in HOSTS[2:]:
        rig.add(host)
    of_eight = costs()
    assert of_eight[2] == of_two[2]
    assert of_eight[0] <= of_two[0] + 2, "two groups of rows of sources, that were asked before and were not"
    assert (count(rig, Candidate), count(rig, Sighting)) == (16, 16)


def test_one_answer_that_cannot_be_kept_is_told_and_those_that_wait_with_it_are_kept(rig: Rig) -> None:
    gathering, together = rig.parts.gathering, list[int]()

    def offer(
        session: Session, publication_id: int, answers: Sequence[tuple[Source, Outcome]], now: datetime
    ) -> Mapping[int, int]:
        together.append(len(answers))
        new = gathering.offer(session, publication_id, answers, now)
        if any(source.name == HOSTS[3] and outcome.reading for source, outcome in answers):
            raise ValueError("nobody foresaw it")
        return new

    rig.parts.__dict__["gathering"] = replace(gathering, offer=offer)
    for host in HOSTS:
        rig.add(host)
    report = rig.gather()
    assert results(report) == {host: "broken" if host == HOSTS[3] else "new" for host in HOSTS}
    assert lines(report)[HOSTS[3]].words == "what it answered could not be kept: ValueError"
    assert together == [8, *[1] * 9]
    assert (count(rig, Candidate), count(rig, Sighting)) == (14, 14)


def test_what_two_sources_offer_that_wait_together_is_one_candidate_and_the_next_run_changes_nothing(rig: Rig) -> None:
    for host in HOSTS[:3]:
        rig.server.put(host, "/feed", Stand(rss("own " + host, "shared", host="same.example")))
        rig.add(host)
    assert rig.gather().new == 4, "one each, and one that they share"

    def all_of() -> list[tuple[Any, ...]]:
        with rig.database.read() as session:
            columns = (Candidate.id, Candidate.key, Candidate.title, Candidate.sightings, Candidate.attributes)
            return [tuple(row) for row in session.execute(select(*columns).order_by(Candidate.id))]

    before = all_of()
    for host in HOSTS[:3]:  # as it was, and an item more, so that all of it is read again
        rig.server.put(host, "/feed", Stand(rss("own " + host, "shared", "later", host="same.example")))
    assert rig.gather().new == 1
    assert all_of()[:-1] == before
