"""After a gathering: old items get keys, near titles meet, ranks are those of now, and what is old is forgotten. Twice is once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.model import Candidate, Gathering, Publication
from newsletter.model.sources import SourceKind
from newsletter.model.states import CandidateState, IssueState
from newsletter.sources.ordering import Ordered, Ordering
from newsletter.store.database import Database
from newsletter.store.sources import candidates
from tests.parts.ledger import add_publication
from tests.sources.rows import add_candidate, add_issue, add_sighting, add_source

ONE, TWO, THREE = (f"https://{name}.example/story" for name in ("one", "two", "three"))


@pytest.fixture
def home(database: Database, clock: SettableClock) -> Publication:
    """A publication on each database."""
    return add_publication(database, clock)


def row(database: Database, candidate: Candidate) -> Candidate:
    with database.read() as session:
        return candidates.by_id(session, candidate.id)


def test_near_titles_meet_in_a_cluster_across_sections_and_are_not_joined(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    first = add_candidate(database, clock, home, ONE, title="Orchard opens its weights for Plum 3", section="labs")
    other = add_candidate(database, clock, home, TWO, title="Orchard raises 3 million for Plum")
    near = add_candidate(database, clock, home, THREE, title="Plum 3: Orchard opens weights")
    ordering = Ordering(database, clock)
    assert ordering.order(home.id).clustered == 2
    assert [row(database, each).cluster for each in (first, other, near)] == [first.id, None, first.id]
    assert ordering.order(home.id).clustered == 0
    clock.advance(3 * 86_400)
    late = add_candidate(database, clock, home, "https://four.example/", title="Plum 3 weights: Orchard opens")
    assert ordering.order(home.id).clustered == 1
    assert row(database, late).cluster == first.id
    assert all(row(database, each).state is CandidateState.NEW for each in (first, near, late))


def test_what_is_told_again_after_days_is_news(database: Database, clock: SettableClock, home: Publication) -> None:
    add_candidate(database, clock, home, ONE, title="Orchard opens its weights for Plum 3")
    clock.advance(4 * 86_400 + 1)
    add_candidate(database, clock, home, TWO, title="Plum 3: Orchard opens weights")
    assert Ordering(database, clock).order(home.id).clustered == 0


def test_ranks_are_those_of_now_with_the_weights_of_now(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab = add_source(database, clock, home, "lab", weight=2)
    wire = add_source(database, clock, home, "wire", weight=6, wished=["cs.CL"], kind=SourceKind.ARXIV)
    two = add_candidate(
        database, clock, home, TWO, source_id=lab.id, sightings=2, attributes={"category": "cs.CL"}, points=3
    )
    for source in (lab, wire):
        add_sighting(database, clock, source, two)
    kept = add_candidate(database, clock, home, ONE, source_id=lab.id, state=CandidateState.SHORTLISTED)
    used = add_candidate(database, clock, home, THREE, source_id=lab.id, state=CandidateState.USED)
    ordering = Ordering(database, clock)
    assert ordering.order(home.id).ranked == 2
    assert row(database, two).rank_parts == [
        ["weight", 6.0],
        ["recent", 8.0],
        ["points", 2.0],
        ["further sources", 2.0],
        ["wished", 4.0],
    ]
    assert (row(database, two).rank_sum, row(database, kept).rank_sum, row(database, used).rank_sum) == (
        22.0,
        15.0,
        0.0,
    )
    assert ordering.order(home.id).ranked == 0
    clock.advance(12 * 3600)
    assert ordering.order(home.id).ranked == 2
    assert (row(database, two).rank_sum, row(database, kept).rank_sum) == (18.0, 11.0)


def test_a_source_that_was_taken_away_counts_no_more(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab, wire = add_source(database, clock, home, "lab", weight=2), add_source(database, clock, home, "wire", weight=6)
    one = add_candidate(database, clock, home, ONE, source_id=lab.id, sightings=2)
    for source in (lab, wire):
        add_sighting(database, clock, source, one)
    ordering = Ordering(database, clock)
    ordering.order(home.id)
    assert row(database, one).rank_parts == [["weight", 6.0], ["recent", 8.0], ["further sources", 2.0]]
    with database.write() as session:
        session.delete(session.merge(wire))
    ordering.order(home.id)
    assert row(database, one).rank_parts == [["weight", 2.0], ["recent", 8.0]]


def test_what_nobody_offers_any_more_is_forgotten_unless_somebody_chose_it(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    add_source(database, clock, home, "lab", keep_days=5)
    issue = add_issue(database, clock, home, "draft", [], IssueState.DRAFT)
    by_state = {state: add_candidate(database, clock, home, f"{ONE}/{state}", state=state) for state in CandidateState}
    placed = add_candidate(database, clock, home, TWO, issue_id=issue.id)
    ordering = Ordering(database, clock)
    clock.advance(timedelta(days=35).total_seconds())
    assert ordering.order(home.id).forgotten == 0
    clock.advance(1)
    assert ordering.order(home.id).forgotten == 2
    with database.read() as session:
        left = {each.id for each in candidates.by_ids(session, [*[each.id for each in by_state.values()], placed.id])}
    assert left == {by_state[CandidateState.SHORTLISTED].id, by_state[CandidateState.USED].id, placed.id}


def test_items_of_former_issues_make_their_candidates_used(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    one = add_candidate(database, clock, home, ONE)
    issue = add_issue(database, clock, home, "old", [ONE + "?utm_source=x", ""], IssueState.SENT, keyed=False)
    ordering = Ordering(database, clock)
    assert ordering.order(home.id) == Ordered(keyed=2, used=1, clustered=0, ranked=0, forgotten=0)
    assert (row(database, one).state, row(database, one).issue_id) == (CandidateState.USED, issue.id)
    assert ordering.order(home.id) == Ordered(0, 0, 0, 0, 0)


def test_after_a_run_that_ended_only_what_came_since_is_compared_and_after_one_cut_short_all_of_a_day(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    sources = [add_source(database, clock, home, name) for name in ("lab", "wire")]
    for source, title in zip(
        sources, ("Heron 2 beats the old record in proofs", "Heron 2 beats old record in proofs"), strict=True
    ):
        add_candidate(
            database, clock, home, f"https://{source.name}.example/heron", title=title, source_id=source.id,
            first_seen=clock.now() - timedelta(hours=2),
        )  # fmt: skip
    with database.write() as session:
        began = clock.now() - timedelta(hours=3)
        session.add(Gathering(publication_id=home.id, started_at=began, ended_at=began + timedelta(minutes=1)))
        session.flush()
        session.add(Gathering(publication_id=home.id, started_at=clock.now(), ended_at=clock.now()))
    assert Ordering(database, clock).order(home.id).clustered == 0
    with database.write() as session:
        session.scalars(select(Gathering).order_by(Gathering.id)).first().ended_at = clock.now()  # type: ignore[union-attr]
    assert Ordering(database, clock).order(home.id).clustered == 2
