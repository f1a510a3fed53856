"""What is typed is kept beside the issue, readable or not; and those who write there see one another."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ForbiddenError, InputError, NotFoundError
from newsletter.issues.editing import Editing
from newsletter.issues.working_copies import MOST, PRESENT_FOR, TypedText, WorkingCopies
from newsletter.model import Issue
from newsletter.model.file_limits import MAX_OCTETS
from newsletter.model.rights import Right
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR, able

ANN, BOB = able(Right.WRITE, editor_id=1), able(Right.WRITE, editor_id=2)
UNREADABLE = "---\nno issue \ud800\x00 at all"


@pytest.fixture
def issue(database: Database, clock: SettableClock) -> Issue:
    add_publication(database)
    return Editing(database, clock).import_issue(issue_text(), source="a file", by=OPERATOR)


@pytest.fixture
def copies(database: Database, clock: SettableClock) -> WorkingCopies:
    return WorkingCopies(database, clock)


def kept(copies: WorkingCopies, issue: Issue) -> list[str]:
    return [copies.find(issue.id, each.id)[1] for each in copies.of(issue.id)]


def test_a_text_is_kept_whatever_it_is_and_the_issue_stays_as_it_was(
    database: Database, copies: WorkingCopies, issue: Issue
) -> None:
    copies.keep(issue.id, TypedText("a1", 1, UNREADABLE), who=ANN)
    assert kept(copies, issue) == [UNREADABLE]
    with database.read() as session:
        same = issues.by_id(session, issue.id)
    assert (same.source, same.revision) == (issue.source, issue.revision)


def test_each_page_has_a_text_of_its_own_and_the_newer_one_takes_the_place_of_the_older(
    copies: WorkingCopies, clock: SettableClock, issue: Issue
) -> None:
    for page, text in (("a1", "one"), ("b2", "two"), ("a1", "three")):
        clock.advance(1)
        copies.keep(issue.id, TypedText(page, 1, text), who=ANN)
    clock.advance(1)
    copies.keep(issue.id, TypedText("a1", 1, "of Bob"), who=BOB)
    assert kept(copies, issue) == ["of Bob", "three", "two"]


@pytest.mark.parametrize("typed", [TypedText("a1", 1, None, stored=True), TypedText("a1", 1, issue_text())])
def test_what_is_stored_is_kept_no_more(copies: WorkingCopies, issue: Issue, typed: TypedText) -> None:
    copies.keep(issue.id, TypedText("a1", 1, "typed"), who=ANN)
    copies.keep(issue.id, typed, who=ANN)
    assert kept(copies, issue) == []


def test_a_sign_of_life_leaves_what_is_kept(copies: WorkingCopies, issue: Issue) -> None:
    copies.keep(issue.id, TypedText("a1", 1, "typed"), who=ANN)
    copies.keep(issue.id, TypedText("a1", 1, None), who=ANN)
    assert kept(copies, issue) == ["typed"]


def test_the_newest_are_kept_and_no_more_than_so_many(
    copies: WorkingCopies, clock: SettableClock, issue: Issue
) -> None:
    for number in range(MOST + 3):
        clock.advance(1)
        copies.keep(issue.id, TypedText(f"p{number}", 1, f"typed {number}"), who=ANN)
    assert len(copies.of(issue.id)) == MOST
    assert kept(copies, issue)[0] == f"typed {MOST + 2}"


def test_those_who_have_it_open_see_each_other_and_not_themselves(
    copies: WorkingCopies, clock: SettableClock, issue: Issue
) -> None:
    alone = copies.keep(issue.id, TypedText("a1", 1, "typed"), who=ANN)
    assert alone.others == []
    seen = copies.keep(issue.id, TypedText("b1", 1, None), who=BOB).others
    assert [(each.person, each.typed) for each in seen] == [(ANN.person, True)]
    assert [each.person for each in copies.others(issue.id, who=ANN)] == [BOB.person]
    clock.advance(PRESENT_FOR.total_seconds())
    assert copies.others(issue.id, who=ANN) == []


def test_only_who_may_write_has_a_text_kept(copies: WorkingCopies, issue: Issue) -> None:
    with pytest.raises(ForbiddenError):
        copies.keep(issue.id, TypedText("a1", 1, "typed"), who=able(Right.READ))
    assert kept(copies, issue) == []


@pytest.mark.parametrize(
    "typed", [TypedText("A b", 1, "x"), TypedText("", 1, "x"), TypedText("a", 1, "x" * (MAX_OCTETS + 1))]
)
def test_a_page_without_a_lawful_name_and_a_text_too_large_are_refused(
    copies: WorkingCopies, issue: Issue, typed: TypedText
) -> None:
    with pytest.raises(InputError):
        copies.keep(issue.id, typed, who=ANN)


def test_one_lets_go_of_ones_own_text_and_of_no_other(copies: WorkingCopies, issue: Issue) -> None:
    copies.keep(issue.id, TypedText("a1", 1, "typed"), who=ANN)
    (copy,) = copies.of(issue.id)
    copies.discard(issue.id, copy.id, who=BOB)
    assert copies.find(issue.id, copy.id)[1] == "typed"
    copies.discard(issue.id, copy.id, who=ANN)
    with pytest.raises(NotFoundError):
        copies.find(issue.id, copy.id)
