"""Issues are written whole or not at all, and nobody writes over another's work unknowingly."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, DocumentError, InputError, NotFoundError
from newsletter.issues import editing
from newsletter.issues.editing import Editing
from newsletter.model import Issue
from newsletter.model.document import Document
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_publication


def _count(database: Database) -> int:
    with database.read() as session:
        return len(issues.list_for(session))


def _set_state(database: Database, issue: Issue, state: IssueState) -> None:
    with database.write() as session:
        issues.by_id(session, issue.id).state = state


def test_a_file_becomes_a_draft_kept_as_typed(database: Database, clock: SettableClock) -> None:
    add_publication(database)
    text = issue_text().replace("It opens", "It   opens")
    issue = Editing(database, clock).import_issue(text.encode(), source="x.md", by=OPERATOR)
    assert (issue.state, issue.revision, issue.slug) == (IssueState.DRAFT, 1, "2026-01-02")
    assert issue.source == text
    assert Document.model_validate(issue.content).sections[0].items[0].title == "A new pier"


def test_a_second_import_replaces_the_draft(database: Database, clock: SettableClock) -> None:
    add_publication(database)
    first = Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    second = Editing(database, clock).import_issue(issue_text(subject="Another"), source="x.md", by=OPERATOR)
    assert (second.id, second.revision, second.subject) == (first.id, 2, "Another")


def test_a_file_that_cannot_be_read_leaves_nothing(database: Database, clock: SettableClock) -> None:
    add_publication(database)
    broken = issue_text().replace("kind=papers", "kind=novels")
    with pytest.raises(DocumentError) as caught:
        Editing(database, clock).import_issue(broken, source="x.md", by=OPERATOR)
    assert caught.value.line == broken.splitlines().index(next(x for x in broken.splitlines() if "novels" in x)) + 1
    assert _count(database) == 0


def test_an_unknown_publication_is_not_found(database: Database, clock: SettableClock) -> None:
    with pytest.raises(NotFoundError):
        Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)


@pytest.mark.parametrize("slug", ["all", "subscribe", "search"])
def test_a_slug_that_is_an_address_of_the_archive_is_refused(
    sqlite_database: Database, clock: SettableClock, slug: str
) -> None:
    add_publication(sqlite_database)
    with pytest.raises(InputError):
        Editing(sqlite_database, clock).import_issue(issue_text(slug), source="x.md", by=OPERATOR)
    assert _count(sqlite_database) == 0


@pytest.mark.parametrize("state", [state for state in IssueState if state is not IssueState.DRAFT])
def test_only_a_draft_can_be_changed(sqlite_database: Database, clock: SettableClock, state: IssueState) -> None:
    add_publication(sqlite_database)
    issue = Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    _set_state(sqlite_database, issue, state)
    changed = issue_text(subject="Too late")
    for attempt in (
        lambda: Editing(sqlite_database, clock).import_issue(changed, source="x.md", by=OPERATOR),
        lambda: Editing(sqlite_database, clock).save(issue.id, text=changed, revision=1, by=OPERATOR),
    ):
        with pytest.raises(ConflictError) as caught:
            attempt()
        assert state in caught.value.what
        assert caught.value.remedy


def test_a_save_on_an_old_revision_is_told_so_and_changes_nothing(database: Database, clock: SettableClock) -> None:
    add_publication(database)
    issue = Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    mine = Editing(database, clock).save(issue.id, text=issue_text(subject="Mine"), revision=1, by=OPERATOR)
    with pytest.raises(ConflictError, match="revision 1, it is at 2"):
        Editing(database, clock).save(issue.id, text=issue_text(subject="Theirs"), revision=1, by=OPERATOR)
    with database.read() as session:
        assert issues.by_id(session, issue.id).subject == mine.subject == "Mine"


def test_a_save_that_changes_nothing_keeps_the_revision(sqlite_database: Database, clock: SettableClock) -> None:
    add_publication(sqlite_database)
    issue = Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    saved = Editing(sqlite_database, clock).save(issue.id, text=issue_text(), revision=1, by=OPERATOR)
    assert saved.revision == 1


def test_a_slug_that_is_taken_is_a_conflict(database: Database, clock: SettableClock) -> None:
    add_publication(database)
    Editing(database, clock).import_issue(issue_text("first"), source="x.md", by=OPERATOR)
    second = Editing(database, clock).import_issue(issue_text("second"), source="x.md", by=OPERATOR)
    with pytest.raises(ConflictError, match="'first'"):
        Editing(database, clock).save(second.id, text=issue_text("first"), revision=1, by=OPERATOR)


def test_an_issue_stays_with_its_publication(sqlite_database: Database, clock: SettableClock) -> None:
    add_publication(sqlite_database)
    add_publication(sqlite_database, "ebb")
    issue = Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    moved = issue_text().replace("publication: tide", "publication: ebb")
    with pytest.raises(InputError, match="publication"):
        Editing(sqlite_database, clock).save(issue.id, text=moved, revision=1, by=OPERATOR)


def test_a_new_issue_is_a_readable_draft_of_today_with_a_slug_of_its_own(
    database: Database, clock: SettableClock
) -> None:
    add_publication(database, name='Tide: "Table" #1')
    first = Editing(database, clock).new(id_of_publication(database, "tide"), by=OPERATOR)
    second = Editing(database, clock).new(id_of_publication(database, "tide"), by=OPERATOR)
    assert (first.slug, second.slug) == ("2026-01-01", "2026-01-01-2")
    assert first.title == 'Tide: "Table" #1'
    assert first.dated == clock.now().date()
    assert editing.read_document(first.source).sections
