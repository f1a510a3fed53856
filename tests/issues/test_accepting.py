"""Advice is accepted with a reason for the passage it is about, and for nothing else."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import InputError
from newsletter.issues.accepting import LONGEST_REASON, Accepting, key_of, sort_out
from newsletter.issues.editing import Editing
from newsletter.issues.preflight import Finding
from newsletter.issues.preflight.outside import DEAD
from newsletter.model import Issue
from newsletter.store.database import Database
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR

TEXT = issue_text()
LINE = TEXT.split("\n").index("It opens in spring.") + 1
ADVICE = Finding("advise", "bare-link", "a bare address", "harbours", "give it words", line=LINE)
WHOLE = Finding("advise", "subject-length", "the subject is short", "subject", "say more")


@pytest.fixture
def issue(database: Database, clock: SettableClock) -> Issue:
    add_publication(database)
    return Editing(database, clock).import_issue(TEXT, source="a file", by=OPERATOR)


@pytest.fixture
def accepting(database: Database, clock: SettableClock) -> Accepting:
    return Accepting(database, clock)


def test_what_was_accepted_is_told_apart_with_who_and_why(accepting: Accepting, issue: Issue) -> None:
    accepting.accept(issue.id, ADVICE, TEXT, reason=" First. ", by=OPERATOR)
    accepting.accept(issue.id, ADVICE, TEXT, reason="Second.", by=OPERATOR)
    told = sort_out([ADVICE, WHOLE], TEXT, accepting.accepted(issue.id))
    assert told.shown == [WHOLE]
    ((finding, row),) = told.accepted
    assert (finding, row.reason, row.name, row.rule) == (ADVICE, "Second.", "tests", "bare-link")


def test_it_follows_its_passage_and_comes_back_when_that_is_changed() -> None:
    moved = TEXT.replace("## Harbours", "New words.\n\n## Harbours")
    lower = Finding("advise", "bare-link", "a bare address", "harbours", "give it words", line=LINE + 2)
    assert key_of(lower, moved) == key_of(ADVICE, TEXT)
    assert key_of(ADVICE, TEXT.replace("in spring", "in autumn")) != key_of(ADVICE, TEXT)
    assert key_of(ADVICE, TEXT.replace("When two", "When three")) == key_of(ADVICE, TEXT)


def test_what_is_about_the_whole_issue_comes_back_with_another_head() -> None:
    assert key_of(WHOLE, TEXT.replace("in spring", "in autumn")) == key_of(WHOLE, TEXT)
    assert key_of(WHOLE, issue_text(subject="Neaps")) != key_of(WHOLE, TEXT)


@pytest.mark.parametrize("severity", ["stop", "ask"])
def test_what_stops_or_asks_is_not_accepted(accepting: Accepting, issue: Issue, severity: str) -> None:
    grave = Finding(severity, "todo", "a TODO", "lead", "finish it", line=LINE)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="only advice"):
        accepting.accept(issue.id, grave, TEXT, reason="x", by=OPERATOR)


@pytest.mark.parametrize("reason", ["", "  ", "x" * (LONGEST_REASON + 1)])
def test_without_a_reason_or_with_a_long_one_nothing_is_noted(accepting: Accepting, issue: Issue, reason: str) -> None:
    with pytest.raises(InputError):
        accepting.accept(issue.id, ADVICE, TEXT, reason=reason, by=OPERATOR)
    assert accepting.accepted(issue.id) == {}


def test_it_is_shown_again_when_somebody_asks(accepting: Accepting, issue: Issue) -> None:
    key = accepting.accept(issue.id, ADVICE, TEXT, reason="x", by=OPERATOR)
    accepting.show_again(issue.id, key, by=OPERATOR)
    accepting.show_again(issue.id, key, by=OPERATOR)
    assert accepting.accepted(issue.id) == {}


def test_what_others_answered_is_accepted_though_it_asks_for_it_keeps_nothing_back(
    accepting: Accepting, issue: Issue
) -> None:
    dead = DEAD.found("the link is dead", "harbours", "take it out", line=LINE)
    assert dead.severity == "ask"
    accepting.accept(issue.id, dead, TEXT, reason="It is back on Monday.", by=OPERATOR)
    told = accepting.sorted_out(issue.id, [dead, ADVICE])
    assert (told.shown, [finding for finding, _ in told.accepted]) == ([ADVICE], [dead])
