"""Drafted words stand in a draft beside what a hand wrote, marked, and never over it; asking again puts them in each other's place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, ForbiddenError
from newsletter.issues.drafted_words import DraftedWords, takes_lead, with_words
from newsletter.issues.editing import Editing
from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight.drafted_marks import MARK, marks_in
from newsletter.issues.publishing import Publishing, RefusedError
from newsletter.issues.starting import starter
from newsletter.model import Issue
from newsletter.model.proposed import ProposedWords
from newsletter.model.rights import Right
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR, able
from tests.parts.answers import MEANT

LEAD = "The **moon** stands close to the earth this week."
WORDS = ProposedWords(
    ("Oak holds ([pier.example](<https://pier.example/>)).", "Swells cross."),
    {("harbours", "a-new-pier"): "A pier stands.", ("papers", "nobody"): "Lost."},
)
WITHOUT_LEAD = issue_text().replace(f"{LEAD}\n\n", "")


def put(text: str, words: ProposedWords = WORDS) -> str:
    document = parse_issue(text)
    chosen = words if takes_lead(document) else replace(words, lead=())
    return with_words(text, document, chosen)[0]


def stored(database: Database, number: int) -> Issue:
    with database.read() as session:
        return issues.by_id(session, number)


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> tuple[DraftedWords, int]:
    """A draft without a lead, and what puts words into it."""
    add_publication(database)
    editing = Editing(database, clock)
    number = editing.import_issue(WITHOUT_LEAD, source="x.md", by=OPERATOR).id
    return DraftedWords(database, editing), number


def test_a_draft_without_a_lead_gets_one_and_nothing_else_of_it_changes() -> None:
    text = put(WITHOUT_LEAD)
    document = parse_issue(text)
    assert document.lead == f"{MARK}\n{WORDS.lead[0]}\n\n{MARK}\n{WORDS.lead[1]}"
    assert document.sections[0].items[0].body == f"{MARK}\nA pier stands.\n\nIt opens in spring."
    bare = parse_issue(WITHOUT_LEAD)
    assert document.sections[1:] == bare.sections[1:]
    left = [line for line in text.split("\n") if line not in {MARK, *WORDS.lead, "A pier stands.", ""}]
    assert left == [line for line in WITHOUT_LEAD.split("\n") if line]


def test_a_lead_that_a_hand_wrote_stays() -> None:
    assert parse_issue(put(issue_text())).lead == LEAD
    beside = issue_text().replace(LEAD, f"{MARK}\nDrafted once.\n\n{LEAD}")
    assert LEAD in put(beside) and "Oak holds" not in put(beside)
    assert not takes_lead(parse_issue(issue_text()))


def test_the_words_that_every_new_issue_begins_with_give_way_and_comments_stay() -> None:
    from datetime import date

    text = starter("tide", "Tide", "en", "2026-01-01", date(2026, 1, 1))
    begun = put(text, ProposedWords(("Oak holds.",)))
    assert parse_issue(begun).lead == f"{MARK}\nOak holds."
    placeholder = parse_issue(text).lead
    gathered = put(
        text.replace(placeholder, f"<!-- 41 of 44 sources -->\n\n{placeholder}"), ProposedWords(("Oak holds.",))
    )
    assert parse_issue(gathered).lead == f"<!-- 41 of 44 sources -->\n\n{MARK}\nOak holds."


def test_asking_again_puts_new_words_in_the_place_of_marked_ones() -> None:
    again = ProposedWords(("Another lead.",), {("harbours", "a-new-pier"): "Another summary."})
    document = parse_issue(put(put(WITHOUT_LEAD), again))
    assert document.lead == f"{MARK}\nAnother lead."
    assert document.sections[0].items[0].body == f"{MARK}\nAnother summary.\n\nIt opens in spring."
    assert put(put(WITHOUT_LEAD)) == put(WITHOUT_LEAD)


def test_an_item_without_words_gets_them_and_so_do_several_of_a_section() -> None:
    text = issue_text().replace("\nIt opens in spring.\n", "\n### [Two](https://two.example/)\n\nWords.\n")
    words = ProposedWords((), {("harbours", "a-new-pier"): "One.", ("harbours", "two"): "Two."})
    first, second = parse_issue(put(text, words)).sections[0].items
    assert (first.body, second.body) == (f"{MARK}\nOne.", f"{MARK}\nTwo.\n\nWords.")


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_a_file_from_elsewhere_is_read_as_it_is(ends: str) -> None:
    document = parse_issue(WITHOUT_LEAD.replace("\n", ends))
    text, summaries = with_words("\ufeff" + WITHOUT_LEAD.replace("\n", ends), document, WORDS)
    assert (parse_issue(text), summaries) == (parse_issue(put(WITHOUT_LEAD)), 1)


def test_they_are_stored_as_a_revision_and_keep_the_issue_from_going_out_until_they_are_accepted(
    draft: tuple[DraftedWords, int], database: Database, clock: SettableClock
) -> None:
    words, number = draft
    done = words.put(number, WORDS, revision=1, by=OPERATOR)
    assert (done.lead, done.summaries, done.revision) == (True, 1, 2)
    publishing = Publishing(database, clock, RENDERER, SETTINGS)
    with pytest.raises(RefusedError):
        publishing.schedule(number, clock.now(), despite=[*MEANT], by=OPERATOR)
    assert words.accept(number, by=OPERATOR) == 3
    issue = stored(database, number)
    assert marks_in(issue.source) == [] and "Swells cross." in issue.source and MARK not in str(issue.content)
    assert words.accept(number, by=OPERATOR) == 0
    assert stored(database, number).revision == 3, "there was nothing to take out"
    publishing.schedule(number, clock.now(), despite=MEANT, by=OPERATOR)


def test_a_draft_that_was_saved_meanwhile_is_left_alone(
    draft: tuple[DraftedWords, int], database: Database, clock: SettableClock
) -> None:
    words, number = draft
    Editing(database, clock).save(number, text=f"{WITHOUT_LEAD}\nMore.\n", revision=1, by=OPERATOR)
    with pytest.raises(ConflictError, match="while words were proposed"):
        words.put(number, WORDS, revision=1, by=OPERATOR)
    assert MARK not in stored(database, number).source
    words.put(number, WORDS, revision=2, by=OPERATOR)
    with pytest.raises(ConflictError):
        words.accept(number, revision=2, by=OPERATOR)
    assert len(marks_in(stored(database, number).source)) == 3


def test_where_nothing_is_put_nothing_is_stored_and_without_the_right_nothing_at_all(
    draft: tuple[DraftedWords, int], database: Database
) -> None:
    words, number = draft
    done = words.put(number, ProposedWords((), {("papers", "nobody"): "Lost."}), revision=1, by=OPERATOR)
    assert (done.lead, done.summaries, done.revision) == (False, 0, 1)
    for act in (lambda by: words.put(number, WORDS, revision=1, by=by), lambda by: words.accept(number, by=by)):
        with pytest.raises(ForbiddenError):
            act(able(Right.READ))
    assert stored(database, number).revision == 1


def test_a_person_who_saves_what_they_changed_takes_its_mark_out(
    draft: tuple[DraftedWords, int], database: Database, clock: SettableClock
) -> None:
    words, number = draft
    words.put(number, WORDS, revision=1, by=OPERATOR)
    editing, text = Editing(database, clock), stored(database, number).source
    typed = text.replace("Swells cross.", "Swells cross at noon.")
    saved = editing.save(number, text=typed, revision=2, by=OPERATOR, by_hand=True)
    assert saved.source == typed.replace(f"{MARK}\nSwells cross at", "Swells cross at")
    assert saved.content["lead"].count(MARK) == 1
    again = editing.save(number, text=typed, revision=3, by=OPERATOR, by_hand=True)
    assert again.revision == 3, "a page that still shows the mark changes nothing"
    by_tool = editing.save(number, text=text, revision=3, by=OPERATOR)
    assert len(marks_in(by_tool.source)) == 3, "a tool reads nothing"
