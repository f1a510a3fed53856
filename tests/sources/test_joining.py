"""One candidate for one thing, however many sources offer it; its words stay new, and what was used is never offered again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.canonical_url import key_of
from newsletter.clock import SettableClock
from newsletter.model import Candidate, Publication, Source
from newsletter.model.sources import SourceKind
from newsletter.model.states import CandidateState, IssueState
from newsletter.sources import joining
from newsletter.sources.found import FoundCandidate
from newsletter.store.database import Database
from newsletter.store.sources import candidates, sightings
from newsletter.store.sources.candidates import CandidateFilter
from tests.parts.ledger import add_publication
from tests.sources.rows import add_issue, add_source

PAPER = "https://arxiv.org/abs/2605.01234"
STORY = "https://lab.example/news/story"


@pytest.fixture
def home(database: Database, clock: SettableClock) -> Publication:
    """A publication on each database."""
    return add_publication(database, clock)


def found(url: str, title: str = "A story", **more: object) -> FoundCandidate:
    return FoundCandidate(**({"key": key_of(url), "title": title, "url": url} | more))  # type: ignore[arg-type]


def join(
    database: Database, clock: SettableClock, home: Publication, *answers: tuple[Source, Sequence[FoundCandidate]]
) -> dict[int, int]:
    with database.write() as session:
        return joining.join(session, home.id, answers, now=clock.now())


def every(database: Database, home: Publication) -> list[Candidate]:
    with database.read() as session:
        rows = candidates.page(session, CandidateFilter(home.id, ()), size=100)
    return sorted(rows, key=lambda each: (each.first_seen, -each.id))  # as the answers name them


def only(database: Database, home: Publication) -> Candidate:
    [candidate] = every(database, home)
    return candidate


def seen_at(database: Database, candidate: Candidate) -> list[int]:
    with database.read() as session:
        return [each.source_id for each in sightings.of_candidates(session, [candidate.id]).get(candidate.id, [])]


def set_to(database: Database, candidate: Candidate, **values: object) -> None:
    with database.write() as session:
        row = candidates.by_id(session, candidate.id)
        for name, value in values.items():
            setattr(row, name, value)


def test_what_is_offered_is_a_candidate_with_its_rank(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab = add_source(database, clock, home, "lab", weight=7)
    at = clock.now() - timedelta(hours=12)
    assert join(
        database, clock, home, (lab, [found(STORY + "?utm_source=x", text="Words.", published=at, points=3)])
    ) == {lab.id: 1}
    one = only(database, home)
    assert (one.key, one.canonical_url, one.url) == ("lab.example/news/story", STORY, STORY + "?utm_source=x")
    assert (one.title, one.text, one.published, one.published_is_seen) == ("A story", "Words.", at, False)
    assert (one.state, one.sightings, one.source_id, one.points) == (CandidateState.NEW, 1, lab.id, 3)
    assert (one.rank_sum, one.rank_parts) == (13.0, [["weight", 7.0], ["recent", 4.0], ["points", 2.0]])


def test_one_address_at_two_sources_is_one_candidate(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab, wire = add_source(database, clock, home, "lab"), add_source(database, clock, home, "wire")
    answers = (
        (lab, [found(STORY)]),
        (wire, [found("http://www.lab.example/news/story/?utm_medium=feed#top", "Other words")]),
    )
    assert join(database, clock, home, *answers) == {lab.id: 1, wire.id: 0}
    one = only(database, home)
    assert (one.title, one.sightings, seen_at(database, one)) == ("A story", 2, [lab.id, wire.id])
    assert ["further sources", 2.0] in one.rank_parts


def test_the_second_source_joins_a_day_later(database: Database, clock: SettableClock, home: Publication) -> None:
    lab, wire = add_source(database, clock, home, "lab"), add_source(database, clock, home, "wire")
    join(database, clock, home, (lab, [found(STORY)]))
    clock.advance(86_400)
    assert join(database, clock, home, (wire, [found(STORY, "Other words")])) == {wire.id: 0}
    one = only(database, home)
    assert (one.title, one.sightings, one.last_seen) == ("A story", 2, clock.now())


def test_doing_it_twice_changes_nothing(database: Database, clock: SettableClock, home: Publication) -> None:
    lab, wire = add_source(database, clock, home, "lab"), add_source(database, clock, home, "wire")
    answers = (lab, [found(STORY), found("https://lab.example/b")]), (wire, [found(STORY)])
    join(database, clock, home, *answers)
    before = [(each.id, each.title, each.sightings, each.rank_sum) for each in every(database, home)]
    assert join(database, clock, home, *answers) == {lab.id: 0, wire.id: 0}
    assert [(each.id, each.title, each.sightings, each.rank_sum) for each in every(database, home)] == before


def test_two_sections_have_each_their_own(database: Database, clock: SettableClock, home: Publication) -> None:
    lab, wire = add_source(database, clock, home, "lab", section="labs"), add_source(database, clock, home, "wire")
    join(database, clock, home, (lab, [found(STORY)]), (wire, [found(STORY)]))
    assert [each.section for each in every(database, home)] == ["labs", "wire"]


def test_titles_alone_never_join(database: Database, clock: SettableClock, home: Publication) -> None:
    lab, wire = add_source(database, clock, home, "lab"), add_source(database, clock, home, "wire")
    join(database, clock, home, (lab, [found(STORY)]), (wire, [found("https://wire.example/story")]))
    assert len(every(database, home)) == 2


def test_an_edited_story_keeps_its_candidate_with_the_newest_words(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab = add_source(database, clock, home, "lab")
    at = clock.now()
    join(database, clock, home, (lab, [found(STORY, "Ten", published=at, attributes={"by": "Ada"})]))
    clock.advance(3600)
    later = found(STORY, "Eleven", text="More.", published=clock.now(), attributes={"by": "Bea"})
    join(database, clock, home, (lab, [later]))
    one = only(database, home)
    assert (one.title, one.text, one.attributes, one.published) == ("Eleven", "More.", {"by": "Bea"}, at)


def test_a_story_whose_address_changed_is_known_by_its_guid(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab, wire = add_source(database, clock, home, "lab"), add_source(database, clock, home, "wire")
    join(database, clock, home, (lab, [found(STORY, guid="7")]))
    join(database, clock, home, (lab, [found(STORY + "-corrected", "Corrected", guid="7")]))
    one = only(database, home)
    assert (one.title, one.key) == ("Corrected", "lab.example/news/story-corrected")
    join(database, clock, home, (wire, [found(STORY + "-corrected")]))
    assert only(database, home).sightings == 2


@pytest.mark.parametrize(
    "later",
    [
        [found(STORY + "2", guid="7"), found(STORY + "3", guid="7")],  # one guid for many
        [found(STORY, guid="7"), found(STORY + "2", guid="7")],
        [found("https://other.example/story", guid="7")],  # another host
        [found(STORY + "2", guid="")],
    ],
)
def test_a_guid_alone_joins_nothing(
    database: Database, clock: SettableClock, home: Publication, later: list[FoundCandidate]
) -> None:
    lab = add_source(database, clock, home, "lab")
    join(database, clock, home, (lab, [found(STORY, guid="7")]))
    join(database, clock, home, (lab, later))
    assert len(every(database, home)) == len({STORY, *(each.url for each in later)})


def test_a_guid_of_another_source_is_no_ones(database: Database, clock: SettableClock, home: Publication) -> None:
    lab, wire = add_source(database, clock, home, "lab"), add_source(database, clock, home, "wire")
    join(database, clock, home, (lab, [found(STORY, guid="7")]))
    join(database, clock, home, (wire, [found(STORY + "2", guid="7")]))
    assert len(every(database, home)) == 2


def test_a_repository_and_its_address_are_one_across_a_new_name(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    hub = add_source(database, clock, home, "hub", kind=SourceKind.GITHUB)
    wire = add_source(database, clock, home, "wire")
    join(database, clock, home, (hub, [found("https://github.com/Ada/Loom", key="github:12")]))
    join(database, clock, home, (wire, [found("https://github.com/ada/loom.git")]))
    assert (only(database, home).key, only(database, home).sightings) == ("github.com/ada/loom", 2)
    join(database, clock, home, (hub, [found("https://github.com/weavers/loom", "weavers/loom", key="github:12")]))
    assert (only(database, home).key, only(database, home).title) == ("github.com/weavers/loom", "weavers/loom")


@pytest.mark.parametrize(
    "order", [("arxiv", "hf", "hn"), ("hn", "hf", "arxiv"), ("hn", "arxiv", "hf"), ("hn hf arxiv",)]
)
def test_what_ranks_papers_ranks_those_that_are_there_whoever_answers_first(
    database: Database, clock: SettableClock, home: Publication, order: tuple[str, ...]
) -> None:
    arxiv = add_source(database, clock, home, "arxiv", section="papers", kind=SourceKind.ARXIV)
    hf = add_source(database, clock, home, "hf", section="papers", kind=SourceKind.HF_PAPERS)
    hn = add_source(database, clock, home, "hn", section="wire", kind=SourceKind.HACKER_NEWS)
    paper = found(PAPER, "Long abstract", text="Abstract.", attributes={"category": "cs.CL"})
    ranked = found(PAPER, "Short", text="Summary.", points=63, attributes={"upvotes": 63})
    story = found("https://arxiv.org/pdf/2605.01234v2", "Show HN", points=255)
    answers = {"arxiv": (arxiv, [paper]), "hf": (hf, [ranked]), "hn": (hn, [story])}
    for each in (*order, "hf"):
        join(database, clock, home, *[answers[name] for name in each.split()])
    one = only(database, home)
    assert (one.section, one.title, one.text, one.source_id) == ("papers", "Long abstract", "Abstract.", arxiv.id)
    assert (one.attributes, one.points, one.sightings) == ({"category": "cs.CL", "upvotes": 63}, 255, 3)


def test_a_paper_that_nobody_else_offers_is_a_story_of_its_own_section(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    hn = add_source(database, clock, home, "hn", section="wire", kind=SourceKind.HACKER_NEWS)
    join(database, clock, home, (hn, [found(PAPER, "Show HN", points=255)]))
    assert (only(database, home).section, only(database, home).key) == ("wire", "arxiv:2605.01234")


def test_a_paper_that_only_ranks_know_gets_the_words_of_arxiv_when_it_comes(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    arxiv = add_source(database, clock, home, "arxiv", section="papers", kind=SourceKind.ARXIV)
    hf = add_source(database, clock, home, "hf", section="papers", kind=SourceKind.HF_PAPERS)
    join(
        database,
        clock,
        home,
        (
            hf,
            [
                found(
                    "https://huggingface.co/papers/2605.01234",
                    "Short",
                    key="arxiv:2605.01234",
                    text="Summary.",
                    points=4,
                )
            ],
        ),
    )
    assert (only(database, home).source_id, only(database, home).attributes) == (hf.id, {"upvotes": 4})
    join(database, clock, home, (arxiv, [found("https://arxiv.org/abs/2605.01234", "Long", text="Abstract.")]))
    one = only(database, home)
    assert (one.source_id, one.title, one.text, one.attributes) == (arxiv.id, "Long", "Abstract.", {"upvotes": 4})


def test_only_news_is_taken_and_no_more_than_is_wished(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab = add_source(database, clock, home, "lab", keep_days=2, most=3)
    old = found(STORY, published=clock.now() - timedelta(days=2, minutes=1))
    fresh = [found(f"https://lab.example/{n}", published=clock.now() - timedelta(days=1)) for n in range(5)]
    assert join(database, clock, home, (lab, [old, *fresh])) == {lab.id: 3}
    assert [each.url for each in every(database, home)] == [each.url for each in fresh[:3]]
    clock.advance(3 * 86_400)
    assert join(database, clock, home, (lab, [replace(fresh[0], title="Edited")])) == {lab.id: 0}
    assert every(database, home)[0].title == "Edited"


@pytest.mark.parametrize("hours", [None, 2, 24 * 365, -24 * 365 * 40])
def test_a_date_that_cannot_be_is_that_of_the_first_sight(
    database: Database, clock: SettableClock, home: Publication, hours: int | None
) -> None:
    lab = add_source(database, clock, home, "lab")
    published = None if hours is None else clock.now() + timedelta(hours=hours)
    join(database, clock, home, (lab, [found(STORY, published=published)]))
    one = only(database, home)
    assert (one.published, one.published_is_seen) == (clock.now(), True)
    first = clock.now()
    clock.advance(3600)
    join(database, clock, home, (lab, [found(STORY, published=None)]))
    assert only(database, home).published == first
    join(database, clock, home, (lab, [found(STORY, published=first - timedelta(hours=1))]))
    assert (only(database, home).published, only(database, home).published_is_seen) == (
        first - timedelta(hours=1),
        False,
    )


def test_a_clock_that_goes_a_little_wrong_is_believed(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab = add_source(database, clock, home, "lab")
    join(database, clock, home, (lab, [found(STORY, published=clock.now() + timedelta(minutes=59))]))
    assert not only(database, home).published_is_seen


@pytest.mark.parametrize("state", [IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED, IssueState.SENT])
def test_what_an_issue_used_is_never_offered_again(
    database: Database, clock: SettableClock, home: Publication, state: IssueState
) -> None:
    lab = add_source(database, clock, home, "lab")
    issue = add_issue(
        database,
        clock,
        home,
        "first",
        ["http://www.lab.example/news/story/", "https://arxiv.org/abs/2605.01234v1"],
        state,
    )
    answer = [found(STORY), found("https://arxiv.org/abs/2605.01234v2"), found("https://lab.example/new")]
    assert join(database, clock, home, (lab, answer)) == {lab.id: 1}
    states = [(each.state, each.issue_id) for each in every(database, home)]
    assert states == [(CandidateState.USED, issue.id)] * 2 + [(CandidateState.NEW, None)]


@pytest.mark.parametrize("state", [IssueState.DRAFT, IssueState.CANCELLED])
def test_what_a_draft_or_a_cancelled_issue_has_may_still_be_offered(
    database: Database, clock: SettableClock, home: Publication, state: IssueState
) -> None:
    lab = add_source(database, clock, home, "lab")
    add_issue(database, clock, home, "first", [STORY], state)
    assert join(database, clock, home, (lab, [found(STORY)])) == {lab.id: 1}


def test_another_publication_has_its_own(database: Database, clock: SettableClock, home: Publication) -> None:
    other = add_publication(database, clock, "weekly")
    lab, theirs = add_source(database, clock, home, "lab"), add_source(database, clock, other, "lab")
    add_issue(database, clock, other, "first", [STORY], IssueState.SENT)
    join(database, clock, home, (lab, [found(STORY)]))
    join(database, clock, other, (theirs, [found(STORY)]))
    assert (only(database, home).state, only(database, other).state) == (CandidateState.NEW, CandidateState.USED)


@pytest.mark.parametrize("state", [CandidateState.USED, CandidateState.DISMISSED])
def test_the_words_of_what_somebody_has_taken_stay(
    database: Database, clock: SettableClock, home: Publication, state: CandidateState
) -> None:
    lab = add_source(database, clock, home, "lab")
    join(database, clock, home, (lab, [found(STORY, "Before", guid="7")]))
    set_to(database, only(database, home), state=state)
    join(database, clock, home, (lab, [found(STORY + "-moved", "After", guid="7")]))
    one = only(database, home)
    assert (one.title, one.state, one.key) == ("Before", state, "lab.example/news/story")


def test_what_stands_in_a_draft_keeps_its_words_and_counts_on(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab = add_source(database, clock, home, "lab")
    join(database, clock, home, (lab, [found(STORY, "Before", points=1)]))
    issue = add_issue(database, clock, home, "first", [], IssueState.DRAFT)
    set_to(database, only(database, home), state=CandidateState.SHORTLISTED, issue_id=issue.id)
    join(database, clock, home, (lab, [found(STORY, "After", points=9)]))
    assert (only(database, home).title, only(database, home).points) == ("Before", 9)


def test_hostile_values_are_kept_out(database: Database, clock: SettableClock, home: Publication) -> None:
    lab = add_source(database, clock, home, "lab")
    hostile = FoundCandidate(
        key="guid:\0x" * 200,
        title="NUL \0 and half \ud800",
        text="\0",
        guid="\0" * 400,
        points=10**30,
        attributes={"n": float("nan"), "i": float("inf"), "s\0": "\ud800", "l": ["\0"]},
    )
    join(database, clock, home, (lab, [hostile, hostile, FoundCandidate("", "No key"), FoundCandidate("x", "\0")]))
    one = only(database, home)
    assert (one.title, one.points, one.attributes) == ("NUL  and half ?", None, {"s": "?", "l": [""]})
    assert len(one.key) <= 300


def test_among_equals_what_an_answer_names_first_stands_first(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    lab = add_source(database, clock, home, "lab")
    join(database, clock, home, (lab, [found(f"https://lab.example/{word}", word) for word in ("first", "second")]))
    with database.read() as session:
        rows = candidates.open_in(session, home.id, "wire", limit=10)
    assert rows[0].rank_sum == rows[1].rank_sum
    assert [each.title for each in rows] == ["first", "second"]
