"""Comments stay at the words they are about, whoever moves the text; threads are answered, resolved and opened again."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ForbiddenError, InputError, NotFoundError
from newsletter.issues.commenting import LONGEST, Commenting
from newsletter.issues.deleting import KEPT_FOR, Deleting
from newsletter.issues.editing import Editing
from newsletter.model import Issue
from newsletter.model.rights import Right
from newsletter.store.database import Database
from newsletter.store.issues import comments, issues
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR, able

MARA, BEA = (able(Right.WRITE, editor_id=number) for number in (1, 2))
PIER = "It opens in spring."


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> Issue:
    add_publication(database)
    return Editing(database, clock).import_issue(issue_text(), source="x.md", by=MARA)


@pytest.fixture
def commenting(database: Database, clock: SettableClock) -> Commenting:
    return Commenting(database, clock)


def line_of(issue: Issue, words: str) -> int:
    return issue.source.split("\n").index(words) + 1


def change(database: Database, clock: SettableClock, issue: Issue, old: str, new: str) -> Issue:
    with database.read() as session:
        now = issues.by_id(session, issue.id, fresh=True)
    text = now.source.replace(old, new)
    return Editing(database, clock).save(issue.id, text=text, revision=now.revision, by=MARA)


def test_a_comment_moves_with_its_line_and_tells_when_the_line_is_gone(
    database: Database, clock: SettableClock, draft: Issue, commenting: Commenting
) -> None:
    at = line_of(draft, PIER)
    commenting.comment(draft.id, "Spring of which year?", line=at, by=BEA)
    moved = change(database, clock, draft, "The **moon**", "A first line.\n\nA second.\n\nThe **moon**")
    (thread,) = commenting.threads(moved)
    assert (thread.first.line, thread.line, thread.first.quote) == (at, at + 4, PIER)
    changed = change(database, clock, draft, PIER, "It opens in May.")
    (thread,) = commenting.threads(changed)
    assert (thread.line, thread.words, thread.first.quote) == (at + 4, "It opens in May.", PIER)
    gone = change(database, clock, draft, "It opens in May.", "Nobody knows when.")
    (thread,) = commenting.threads(gone)
    assert (thread.line, thread.words, thread.first.quote) == (None, "", PIER)


@pytest.mark.parametrize("place", [1, 3, 7])
def test_the_likest_line_is_the_one_that_was_commented_on_and_of_two_the_nearer(
    database: Database, clock: SettableClock, draft: Issue, commenting: Commenting, place: int
) -> None:
    at = line_of(draft, PIER)
    commenting.comment(draft.id, "Sure?", line=at, by=BEA)
    lines = [f"Nothing of it in line {number}." for number in range(8)]
    lines[place], lines[7 - place] = "It opens in spring, or so.", "It opened in spring, or so it was."
    (thread,) = commenting.threads(Issue(id=draft.id, source="\n".join(lines)))
    assert (thread.line, thread.words) == (place + 1, "It opens in spring, or so.")
    lines[7 - place] = lines[place]
    (thread,) = commenting.threads(Issue(id=draft.id, source="\n".join(lines)))
    assert thread.line == max(place, 7 - place) + 1, f"the one at {at} and beyond is nearer"


def test_a_line_that_is_not_stored_as_it_is_written_is_found_by_its_words_once_it_is(
    database: Database, clock: SettableClock, draft: Issue, commenting: Commenting
) -> None:
    at = line_of(draft, PIER)
    stored = commenting.comment(draft.id, "Which spring?", line=at + 3, quote=f" {PIER} ", by=BEA)
    assert (stored.line, stored.quote) == (at, PIER)
    typed = commenting.comment(draft.id, "Which May?", line=at, quote="It opens in May.", by=BEA)
    assert [(thread.line, thread.words) for thread in commenting.threads(draft)] == [(at, ""), (at, PIER)]
    moved = change(database, clock, draft, PIER, f"{PIER}\n\nIt opens in May.")
    assert {thread.first.id: thread.line for thread in commenting.threads(moved)} == {stored.id: at, typed.id: at + 2}
    with pytest.raises(InputError):
        commenting.comment(draft.id, "Nowhere?", line=-1, quote="x", by=BEA)


def test_a_thread_is_answered_resolved_and_an_answer_opens_it_again(draft: Issue, commenting: Commenting) -> None:
    first = commenting.comment(draft.id, "Is this so?", by=BEA)
    commenting.comment(draft.id, "It is.", answers=first.id, by=MARA)
    commenting.resolve(draft.id, first.id, by=BEA)
    (thread,) = commenting.threads(draft)
    assert [each.text for each in (thread.first, *thread.answers)] == ["Is this so?", "It is."]
    assert thread.first.resolved_at is not None and thread.line == 0
    commenting.comment(draft.id, "Still not.", answers=first.id, by=BEA)
    assert commenting.threads(draft)[0].first.resolved_at is None
    commenting.resolve(draft.id, first.id, by=BEA)
    commenting.resolve(draft.id, first.id, done=False, by=BEA)
    assert commenting.threads(draft)[0].first.resolved_at is None


def test_what_is_no_comment_is_refused(draft: Issue, commenting: Commenting) -> None:
    for wrong in ("", "  \n", "x" * (LONGEST + 1), "a\0b"):
        with pytest.raises(InputError):
            commenting.comment(draft.id, wrong, by=MARA)
    with pytest.raises(InputError, match="lines"):
        commenting.comment(draft.id, "Here?", line=9999, by=MARA)
    with pytest.raises(NotFoundError):
        commenting.comment(draft.id, "Whom?", answers=77, by=MARA)
    with pytest.raises(ForbiddenError):
        commenting.comment(draft.id, "May I?", by=able(Right.READ))


def test_comments_come_back_from_the_bin_with_their_draft_and_are_forgotten_with_it(
    database: Database, clock: SettableClock, draft: Issue, commenting: Commenting
) -> None:
    commenting.comment(draft.id, "Is this so?", by=BEA)
    deleting = Deleting(database, clock)
    deleting.delete(draft.id, by=OPERATOR)
    assert len(commenting.threads(deleting.restore(draft.id, by=OPERATOR))) == 1
    deleting.delete(draft.id, by=OPERATOR)
    clock.advance(KEPT_FOR.total_seconds() + 1)
    deleting.purge()
    with database.read() as session:
        assert comments.count(session, draft.id) == 0
