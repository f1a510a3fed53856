"""Entries come newest first, a page at a time, hold short values, and are forgotten oldest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.errors import ConflictError
from newsletter.model.actor import Actor, ActorKind, operator
from newsletter.model.states import IssueState, check_issue_move
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import MOST_CHARS, Subject
from newsletter.store.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ISSUE = Subject("issue", 3, "2026-05-09")


def _fill(database: Database, many: int) -> None:
    with database.write() as session:
        for number in range(many):
            at = NOW + timedelta(seconds=number)
            audit.add(session, operator("root"), "issue.pause", ISSUE._replace(id=number % 2), at=at, publication_id=1)


def test_the_newest_come_first_and_a_page_ends_where_the_next_begins(database: Database) -> None:
    _fill(database, 5)
    with database.read() as session:
        first = audit.page(session, limit=3)
        second = audit.page(session, before=first[-1].id, limit=3)
    assert [entry.at for entry in [*first, *second]] == [NOW + timedelta(seconds=n) for n in (4, 3, 2, 1, 0)]


def test_entries_of_a_publication_or_of_one_thing_are_found_alone(database: Database) -> None:
    _fill(database, 4)
    with database.read() as session:
        assert len(audit.page(session, subject=ISSUE._replace(id=1), limit=9)) == 2
        assert len(audit.page(session, publication_id=1, limit=9)) == 4
        assert audit.page(session, publication_id=2, limit=9) == []


def test_an_entry_says_who_what_where_and_the_old_and_new_value_in_short(database: Database) -> None:
    by = Actor(ActorKind.EDITOR, 4, "mara@tide.example.org", "192.0.2.0/24")
    with database.write() as session:
        audit.add(session, by, "issue.schedule", ISSUE, at=NOW, publication_id=9, old="draft", new="x" * 999)
    with database.read() as session:
        (entry,) = audit.page(session, limit=9)
    assert (entry.actor, entry.actor_id, entry.actor_name, entry.place) == ("editor", 4, by.name, by.place)
    assert (entry.action, entry.subject, entry.subject_id, entry.subject_name) == ("issue.schedule", *ISSUE)
    assert (entry.publication_id, entry.old, len(entry.new)) == (9, "draft", MOST_CHARS)


def test_the_oldest_are_forgotten_first_and_a_few_at_a_time(database: Database) -> None:
    _fill(database, 5)
    with database.write() as session:
        assert audit.forget(session, before=NOW + timedelta(seconds=4), limit=3) == 3
        assert audit.forget(session, before=NOW + timedelta(seconds=4), limit=3) == 1
        assert [entry.at for entry in audit.page(session, limit=9)] == [NOW + timedelta(seconds=4)]
        assert audit.count(session) == 1


def test_a_change_that_fails_leaves_no_entry(database: Database) -> None:
    with pytest.raises(ConflictError), database.write() as session:
        audit.add(session, operator(), "issue.pause", ISSUE, at=NOW)
        check_issue_move(IssueState.DRAFT, IssueState.SENT)
    with database.read() as session:
        assert audit.count(session) == 0
