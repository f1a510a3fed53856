"""Who saves on an older revision saves together with what was stored meanwhile, and is asked where both changed the same."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, DocumentError
from newsletter.issues.editing import Editing
from newsletter.issues.saving import Edit, Saving, TouchingError, UnreadableTogetherError
from newsletter.model import Issue
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues, revisions
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR, able

TEXT = issue_text()
ANN, BOB = able(Right.WRITE, editor_id=1), able(Right.WRITE, editor_id=2)
SPRING, SWELLS = "It opens in spring.", "When two swells cross."


@pytest.fixture
def issue(database: Database, clock: SettableClock) -> Issue:
    add_publication(database)
    return Editing(database, clock).import_issue(TEXT, source="a file", by=OPERATOR)


@pytest.fixture
def saving(database: Database, clock: SettableClock) -> Saving:
    return Saving(database, Editing(database, clock))


def stored(database: Database, issue: Issue) -> Issue:
    with database.read() as session:
        return issues.by_id(session, issue.id)


def test_changes_of_two_people_that_do_not_touch_are_both_stored(
    database: Database, saving: Saving, issue: Issue
) -> None:
    saving.save(issue.id, Edit(TEXT.replace(SPRING, "Bob's."), 1), by=BOB)
    saved = saving.save(issue.id, Edit(TEXT.replace(SWELLS, "Ann's."), 1), by=ANN)
    assert saved.together == BOB.name
    assert saved.issue.revision == 3
    assert saved.issue.source == TEXT.replace(SPRING, "Bob's.").replace(SWELLS, "Ann's.")
    with database.read() as session:
        assert revisions.get(session, issue.id, 3).origin is RevisionOrigin.MERGED


def test_an_item_that_one_moved_and_the_other_changed_is_changed_at_its_new_place(saving: Saving, issue: Issue) -> None:
    item = "### [A new pier]" + TEXT.partition("### [A new pier]")[2].partition("## ")[0]
    assert SPRING in item
    moved = TEXT.replace(item, "").rstrip("\n") + f"\n\n{item.rstrip()}\n"
    saving.save(issue.id, Edit(moved, 1), by=BOB)
    saved = saving.save(issue.id, Edit(TEXT.replace(SPRING, "Ann's."), 1), by=ANN)
    assert saved.issue.source == moved.replace(SPRING, "Ann's.")


def test_where_both_changed_the_same_nothing_is_stored_until_it_is_chosen(
    database: Database, saving: Saving, issue: Issue
) -> None:
    saving.save(issue.id, Edit(TEXT.replace(SPRING, "Bob's."), 1), by=BOB)
    mine = TEXT.replace(SPRING, "Ann's.").replace(SWELLS, "Ann's, too.")
    with pytest.raises(TouchingError) as caught:
        saving.save(issue.id, Edit(mine, 1), by=ANN)
    (place,) = caught.value.found.places
    assert (place.mine, place.theirs) == (("Ann's.",), ("Bob's.",))
    assert stored(database, issue).revision == 2
    saved = saving.save(issue.id, Edit(mine, 1, {place.key: "both"}), by=ANN)
    assert saved.issue.source == mine.replace("Ann's.\n", "Ann's.\nBob's.\n", 1)


def test_without_the_text_that_was_begun_from_every_difference_is_asked_about(
    database: Database, saving: Saving, issue: Issue
) -> None:
    saving.save(issue.id, Edit(TEXT.replace(SPRING, "Bob's."), 1), by=BOB)
    with database.write() as session:
        revisions.forget_issues(session, [issue.id])
    with pytest.raises(TouchingError) as caught:
        saving.save(issue.id, Edit(TEXT.replace(SWELLS, "Ann's."), 1), by=ANN)
    assert len(caught.value.found.places) == 2


def test_two_texts_that_cannot_be_read_together_are_given_back_in_one(
    database: Database, saving: Saving, issue: Issue
) -> None:
    """Both add an item under one key, far apart: each text can be read, and both in one cannot."""
    one, other = "### [A](https://a.example/) {#twin}", "### [B](https://b.example/) {#twin}"
    saving.save(issue.id, Edit(TEXT.replace("### [A new pier]", f"{one}\n\n### [A new pier]"), 1), by=BOB)
    mine = TEXT.replace(SPRING, f"{SPRING}\n\n{other}")
    with pytest.raises(UnreadableTogetherError) as caught:
        saving.save(issue.id, Edit(mine, 1), by=ANN)
    assert isinstance(caught.value.error, DocumentError)
    assert one in caught.value.text
    assert other in caught.value.text
    assert stored(database, issue).revision == 2


def test_an_answer_that_got_lost_is_no_conflict(saving: Saving, issue: Issue) -> None:
    edit = Edit(TEXT.replace(SPRING, "Ann's."), 1)
    first = saving.save(issue.id, edit, by=ANN)
    again = saving.save(issue.id, edit, by=ANN)
    assert (again.issue.revision, again.issue.source) == (first.issue.revision, first.issue.source)


def test_what_is_no_draft_takes_nothing(database: Database, saving: Saving, issue: Issue) -> None:
    with database.write() as session:
        issues.by_id(session, issue.id).state = IssueState.SENT
    with pytest.raises(ConflictError, match="only a draft"):
        saving.save(issue.id, Edit(TEXT.replace(SPRING, "Ann's."), 1), by=ANN)
