"""A copy is a draft of today; a draft that is moved has another date, and a slug that fits it."""

from __future__ import annotations

from datetime import date

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError
from newsletter.issues.editing import Editing
from newsletter.issues.rearranging import Rearranging
from newsletter.model import Issue
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR


@pytest.fixture
def rearranging(database: Database, clock: SettableClock) -> Rearranging:
    add_publication(database)
    return Rearranging(database, clock)


def stored(database: Database, issue_id: int) -> Issue:
    with database.read() as session:
        return issues.by_id(session, issue_id)


def add(rearranging: Rearranging, slug: str = "2026-01-01") -> Issue:
    return Editing(rearranging.database, rearranging.clock).import_issue(issue_text(slug), source="x.md", by=OPERATOR)


def test_a_copy_has_the_text_and_is_dated_today(rearranging: Rearranging, clock: SettableClock) -> None:
    issue, today = add(rearranging, "springs"), clock.now().date()
    copied = rearranging.duplicate(issue.id, by=OPERATOR)
    assert (copied.state, copied.dated, copied.slug, copied.revision) == (IssueState.DRAFT, today, today.isoformat(), 1)
    assert copied.subject == issue.subject
    assert copied.source.partition("\n---\n")[2] == issue.source.partition("\n---\n")[2]


def test_a_second_copy_of_one_day_gets_a_slug_of_its_own(rearranging: Rearranging, clock: SettableClock) -> None:
    issue = add(rearranging, "springs")
    slugs = [rearranging.duplicate(issue.id, by=OPERATOR).slug for _ in range(3)]
    today = clock.now().date().isoformat()
    assert slugs == [today, f"{today}-2", f"{today}-3"]


def test_a_draft_that_is_moved_keeps_all_but_its_date_and_the_slug_that_was_it(rearranging: Rearranging) -> None:
    issue = add(rearranging)
    moved = rearranging.move(issue.id, date(2026, 2, 3), by=OPERATOR)
    assert (moved.dated, moved.slug, moved.revision) == (date(2026, 2, 3), "2026-02-03", 2)
    assert moved.source == issue.source.replace("2026-01-01", "2026-02-03")


def test_a_slug_of_words_and_one_that_would_be_taken_stay(rearranging: Rearranging) -> None:
    named, dated = add(rearranging, "springs"), add(rearranging)
    add(rearranging, "2026-02-03")
    assert rearranging.move(named.id, date(2026, 2, 3), by=OPERATOR).slug == "springs"
    assert rearranging.move(dated.id, date(2026, 2, 3), by=OPERATOR).slug == "2026-01-01"


def test_moving_to_the_day_it_has_changes_nothing(rearranging: Rearranging) -> None:
    issue = add(rearranging)
    assert rearranging.move(issue.id, issue.dated, by=OPERATOR).revision == 1


def test_what_is_no_draft_and_a_day_too_far_away_are_refused(rearranging: Rearranging) -> None:
    issue = add(rearranging)
    for day in (date(9999, 1, 1), date(1, 1, 1), date(1989, 12, 31)):
        with pytest.raises(InputError, match="too far away"):
            rearranging.move(issue.id, day, by=OPERATOR)
    with rearranging.database.write() as session:
        issues.by_id(session, issue.id).state = IssueState.SENT
    with pytest.raises(ConflictError):
        rearranging.move(issue.id, date(2026, 2, 3), by=OPERATOR)
    assert stored(rearranging.database, issue.id).revision == 1
