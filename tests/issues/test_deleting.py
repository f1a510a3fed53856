"""A draft that was deleted is gone from everywhere but the bin, and comes back from there whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import inspect, select, text

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.issues.deleting import BinRounds, Deleting
from newsletter.issues.editing import Editing
from newsletter.issues.previewing import Previewing
from newsletter.issues.publishing import Publishing
from newsletter.model import BinnedIssue, Edition, Issue
from newsletter.model.states import IssueState
from newsletter.queue import Queue
from newsletter.store.database import Database
from newsletter.store.issues import binned, issues
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_issue
from tests.parts.waiting import comes_true

SLUG = "2026-01-02"
NOT_KEPT = {"state", "text_digest", "scheduled_at", "finished_at", "paused_why"}
"""Columns of an issue that are the same for every one that may be deleted, or follow from its date of publication."""


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> Issue:
    """A draft on each database."""
    add_publication(database)
    return _import(database, clock)


def _import(database: Database, clock: SettableClock, **values: str) -> Issue:
    return Editing(database, clock).import_issue(issue_text(**values), source="x.md", by=OPERATOR)


def _delete(database: Database, clock: SettableClock) -> BinnedIssue:
    return Deleting(database, clock).delete(id_of_issue(database, SLUG, "tide"), by=OPERATOR)


def _schedule(database: Database, clock: SettableClock, issue_id: int) -> None:
    _publishing(database, clock).schedule(issue_id, clock.now(), by=OPERATOR)


def _publishing(database: Database, clock: SettableClock) -> Publishing:
    return Publishing(database, clock, RENDERER, SETTINGS)


def _previewing(database: Database, clock: SettableClock) -> Previewing:
    return Previewing(database, clock, Queue(StubBroker()), RENDERER, SETTINGS)


def _columns(row: Issue | BinnedIssue) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).columns}


def _lies(database: Database) -> list[int]:
    with database.read() as session:
        return [each.id for each in binned.listing(session)]


def test_the_bin_keeps_every_column_of_a_draft() -> None:
    of_issues, of_bin = (set(inspect(table).columns.keys()) for table in (Issue, BinnedIssue))
    assert of_bin - {"deleted_at", "old_paths"} == of_issues - NOT_KEPT, (
        "a new column: let the bin keep it, or say why not"
    )


def test_a_deleted_draft_comes_back_as_it_was(database: Database, clock: SettableClock, draft: Issue) -> None:
    changed = Editing(database, clock).save(draft.id, text=issue_text(subject="Two"), revision=1, by=OPERATOR)
    clock.advance(60)
    gone = _delete(database, clock)
    assert (gone.id, gone.slug, gone.deleted_at) == (draft.id, SLUG, clock.now())
    assert _lies(database) == [draft.id]
    clock.advance(60)
    restored = Deleting(database, clock).restore(draft.id, by=OPERATOR)
    assert _columns(restored) == _columns(changed) | {"changed_at": clock.now()}
    with database.read() as session:
        assert _columns(issues.get(session, "tide", SLUG)) == _columns(restored)
    assert _lies(database) == []


DOORS: dict[str, Callable[[Database, SettableClock, int], object]] = {
    "edit": lambda database, clock, issue_id: Editing(database, clock).save(
        issue_id, text=issue_text(subject="Late"), revision=1, by=OPERATOR
    ),
    "its slug": lambda database, *_: id_of_issue(database, SLUG, "tide"),
    "schedule": _schedule,
    "undo": lambda database, clock, issue_id: _publishing(database, clock).undo(issue_id, by=OPERATOR),
    "test mail": lambda database, clock, issue_id: _previewing(database, clock).send_test(
        issue_id, "me@example.org", by=OPERATOR
    ),
    "preview": lambda database, clock, issue_id: _previewing(database, clock).preview(issue_id, "text"),
    "delete": lambda database, clock, issue_id: Deleting(database, clock).delete(issue_id, by=OPERATOR),
}


@pytest.mark.parametrize("door", DOORS)
def test_every_other_door_finds_it_no_more(database: Database, clock: SettableClock, draft: Issue, door: str) -> None:
    _delete(database, clock)
    with pytest.raises(NotFoundError) as refused:
        DOORS[door](database, clock, draft.id)
    assert "bin" in refused.value.remedy
    assert _lies(database) == [draft.id]


def test_its_slug_is_free_at_once_and_others_may_be_deleted_with_it_too(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    _delete(database, clock)
    other = _import(database, clock, subject="The next")
    assert other.id != draft.id
    clock.advance(1)
    _delete(database, clock)
    assert _lies(database) == [other.id, draft.id]


def test_restoring_into_a_taken_slug_is_refused_and_says_how_to_mend_it(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    _delete(database, clock)
    _import(database, clock, subject="The next")
    with pytest.raises(ConflictError, match=SLUG) as refused:
        Deleting(database, clock).restore(draft.id, by=OPERATOR)
    assert "another slug" in refused.value.remedy
    assert _lies(database) == [draft.id]
    restored = Deleting(database, clock).restore(draft.id, slug="2026-01-02-first", by=OPERATOR)
    assert (restored.id, restored.slug, restored.subject) == (draft.id, "2026-01-02-first", draft.subject)
    assert restored.source == draft.source.replace(f"slug: {SLUG}\n", "slug: 2026-01-02-first\n")
    assert restored.content == draft.content | {"slug": "2026-01-02-first"}


@pytest.mark.parametrize("slug", ["Two words", "a\nauthor: somebody", "all", "no: no", "../x", "-", "x" * 500])
def test_what_cannot_be_a_slug_is_refused_and_the_draft_stays_in_the_bin(
    sqlite_database: Database, clock: SettableClock, slug: str
) -> None:
    add_publication(sqlite_database)
    draft = _import(sqlite_database, clock)
    _delete(sqlite_database, clock)
    with pytest.raises(InputError):
        Deleting(sqlite_database, clock).restore(draft.id, slug=slug, by=OPERATOR)
    assert _lies(sqlite_database) == [draft.id]


def test_what_does_not_lie_in_the_bin_cannot_be_restored(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    with pytest.raises(NotFoundError):
        Deleting(database, clock).restore(draft.id, by=OPERATOR)


@pytest.mark.parametrize("state", [state for state in IssueState if state not in binned.DELETED])
def test_only_what_nobody_was_mailed_can_be_deleted(
    database: Database, clock: SettableClock, draft: Issue, state: IssueState
) -> None:
    with database.write() as session:
        issues.by_id(session, draft.id).state = state
    with pytest.raises(ConflictError, match="only a draft") as refused:
        _delete(database, clock)
    assert refused.value.remedy
    assert _lies(database) == []


def test_a_draft_that_was_scheduled_before_can_be_deleted_with_what_was_frozen(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    _schedule(database, clock, draft.id)
    _publishing(database, clock).undo(draft.id, by=OPERATOR)
    _delete(database, clock)
    with database.read() as session:
        assert session.scalars(select(Edition)).all() == []
    Deleting(database, clock).restore(draft.id, by=OPERATOR)
    _schedule(database, clock, draft.id)


def test_after_thirty_days_it_is_gone_for_good(database: Database, clock: SettableClock, draft: Issue) -> None:
    _delete(database, clock)
    rounds = BinRounds(Deleting(database, clock))
    clock.advance(timedelta(days=30).total_seconds() - 1)
    rounds.tick()
    assert _lies(database) == [draft.id]
    clock.advance(1)
    rounds.tick()
    assert _lies(database) == [draft.id], "looked through a moment ago"
    clock.advance(600)
    rounds.tick()
    assert _lies(database) == []
    assert _import(database, clock).id != draft.id, "a form or link of the old one must not reach another"


@pytest.mark.parametrize("rival", ["schedule", "edit"])
def test_a_deletion_that_waits_for_another_change_leaves_the_draft_where_that_put_it(
    postgres_database: Database, clock: SettableClock, rival: str
) -> None:
    add_publication(postgres_database)
    draft = _import(postgres_database, clock)
    outcome: list[Exception] = []

    def attempt() -> None:
        try:
            _delete(postgres_database, clock)
        except ConflictError as error:
            outcome.append(error)

    deleting_thread = threading.Thread(target=attempt)
    with postgres_database.write() as session:
        if rival == "schedule":
            issues.move_as_seen(
                session, draft, IssueState.SCHEDULED, by=OPERATOR, at=clock.now(), values={"scheduled_at": clock.now()}
            )
        else:
            issues.rewrite(session, draft.id, 1, {"title": "Newer"})
        deleting_thread.start()
        assert comes_true(lambda: _is_blocked(postgres_database))
    deleting_thread.join(30)
    assert [type(error) for error in outcome] == [ConflictError]
    assert _lies(postgres_database) == []
    with postgres_database.read() as session:
        assert issues.by_id(session, draft.id).title in (draft.title, "Newer")


def _is_blocked(database: Database) -> bool:
    with database.read() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@pytest.mark.parametrize("race", range(4))
@pytest.mark.parametrize("rival", ["schedule", "edit", "delete"])
def test_of_a_deletion_and_another_change_at_the_same_moment_one_wins(
    database: Database, clock: SettableClock, draft: Issue, rival: str, race: int
) -> None:
    start, outcomes = threading.Barrier(2), []

    def attempt(act: Callable[[Database, SettableClock, int], object]) -> None:
        start.wait(10)
        try:
            act(database, clock, draft.id)
            outcomes.append("done")
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            outcomes.append(type(error))

    threads = [threading.Thread(target=attempt, args=(DOORS[name],)) for name in ("delete", rival)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.read() as session:
        there = issues.find(session, draft.publication_id, SLUG)
    deleted = _lies(database) == [draft.id]
    assert deleted == (there is None)
    assert outcomes.count("done") >= 1
    assert set(outcomes) <= {"done", NotFoundError, ConflictError}
    if rival != "edit":  # an edit that was stored first may be deleted after
        assert outcomes.count("done") == 1
