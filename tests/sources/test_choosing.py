"""Editors keep, dismiss, join and take apart, one or many at once, and everything can be undone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import Candidate, Publication, Source
from newsletter.model.states import CandidateState, IssueState
from newsletter.sources import joining
from newsletter.sources.choosing import MOST, Choosing
from newsletter.sources.found import FoundCandidate
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.sources import candidates, sightings, sources
from newsletter.store.sources.candidates import CandidateFilter
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_publication
from tests.sources.rows import add_issue, add_source
from tests.sources.test_joining import found

NEW, SHORTLISTED, DISMISSED, USED = (
    CandidateState.NEW,
    CandidateState.SHORTLISTED,
    CandidateState.DISMISSED,
    CandidateState.USED,
)
ONE, TWO, THREE = (f"https://{name}.example/story" for name in ("one", "two", "three"))


@dataclass
class Table:
    """Three sources, each of which offers a story of its own."""

    database: Database
    clock: SettableClock
    home: Publication
    sources: list[Source]
    choosing: Choosing

    def offer(self, number: int, *found: FoundCandidate) -> None:
        with self.database.write() as session:
            joining.join(session, self.home.id, [(self.sources[number], found)], now=self.clock.now())

    def rows(self) -> list[Candidate]:
        with self.database.read() as session:
            everything = [each.id for each in candidates.page(session, CandidateFilter(self.home.id, ()), size=100)]
            return candidates.by_ids(session, everything)

    def row(self, candidate_id: int) -> Candidate:
        with self.database.read() as session:
            return candidates.by_id(session, candidate_id)

    def seen(self, candidate_id: int) -> list[int]:
        with self.database.read() as session:
            return [each.id for each in sightings.all_of(session, candidate_id)]

    def acts(self) -> list[str]:
        with self.database.read() as session:
            return [entry.action for entry in audit.page(session, limit=100)][::-1]


@pytest.fixture
def table(database: Database, clock: SettableClock) -> Table:
    home = add_publication(database, clock)
    sources = [add_source(database, clock, home, name) for name in ("one", "two", "three")]
    made = Table(database, clock, home, sources, Choosing(database, clock))
    for number, url in enumerate((ONE, TWO, THREE)):
        made.offer(number, found(url, f"Story {number}", points=number + 1))
    return made


def shown(table: Table) -> list[tuple[object, ...]]:
    return [(row.id, row.state, row.title, row.sightings, row.points, row.rank_sum) for row in table.rows()]


@pytest.mark.parametrize("wanted", [SHORTLISTED, DISMISSED])
def test_many_are_chosen_at_once_and_put_back(table: Table, wanted: CandidateState) -> None:
    before, ids = shown(table), [row.id for row in table.rows()]
    told = table.choosing.choose([*ids[:2], 999_999], wanted, by=OPERATOR)
    assert told == {ids[0]: NEW, ids[1]: NEW}
    assert [row.state for row in table.rows()] == [wanted, wanted, NEW]
    assert table.choosing.put_back(told, wanted, by=OPERATOR) == ids[:2]
    assert shown(table) == before
    assert table.acts() == [f"candidate.{'shortlist' if wanted is SHORTLISTED else 'dismiss'}", "candidate.undo"]


def test_what_is_shortlisted_stands_higher_and_its_parts_say_so(table: Table) -> None:
    first = table.rows()[0]
    table.choosing.choose([first.id], SHORTLISTED, by=OPERATOR)
    after = table.row(first.id)
    assert after.rank_sum == round(first.rank_sum + 5, 2)
    assert after.rank_parts == [*first.rank_parts, ["shortlisted", 5.0]]


def test_a_shortlisted_one_that_was_dismissed_is_shortlisted_again_by_undo(table: Table) -> None:
    first = table.rows()[0].id
    table.choosing.choose([first], SHORTLISTED, by=OPERATOR)
    told = table.choosing.choose([first], DISMISSED, by=OPERATOR)
    assert told == {first: SHORTLISTED}
    table.choosing.put_back(told, DISMISSED, by=OPERATOR)
    assert table.row(first).state is SHORTLISTED


def test_what_somebody_moved_on_meanwhile_is_not_put_back(table: Table) -> None:
    first, second = (row.id for row in table.rows()[:2])
    told = table.choosing.choose([first, second], DISMISSED, by=OPERATOR)
    table.choosing.choose([first], NEW, by=OPERATOR)
    table.choosing.choose([first], SHORTLISTED, by=OPERATOR)
    assert table.choosing.put_back(told, DISMISSED, by=OPERATOR) == [second]
    assert table.row(first).state is SHORTLISTED
    with pytest.raises(ConflictError, match="nothing is to be undone"):
        table.choosing.put_back(told, DISMISSED, by=OPERATOR)


def test_a_move_that_is_not_drawn_is_refused_and_nothing_written(table: Table) -> None:
    first = table.rows()[0].id
    table.choosing.choose([first], DISMISSED, by=OPERATOR)
    for wanted in (SHORTLISTED, DISMISSED):
        with pytest.raises(ConflictError, match="dismissed cannot become"):
            table.choosing.choose([first], wanted, by=OPERATOR)
    with pytest.raises(InputError, match="by hand"):
        table.choosing.choose([first], USED, by=OPERATOR)
    assert table.acts() == ["candidate.dismiss"]


def test_what_is_not_there_is_told(table: Table) -> None:
    for ids in ([], [999_999]):
        with pytest.raises(NotFoundError):
            table.choosing.choose(ids, DISMISSED, by=OPERATOR)
    with pytest.raises(NotFoundError):
        table.choosing.take_apart([999_999], by=OPERATOR)
    with pytest.raises(InputError, match="too many"):
        table.choosing.choose(range(MOST + 1), DISMISSED, by=OPERATOR)


def test_candidates_of_two_publications_are_not_chosen_together(table: Table) -> None:
    other = add_publication(table.database, table.clock, "weekly")
    source = add_source(table.database, table.clock, other, "one")
    with table.database.write() as session:
        joining.join(session, other.id, [(source, [found(ONE)])], now=table.clock.now())
        theirs = candidates.page(session, CandidateFilter(other.id), size=1)[0].id
    with pytest.raises(InputError, match="several publications"):
        table.choosing.choose([table.rows()[0].id, theirs], DISMISSED, by=OPERATOR)


def test_a_join_by_hand_holds_when_all_are_offered_again_and_can_be_undone(table: Table) -> None:
    one, two, three = (row.id for row in table.rows())
    before = shown(table)
    joined = table.choosing.join([one, two], by=OPERATOR)
    assert joined.candidate_id == one
    assert [row.id for row in table.rows()] == [one, three]
    assert (table.row(one).sightings, table.row(one).points, table.row(one).title) == (2, 2, "Story 0")
    for number, url in enumerate((ONE, TWO)):
        table.offer(number, found(url, f"Story {number}", points=number + 1))
    table.offer(2, found(TWO, "Told by a third"), found(THREE, "Story 2", points=3))
    assert [row.id for row in table.rows()] == [one, three]
    assert table.row(one).sightings == 3
    third = [seen for seen in table.seen(one) if seen not in joined.sighting_ids][-1]
    assert table.choosing.take_apart([*joined.sighting_ids, third], by=OPERATOR) == [two]
    assert [row[:3] for row in shown(table)] == [row[:3] for row in before]
    assert (table.row(one).sightings, table.row(two).sightings) == (1, 2)


def test_what_was_joined_twice_over_still_meets_its_candidate(table: Table) -> None:
    one, two, three = (row.id for row in table.rows())
    table.choosing.join([two, three], by=OPERATOR)
    table.choosing.join([one, two], by=OPERATOR)
    table.offer(0, found(THREE))
    assert ([row.id for row in table.rows()], table.row(one).sightings) == ([one], 3)


def test_what_nobody_offers_any_more_is_not_joined_for_that_could_not_be_undone(table: Table) -> None:
    one, two, three = (row.id for row in table.rows())
    with table.database.write() as session:
        sources.remove(session, table.sources[1])
    for pair in ([one, two], [two, three]):
        with pytest.raises(ConflictError, match="nobody offers one of them"):
            table.choosing.join(pair, by=OPERATOR)
    assert [row.id for row in table.rows()] == [one, two, three], "all of them are still shown"
    assert table.choosing.join([one, three], by=OPERATOR).candidate_id == one


@pytest.mark.parametrize("first", [SHORTLISTED, DISMISSED])
def test_the_one_that_stays_is_the_one_somebody_kept(table: Table, first: CandidateState) -> None:
    one, two, _ = (row.id for row in table.rows())
    chosen = two if first is SHORTLISTED else one
    table.choosing.choose([chosen], first, by=OPERATOR)
    assert table.choosing.join([one, two], by=OPERATOR).candidate_id == two


def test_what_cannot_be_joined_is_refused(table: Table) -> None:
    one, two, three = (row.id for row in table.rows())
    with pytest.raises(InputError, match="two candidates"):
        table.choosing.join([one], by=OPERATOR)
    with table.database.write() as session:
        candidates.by_id(session, two).section = "labs"
        candidates.by_id(session, three).state = USED
    for pair, error in (([one, two], InputError), ([one, three], ConflictError)):
        with pytest.raises(error):
            table.choosing.join(pair, by=OPERATOR)
    assert table.acts() == []


def test_a_sighting_that_was_joined_by_address_is_taken_apart_for_good(table: Table) -> None:
    one = table.rows()[0].id
    table.offer(1, found(ONE, "Another thing under this address"))
    taken = table.seen(one)[1]
    [apart] = table.choosing.take_apart([taken], by=OPERATOR)
    table.offer(1, found(ONE, "Another thing, edited"))
    table.offer(0, found(ONE, "Story 0", points=1))
    assert (table.row(apart).title, table.row(apart).sightings, table.row(one).sightings) == (
        "Another thing, edited",
        1,
        1,
    )
    assert table.row(one).title == "Story 0"
    assert table.row(apart).cluster == table.row(one).cluster == one
    assert table.choosing.join([one, apart], by=OPERATOR).candidate_id == one
    assert table.row(one).sightings == 2


def test_the_last_sighting_stays(table: Table) -> None:
    one = table.rows()[0].id
    with pytest.raises(ConflictError, match="nothing would be left"):
        table.choosing.take_apart(table.seen(one), by=OPERATOR)


def test_a_candidate_whose_own_words_are_taken_away_has_those_that_are_left(table: Table) -> None:
    one = table.rows()[0].id
    table.offer(1, found(ONE, "As told elsewhere", text="Words."))
    table.choosing.take_apart(table.seen(one)[:1], by=OPERATOR)
    left = table.row(one)
    assert (left.title, left.text, left.source_id, left.points) == (
        "As told elsewhere",
        "Words.",
        table.sources[1].id,
        None,
    )


def test_what_a_cancelled_issue_had_may_be_had_again(table: Table) -> None:
    one = table.rows()[0].id
    for state, may in ((IssueState.SENT, False), (IssueState.CANCELLED, True)):
        issue = add_issue(
            table.database, table.clock, table.home, str(state), [ONE] if state is IssueState.SENT else [], state
        )
        with table.database.write() as session:
            row = candidates.by_id(session, one)
            row.state, row.issue_id = USED, issue.id
        if not may:
            with pytest.raises(ConflictError):
                table.choosing.choose([one], SHORTLISTED, by=OPERATOR)
            with table.database.write() as session:
                session.delete(session.merge(issue))
    table.choosing.choose([one], SHORTLISTED, by=OPERATOR)
    assert (table.row(one).state, table.row(one).issue_id) == (SHORTLISTED, None)
