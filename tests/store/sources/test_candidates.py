"""Candidates are listed best first page by page, each once, and counted as far as it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.clock import SettableClock
from newsletter.model import Candidate, Publication
from newsletter.model.states import CandidateState, IssueState
from newsletter.paging import CandidateMark, cut, read_candidate_mark, write_candidate_mark
from newsletter.store.database import Database
from newsletter.store.sources import candidates, moving, sightings
from newsletter.store.sources.candidates import OPEN, CandidateFilter
from tests.parts.ledger import add_publication
from tests.sources.rows import add_candidate, add_issue, add_sighting, add_source

NEW, SHORTLISTED, DISMISSED, USED = (
    CandidateState.NEW,
    CandidateState.SHORTLISTED,
    CandidateState.DISMISSED,
    CandidateState.USED,
)


@pytest.fixture
def home(database: Database, clock: SettableClock) -> Publication:
    """A publication on each database."""
    return add_publication(database, clock)


def fill(database: Database, clock: SettableClock, home: Publication) -> list[Candidate]:
    """Store 40 candidates of two sections in all states, many with the same sum."""
    return [
        add_candidate(
            database,
            clock,
            home,
            f"https://lab.example/{number}",
            section=("wire", "labs")[number % 2],
            state=list(CandidateState)[number % 4],
            rank_sum=(number % 5) + 0.1,
        )
        for number in range(40)
    ]


def walk(database: Database, wanted: CandidateFilter, size: int) -> list[int]:
    found: list[int] = []
    after: CandidateMark | None = None
    for _ in range(50):
        with database.read() as session:
            rows = candidates.page(session, wanted, after=after, size=size + 1)
        shown, mark = cut(rows, size, lambda each: CandidateMark(each.rank_sum, each.id))
        found += [each.id for each in shown]
        if mark is None:
            return found
        after = read_candidate_mark(write_candidate_mark(mark))
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("states", [OPEN, (), (USED,)])
@pytest.mark.parametrize("section", ["", "wire"])
def test_the_pages_hold_each_candidate_once_best_first(
    database: Database, clock: SettableClock, home: Publication, states: tuple[CandidateState, ...], section: str
) -> None:
    rows = fill(database, clock, home)
    add_candidate(database, clock, add_publication(database, clock, "weekly"), "https://lab.example/0", rank_sum=99.0)
    meant = [each for each in rows if (not states or each.state in states) and section in {"", each.section}]
    order = sorted(meant, key=lambda each: (each.rank_sum, each.id), reverse=True)
    for size in (1, 3, 100):
        assert walk(database, CandidateFilter(home.id, states, section), size) == [each.id for each in order]


def test_those_of_one_source_are_those_it_offers(database: Database, clock: SettableClock, home: Publication) -> None:
    rows, source = fill(database, clock, home), add_source(database, clock, home, "lab")
    for each in rows[:8]:
        add_sighting(database, clock, source, each)
    found = walk(database, CandidateFilter(home.id, (), source_id=source.id), 3)
    assert sorted(found) == [each.id for each in rows[:8]]


def test_what_was_joined_by_hand_is_not_listed(database: Database, clock: SettableClock, home: Publication) -> None:
    head = add_candidate(database, clock, home, "https://lab.example/a")
    add_candidate(database, clock, home, "https://lab.example/b", state=DISMISSED, sightings=0, cluster=head.id)
    assert walk(database, CandidateFilter(home.id, ()), 10) == [head.id]
    with database.read() as session:
        assert candidates.counts(session, home.id, [DISMISSED], ["wire"]) == {"wire": 0}
        head.cluster = head.id
        assert candidates.in_clusters(session, [head]) == {}


def test_candidates_are_counted_by_section_and_state_as_far_as_it_shows(
    database: Database, clock: SettableClock, home: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, clock, home)
    with database.read() as session:
        sections = ["wire", "labs", "none"]
        assert candidates.counts(session, home.id, [NEW], sections) == {"wire": 10, "labs": 0, "none": 0}
        assert candidates.counts(session, home.id, OPEN, sections) == {"wire": 10, "labs": 10, "none": 0}
        monkeypatch.setattr(candidates, "MOST_COUNTED", 3)
        assert candidates.counts(session, home.id, [NEW], ["wire"]) == {"wire": 4}
        assert candidates.counts(session, home.id, [NEW], []) == {}
        assert candidates.sections_of(session, home.id) == ["labs", "wire"]
        assert candidates.sections_of(session, home.id + 1) == []


def test_what_may_fill_a_section_is_open_and_in_no_other_draft(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    draft, other = (add_issue(database, clock, home, slug, [], IssueState.DRAFT) for slug in ("one", "two"))
    given: dict[str, dict[str, object]] = {
        "low": {"rank_sum": 1.0},
        "high": {"rank_sum": 9.0},
        "kept": {"rank_sum": 2.0, "state": SHORTLISTED},
        "mine": {"rank_sum": 3.0, "issue_id": draft.id},
        "theirs": {"rank_sum": 8.0, "issue_id": other.id},
        "gone": {"rank_sum": 7.0, "state": DISMISSED},
        "used": {"rank_sum": 7.0, "state": USED},
        "elsewhere": {"section": "labs"},
    }
    rows = {
        name: add_candidate(database, clock, home, f"https://lab.example/{name}", **more)
        for name, more in given.items()
    }
    names = {each.id: name for name, each in rows.items()}
    with database.read() as session:
        for limit, issue_id, wanted in (
            (10, None, ["kept", "high", "low"]),
            (10, draft.id, ["kept", "high", "mine", "low"]),
            (2, draft.id, ["kept", "high"]),
            (1, None, ["kept"]),
        ):
            found = candidates.open_in(session, home.id, "wire", limit=limit, issue_id=issue_id)
            assert [names[each.id] for each in found] == wanted


def test_moves_are_guarded_by_state_and_publication(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    other = add_publication(database, clock, "weekly")
    rows = fill(database, clock, home)[:4]
    theirs = add_candidate(database, clock, other, "https://lab.example/0")
    with database.write() as session:
        moved = moving.move(session, home.id, [*[each.id for each in rows], theirs.id], DISMISSED)
    assert moved == [each.id for each in rows if each.state in OPEN]
    draft = add_issue(database, clock, home, "draft", [], IssueState.DRAFT)
    with database.write() as session:
        assert moving.place(session, home.id, [*[each.id for each in rows], theirs.id], draft.id) == 3
    with database.read() as session:
        assert [each.issue_id for each in candidates.by_ids(session, [each.id for each in rows])].count(draft.id) == 3


def test_storing_the_same_twice_keeps_the_first(database: Database, clock: SettableClock, home: Publication) -> None:
    row = {"publication_id": home.id, "section": "wire", "key": "k", "title": "t", "state": NEW}
    row |= {"attributes": {}, "rank_parts": [], "first_seen": clock.now(), "last_seen": clock.now()}
    source = add_source(database, clock, home, "lab")
    with database.write() as session:
        first = candidates.add(session, [row])
        assert candidates.add(session, [row | {"title": "other"}]) == {}
        seen = {"candidate_id": first["wire", "k"], "source_id": source.id, "key": "k", "title": "t", "attributes": {}}
        seen |= {"first_seen": clock.now(), "seen_at": clock.now()}
        assert len(sightings.add(session, [seen])) == 1
        assert sightings.add(session, [seen]) == []
    with database.read() as session:
        assert candidates.by_id(session, first["wire", "k"]).title == "t"


@given(st.integers(-(10**8), 10**8), st.integers(0, 10**17))
def test_a_mark_is_read_as_it_was_written(cents: int, number: int) -> None:
    mark = CandidateMark(round(cents / 100, 2), number)
    assert read_candidate_mark(write_candidate_mark(mark)) == mark
