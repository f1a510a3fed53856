"""A text that is typed is there for the frame whichever process is asked, and not for long."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from newsletter.clock import SettableClock
from newsletter.issues import preview_texts
from newsletter.issues.deleting import EMPTY_SECONDS, BinRounds, Deleting
from newsletter.issues.editing import Editing
from newsletter.model import Issue, PreviewText
from newsletter.store.database import Database
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR


@pytest.fixture
def issue(database: Database, clock: SettableClock) -> Issue:
    add_publication(database)
    return imported(database, clock)


def imported(database: Database, clock: SettableClock, **changes: str) -> Issue:
    text = issue_text(**changes)
    return Editing(database, clock).import_issue(text, source="a file", by=OPERATOR)


def count(database: Database) -> int | None:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(PreviewText))


def test_what_is_typed_is_found_by_its_name_and_kept_once(
    database: Database, clock: SettableClock, issue: Issue
) -> None:
    names = {preview_texts.keep(database, clock=clock, issue=issue, text="typed") for _ in range(3)}
    assert [preview_texts.find(database, issue=issue, name=name) for name in names] == ["typed"]
    assert count(database) == 1


def test_the_stored_text_is_there_without_being_kept(database: Database, clock: SettableClock, issue: Issue) -> None:
    name = preview_texts.keep(database, clock=clock, issue=issue, text=issue.source)
    assert preview_texts.find(database, issue=issue, name=name) == issue.source
    assert count(database) == 0


def test_of_one_issue_the_newest_are_kept(database: Database, clock: SettableClock, issue: Issue) -> None:
    other = imported(database, clock, slug="other")
    kept = preview_texts.keep(database, clock=clock, issue=other, text="of another issue")
    names = []
    for number in range(preview_texts.MOST + 5):
        clock.advance(1)
        names.append(preview_texts.keep(database, clock=clock, issue=issue, text=f"typed {number}"))
    found = [preview_texts.find(database, issue=issue, name=name) is not None for name in names]
    assert found == [False] * 5 + [True] * preview_texts.MOST
    assert preview_texts.find(database, issue=other, name=kept)
    assert preview_texts.find(database, issue=other, name=names[-1]) is None


def test_after_half_a_day_it_is_forgotten(database: Database, clock: SettableClock, issue: Issue) -> None:
    rounds = BinRounds(Deleting(database, clock))
    preview_texts.keep(database, clock=clock, issue=issue, text="typed")
    clock.advance(preview_texts.KEPT_FOR.total_seconds() - 1)
    rounds.tick()
    assert count(database) == 1
    clock.advance(EMPTY_SECONDS + 2)
    rounds.tick()
    assert count(database) == 0


def test_it_goes_with_its_issue(database: Database, clock: SettableClock, issue: Issue) -> None:
    preview_texts.keep(database, clock=clock, issue=issue, text="typed")
    with database.write() as session:
        session.delete(session.get_one(Issue, issue.id))
    assert count(database) == 0
