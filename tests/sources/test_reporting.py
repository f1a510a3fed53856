"""The sentence of a run, and of how all sources stand by the last answer of each."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from newsletter.clock import SettableClock
from newsletter.model import Gathering, GatheringLine, Source
from newsletter.model.sources import GatherResult
from newsletter.model.states import SourceState
from newsletter.sources import reporting
from newsletter.store.database import Database
from newsletter.store.sources import gatherings
from tests.parts.ledger import add_publication
from tests.sources.rows import add_source


def run(session: Session, home_id: int, clock: SettableClock, results: dict[int, GatherResult]) -> Gathering:
    begun = gatherings.begin(session, home_id, clock.now(), "")
    session.add_all(
        GatheringLine(gathering_id=begun.id, source_id=source_id, result=result, words="why", found=1, new=1)
        for source_id, result in results.items()
    )
    session.flush()
    return begun


@pytest.mark.parametrize("missing", [0, 1, reporting.MOST_NAMED, reporting.MOST_NAMED + 2])
def test_a_sentence_is_the_same_by_its_lines_and_without_them(
    database: Database, clock: SettableClock, missing: int
) -> None:
    home = add_publication(database, clock)
    ids = [add_source(database, clock, home, f"s{number}").id for number in range(16)]
    results = {each: GatherResult.SLOW if each in ids[:missing] else GatherResult.NEW for each in ids}
    with database.write() as session:
        begun = run(session, home.id, clock, results)
        sentence = reporting.sentence_of(session, home.id)
        assert sentence == reporting.report_of(session, begun).sentence
    assert sentence.startswith(f"{16 - missing} of 16 sources")
    assert ("and 2 more" in sentence) == (missing == reporting.MOST_NAMED + 2)
    found = reporting.last_run(database, home.id)
    assert found is not None and found[1] == sentence


def test_a_run_of_one_source_hides_none_of_the_others_that_are_missing(
    database: Database, clock: SettableClock
) -> None:
    home = add_publication(database, clock)
    ids = [add_source(database, clock, home, f"s{number}").id for number in range(4)]
    with database.write() as session:
        run(session, home.id, clock, {ids[0]: GatherResult.NEW, ids[1]: GatherResult.SLOW, ids[2]: GatherResult.SLOW})
        run(session, home.id, clock, {ids[1]: GatherResult.UNCHANGED})
        told = "2 of 4 sources; missing: s2 (slow: why), s3 (left: not asked yet)"
        assert reporting.sentence_of(session, home.id) == told
        for number, change in ((2, {"state": SourceState.OFF}), (3, {"address": ""})):
            for name, value in change.items():
                setattr(session.get_one(Source, ids[number]), name, value)
        session.flush()
        assert reporting.sentence_of(session, home.id) == "2 of 2 sources"


def test_where_nothing_was_gathered_there_is_no_sentence(database: Database, clock: SettableClock) -> None:
    assert reporting.last_run(database, add_publication(database, clock).id) is None
