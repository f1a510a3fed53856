"""Old revisions are thinned out, and none that somebody may still need."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.issues.thinning import ALL_FOR, HOURLY_FOR, THIN_SECONDS, HistoryRounds, to_thin
from newsletter.issues.working_copies import KEPT_FOR, TypedText, WorkingCopies
from newsletter.model import Approval, Issue
from newsletter.store.database import Database
from newsletter.store.issues import revisions
from newsletter.store.issues.revisions import RevisionMoment
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR

NOW = datetime.fromisoformat("2026-05-09T07:00:00+00:00")


def saved(editing: Editing, clock: SettableClock, times: int, every: timedelta) -> Issue:
    issue = editing.import_issue(issue_text(), source="a file", by=OPERATOR)
    for number in range(times):
        clock.advance(every.total_seconds())
        text = f"{issue_text()}\nLine {number}.\n"
        issue = editing.save(issue.id, text=text, revision=issue.revision, by=OPERATOR)
    return issue


def numbers(database: Database, issue: Issue) -> list[int]:
    with database.read() as session:
        return [each.number for each in revisions.page(session, issue.id, before=None, limit=100)][::-1]


def test_the_last_day_stays_whole_then_the_last_of_an_hour_then_the_last_of_a_day(
    database: Database, clock: SettableClock
) -> None:
    add_publication(database)
    issue = saved(Editing(database, clock), clock, 6, timedelta(seconds=1))
    rounds = HistoryRounds(database, clock, WorkingCopies(database, clock))
    assert rounds.thin() == 0
    clock.advance(ALL_FOR.total_seconds())
    rounds.tick()
    assert numbers(database, issue) == [1, 7]


def test_what_was_approved_or_typed_on_stays(database: Database, clock: SettableClock) -> None:
    add_publication(database)
    issue, copies = saved(Editing(database, clock), clock, 6, timedelta(seconds=1)), WorkingCopies(database, clock)
    with database.write() as session:
        session.add(Approval(issue_id=issue.id, revision=3, person="x", name="x", at=clock.now()))
    clock.advance(ALL_FOR.total_seconds())
    copies.keep(issue.id, TypedText("a1", 5, "typed"), who=OPERATOR)
    HistoryRounds(database, clock, copies).tick()
    assert numbers(database, issue) == [1, 3, 5, 7]


def test_a_round_does_it_now_and_then(database: Database, clock: SettableClock) -> None:
    add_publication(database)
    issue, copies = saved(Editing(database, clock), clock, 2, timedelta(seconds=1)), WorkingCopies(database, clock)
    rounds = HistoryRounds(database, clock, copies)
    rounds.tick()
    copies.keep(issue.id, TypedText("a1", 2, "typed"), who=OPERATOR)
    clock.advance(THIN_SECONDS - 1)
    rounds.tick()
    assert copies.of(issue.id)
    clock.advance(KEPT_FOR.total_seconds() + 1)
    rounds.tick()
    assert not copies.of(issue.id)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40 * 86400)), max_size=40))
def test_thinning_keeps_the_first_and_the_last_of_each_and_one_of_every_span(rows: list[tuple[int, int]]) -> None:
    found: list[RevisionMoment] = []
    for issue_id in sorted({issue for issue, _ in rows}):
        ages = sorted((age for issue, age in rows if issue == issue_id), reverse=True)
        found += [RevisionMoment(issue_id, n, NOW - timedelta(seconds=age)) for n, age in enumerate(ages, 1)]
    spare = set(to_thin(found, NOW))
    kept = [each for each in found if each not in spare]
    assert not to_thin(kept, NOW), "a second time nothing is left to thin"
    for each in found:
        assert each in kept or NOW - each.at >= ALL_FOR
        same = [other for other in kept if other.issue_id == each.issue_id]
        assert same[0].number == 1
        near = NOW - each.at < HOURLY_FOR
        span = timedelta(hours=1) if near else timedelta(days=1)
        assert any(timedelta() <= other.at - each.at < span for other in same)
