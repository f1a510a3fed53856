"""What preflight can mend is mended in drafts, through the door of every edit, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError
from newsletter.issues.editing import Editing
from newsletter.issues.mending import Mending, mended
from newsletter.issues.preflight import Fix
from newsletter.issues.publishing import Publishing
from newsletter.model import Issue
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.preflight.looks import found, with_words
from tests.issues.samples import RENDERER, SETTINGS, add_publication
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT

TRACKED = with_words(
    "[a](https://a.example/?utm_source=x) `https://a.example/?utm_source=x` https://a.example/?utm_source=xy"
)


def _fixes(text: str) -> list[Fix]:
    return [each.fix for each in found(text) if each.fix]


def _stored(database: Database, number: int) -> Issue:
    with database.read() as session:
        return issues.by_id(session, number)


def _draft(database: Database, clock: SettableClock) -> int:
    add_publication(database)
    return Editing(database, clock).import_issue(TRACKED, source="x.md", by=OPERATOR).id


def test_a_fix_changes_its_words_and_no_others() -> None:
    text, made = mended(TRACKED, _fixes(TRACKED)[:1])
    assert "[a](https://a.example/) `https://a.example/?utm_source=x` https://a.example/?utm_source=xy" in text
    assert len(made) == 1
    text, made = mended(TRACKED, _fixes(TRACKED))
    assert "[a](https://a.example/) `https://a.example/?utm_source=x` https://a.example/\n" in text
    assert [each for each in found(text) if each.fix] == []


def test_of_two_fixes_of_the_same_words_the_later_one_counts() -> None:
    text = with_words("http://a.example/?utm_source=x")
    line = next(number for number, each in enumerate(text.split("\n"), 1) if "http:" in each)
    old = "http://a.example/?utm_source=x"
    mend, made = mended(text, [Fix(line, old, "http://a.example/"), Fix(line, old, "https://a.example/")])
    assert "\nhttps://a.example/\n" in mend
    assert len(made) == 1


@given(st.integers(-2, 40), st.text("htps:/.a?&=\n", max_size=12), st.text("ab", max_size=5))
def test_a_fix_that_does_not_fit_changes_nothing(line: int, old: str, new: str) -> None:
    assert mended(TRACKED, [Fix(line, old, new)]) == (TRACKED, [])


def test_a_draft_is_mended_as_a_new_revision(database: Database, clock: SettableClock) -> None:
    number = _draft(database, clock)
    mending = Mending(database, Editing(database, clock))
    done = mending.mend(number, _fixes(TRACKED), revision=1, by=OPERATOR)
    assert (len(done.fixes), done.issue.revision) == (2, 2)
    assert "[a](https://a.example/)" in _stored(database, number).source
    again = mending.mend(number, _fixes(TRACKED), revision=2, by=OPERATOR)
    assert (again.fixes, again.issue.revision) == ([], 2), "what is mended already stays"


def test_what_somebody_saved_meanwhile_is_not_overwritten(database: Database, clock: SettableClock) -> None:
    number = _draft(database, clock)
    editing = Editing(database, clock)
    editing.save(number, text=TRACKED + "\nMore.\n", revision=1, by=OPERATOR)
    with pytest.raises(ConflictError):
        Mending(database, editing).mend(number, _fixes(TRACKED), revision=1, by=OPERATOR)
    assert "More." in _stored(database, number).source


def test_a_scheduled_issue_is_never_touched(database: Database, clock: SettableClock) -> None:
    number = _draft(database, clock)
    Publishing(database, clock, RENDERER, SETTINGS).schedule(number, clock.now(), despite=MEANT, by=OPERATOR)
    with pytest.raises(ConflictError, match="only a draft"):
        Mending(database, Editing(database, clock)).mend(number, _fixes(TRACKED), revision=1, by=OPERATOR)
    assert _stored(database, number).source == TRACKED
