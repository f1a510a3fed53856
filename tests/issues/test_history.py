"""Whatever stores a text of an issue leaves a revision; any two can be compared, and each can be had again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import InputError, NotFoundError
from newsletter.issues.deleting import KEPT_FOR, Deleting
from newsletter.issues.differences import Sort
from newsletter.issues.editing import Editing
from newsletter.issues.history import History
from newsletter.issues.renaming import Renaming
from newsletter.issues.working_copies import TypedText, WorkingCopies
from newsletter.model import Issue, IssueRevision
from newsletter.model.revisions import RevisionOrigin
from newsletter.store.database import Database
from newsletter.store.issues import issues, revisions
from tests.issues import changes
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR, able
from tests.parts.changes import Change
from tests.web.scene import Scene

CHANGES = [each for each in changes.CHANGES if "rename_publication" not in each.name]


@pytest.fixture
def editing(database: Database, clock: SettableClock) -> Editing:
    add_publication(database)
    return Editing(database, clock)


@pytest.fixture
def history(database: Database, editing: Editing) -> History:
    return History(database, editing)


def page(history: History, issue_id: int, *, before: int | None, limit: int) -> Sequence[IssueRevision]:
    with history.database.read() as session:
        return revisions.page(session, issue_id, before=before, limit=limit)


def imported(editing: Editing) -> Issue:
    return editing.import_issue(issue_text(), source="a file", by=OPERATOR)


def save(editing: Editing, issue: Issue, old: str, new: str) -> Issue:
    text = issue.source.replace(old, new)
    assert text != issue.source
    return editing.save(issue.id, text=text, revision=issue.revision, by=OPERATOR)


@pytest.mark.parametrize("change", CHANGES, ids=[change.name for change in CHANGES])
def test_after_every_change_of_the_room_the_text_of_each_draft_stands_in_its_history(
    scene: Scene, change: Change
) -> None:
    change.prepare(scene)
    before = _texts(scene)
    change.do(scene, able(change.right))
    after = _texts(scene)
    touched = {key: text for key, text in after.items() if before.get(key) != text}
    with scene.database.read() as session:
        for (issue_id, number), text in touched.items():
            assert revisions.unpacked(revisions.get(session, issue_id, number).body) == text
        for (issue_id, number), text in before.items():  # nor is what stood there before lost
            if (issue_id, number) not in after and (issue_id, number + 1) in after:
                assert revisions.unpacked(revisions.get(session, issue_id, number).body) == text


def _texts(scene: Scene) -> dict[tuple[int, int], str]:
    with scene.database.read() as session:
        return {(each.id, each.revision): each.source for each in issues.list_for(session, limit=1000)}


@pytest.fixture
def scene(database: Database, clock: SettableClock, tmp_path: object) -> Scene:
    return Scene(database, clock, tmp_path)  # type: ignore[arg-type]


def test_revisions_say_who_stored_what_and_how_much_was_changed(editing: Editing, history: History) -> None:
    issue = save(editing, imported(editing), "It opens in spring.", "It opens in late autumn.")
    newest, first = page(history, issue.id, before=None, limit=10)
    assert (newest.number, newest.added, newest.removed) == (2, 2, 1)
    assert (newest.name, newest.person, newest.origin) == ("tests", OPERATOR.person, RevisionOrigin.TYPED)
    assert (first.number, first.removed, first.origin) == (1, 0, RevisionOrigin.IMPORTED)
    assert [each.number for each in page(history, issue.id, before=2, limit=10)] == [1]


def test_a_text_from_before_its_history_is_noted_when_it_is_changed(
    database: Database, editing: Editing, history: History
) -> None:
    issue = imported(editing)
    with database.write() as session:
        revisions.forget_issues(session, [issue.id])
    changed = save(editing, issue, "spring", "autumn")
    assert [each.origin for each in page(history, issue.id, before=None, limit=10)] == [
        RevisionOrigin.TYPED,
        RevisionOrigin.FOUND,
    ]
    assert history.version(changed, "1").text == issue_text()


def test_an_earlier_text_is_stored_again_as_a_new_revision(editing: Editing, history: History) -> None:
    issue = save(editing, imported(editing), "spring", "autumn")
    restored = history.restore(issue.id, 1, revision=2, by=OPERATOR)
    assert (restored.revision, restored.source) == (3, issue_text())
    assert page(history, issue.id, before=None, limit=1)[0].origin is RevisionOrigin.RESTORED
    assert history.version(restored, "2").text == issue.source


def test_what_was_changed_is_told_by_words(editing: Editing, history: History) -> None:
    issue = save(editing, imported(editing), "spring", "autumn")
    for told in (history.compare(issue, "", "2"), history.compare(issue, "1", "now")):
        differing = [each.words for each in told.stretches if each.sort in (Sort.REMOVED, Sort.ADDED)]
        assert differing == ["spring", "autumn"]
    assert history.compare(issue, "", "1").one.title == "nothing"
    assert history.compare(issue, "2", "2").stretches == []


def test_an_issue_is_compared_with_the_last_that_was_sent(
    database: Database, clock: SettableClock, editing: Editing, history: History
) -> None:
    sent, issue = imported(editing), editing.import_issue(issue_text("2026-01-03"), source="x", by=OPERATOR)
    with pytest.raises(NotFoundError, match="no other issue was sent"):
        history.compare(issue, "sent", "now")
    with database.write() as session:
        issues.by_id(session, sent.id).published_at = clock.now()
    told = history.compare(issue, "sent", "now")
    assert "2026-01-02" in told.one.title
    assert [each.words for each in told.stretches if each.sort is Sort.ADDED] == ["03"]


def test_what_somebody_typed_is_compared_with_what_is_stored(
    database: Database, clock: SettableClock, editing: Editing, history: History
) -> None:
    issue, copies = imported(editing), WorkingCopies(database, clock)
    copies.keep(issue.id, TypedText("a1", 1, issue.source + "\nMore.\n"), who=OPERATOR)
    (kept,) = copies.of(issue.id)
    told = history.compare(issue, "", f"copy-{kept.id}")
    assert [each.words.strip() for each in told.stretches if each.sort is Sort.ADDED] == ["More."]


@pytest.mark.parametrize("word", ["x", "copy-", "-1", "1 ", "٣"])
def test_a_word_that_names_no_version_is_refused(editing: Editing, history: History, word: str) -> None:
    with pytest.raises(InputError):
        history.version(imported(editing), word)


@pytest.mark.parametrize("word", ["77", "copy-77"])
def test_a_version_that_is_not_kept_is_not_found(editing: Editing, history: History, word: str) -> None:
    with pytest.raises(NotFoundError):
        history.version(imported(editing), word)


def test_a_deleted_draft_comes_back_with_its_history_and_takes_it_along_when_it_is_gone_for_good(
    database: Database, clock: SettableClock, editing: Editing, history: History
) -> None:
    issue, deleting = save(editing, imported(editing), "spring", "autumn"), Deleting(database, clock)
    deleting.delete(issue.id, by=OPERATOR)
    deleting.restore(issue.id, slug="another", by=OPERATOR)
    assert [each.number for each in page(history, issue.id, before=None, limit=9)] == [3, 2, 1]
    deleting.delete(issue.id, by=OPERATOR)
    clock.advance(KEPT_FOR.total_seconds() + 1)
    deleting.purge()
    assert page(history, issue.id, before=None, limit=9) == []


def test_a_draft_that_is_renamed_has_a_revision_more(
    database: Database, clock: SettableClock, editing: Editing, history: History
) -> None:
    issue = imported(editing)
    Renaming(database, clock).rename_issue(issue.id, "draft-renamed", by=OPERATOR)
    assert [each.origin for each in page(history, issue.id, before=None, limit=9)] == [
        RevisionOrigin.RENAMED,
        RevisionOrigin.IMPORTED,
    ]
