"""What is asked before an issue goes out is asked on its page, and a tick answers it and nothing else."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.model import Issue
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

TEXT, DAY, DATE = "same-text:first", "same-day:first", "other-date:2026-01-01/2026-01-02"
TOMORROW = "2026-01-02T07:00"


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts with two drafts that say the same: `first` (id 1) and `second` (id 2), on each database."""
    add_publication(database)
    for slug in ("first", "second"):
        Editing(database, clock).import_issue(issue_text(slug), source="x.md", by=OPERATOR)
    return make_parts(database, clock, tmp_path)


@pytest.fixture
def browser(parts: Parts) -> Browser:
    """A browser that has signed in."""
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def _issue(parts: Parts, issue_id: int = 2) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, issue_id)


def _boxes(page: str) -> dict[str, bool]:
    """Return the ticks that the page offers, and whether they are set."""
    found = re.findall(r'name="despite" value="([^"]+)"( checked)?', page)
    return {html.unescape(value): bool(checked) for value, checked in found}


def test_the_page_asks_with_a_headline_and_names_the_other_issue(browser: Browser, parts: Parts) -> None:
    browser.post("/desk/tide/issues/1/schedule", at=TOMORROW, despite="other-date")
    page = browser.get("/desk/tide/issues/2/review").text
    assert _boxes(page) == {TEXT: False}
    assert "A question before it goes out" in page
    assert (
        "<strong>The same text?</strong> It says the same as in “first”, scheduled for Fri 2 Jan 2026 at 07:00" in page
    )
    assert "nobody has got it yet" in page
    assert "the time below, which is Thursday 1 January in UTC" in page


def test_without_a_question_the_page_asks_none(browser: Browser) -> None:
    page = browser.get("/desk/tide/issues/2/review").text
    assert _boxes(page) == {}
    assert "before it goes out" not in page


def test_all_three_are_asked_for_the_time_that_was_chosen(browser: Browser, parts: Parts) -> None:
    browser.post("/desk/tide/issues/1/schedule", at=TOMORROW, despite="other-date")
    answer = browser.post("/desk/tide/issues/2/schedule", at="2026-01-02T18:30")
    assert answer.status_code == 422
    assert _boxes(answer.text) == {TEXT: False, DAY: False, DATE: False}
    assert 'value="2026-01-02T18:30"' in answer.text, "the time is kept"
    assert "Not scheduled yet: tick above what is meant" in answer.text
    assert "3 questions before it goes out" in answer.text
    assert _issue(parts).state is IssueState.DRAFT


def test_what_was_ticked_stays_ticked_and_the_rest_is_asked_until_it_is(browser: Browser, parts: Parts) -> None:
    browser.post("/desk/tide/issues/1/schedule", at=TOMORROW, despite="other-date")
    some = browser.post("/desk/tide/issues/2/schedule", at="2026-01-02T18:30", despite=[TEXT, DATE])
    assert (some.status_code, _boxes(some.text)) == (422, {TEXT: True, DAY: False, DATE: True})
    browser.post("/desk/tide/issues/2/schedule", at="2026-01-02T18:30", despite=[TEXT, DATE, DAY])
    assert _issue(parts).state is IssueState.SCHEDULED


def test_a_tick_for_one_day_is_none_for_another(browser: Browser, parts: Parts) -> None:
    browser.post("/desk/tide/issues/1/schedule", at=TOMORROW, despite="other-date")
    changed = browser.post("/desk/tide/issues/2/schedule", at="2026-01-03T07:00", despite=[TEXT, DATE, DAY])
    assert changed.status_code == 422
    assert _boxes(changed.text) == {TEXT: True, "other-date:2026-01-01/2026-01-03": False}


def test_send_now_asks_for_now_and_keeps_its_button_in_sight(browser: Browser, parts: Parts) -> None:
    browser.post("/desk/tide/issues/1/schedule", now="yes")
    answer = browser.post("/desk/tide/issues/2/schedule", now="yes", at=TOMORROW)
    assert (answer.status_code, _boxes(answer.text)) == (422, {TEXT: False, DAY: False})
    assert "Not sent yet" in answer.text
    assert '<details class="now" open>' in answer.text
    browser.post("/desk/tide/issues/2/schedule", now="yes", at=TOMORROW, despite=[TEXT, DAY])
    assert _issue(parts).scheduled_at == parts.clock.now()


def test_of_two_tabs_the_second_is_asked_about_what_the_first_did(browser: Browser, parts: Parts) -> None:
    first, second = (browser.get(f"/desk/tide/issues/{number}/review").text for number in (1, 2))
    assert _boxes(first) == _boxes(second) == {}
    assert browser.post("/desk/tide/issues/1/schedule", now="yes").status_code == 303
    answer = browser.post("/desk/tide/issues/2/schedule", now="yes")
    assert (answer.status_code, _boxes(answer.text)) == (422, {TEXT: False, DAY: False})
    assert _issue(parts).state is IssueState.DRAFT


@pytest.mark.parametrize("at", ["tomorrow", "2020-01-01T00:00", "9999-12-31T23:59"])
def test_a_time_that_is_none_is_mended_first_and_the_questions_are_those_of_now(
    browser: Browser, parts: Parts, at: str
) -> None:
    browser.post("/desk/tide/issues/1/schedule", now="yes")
    answer = browser.post("/desk/tide/issues/2/schedule", at=at)
    assert 'id="at-mistake"' in answer.text
    assert _boxes(answer.text) == {TEXT: False, DAY: False}


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("2025-12-31", "1 question, 1 piece of advice<"),
        ("2026-01-01", "1 piece of advice<"),
        ("2026-01-09", "1 piece of advice<"),
    ],
)
def test_while_one_writes_only_a_date_that_is_past_is_a_question(browser: Browser, date: str, told: str) -> None:
    text = issue_text("second").replace("date: 2026-01-01", f"date: {date}")
    page = browser.post("/desk/tide/issues/2/preview", text=text, revision="1").text
    assert told in page
    assert ("It is dated Wed 31 Dec 2025, and would go out on Thu 1 Jan 2026 (UTC)" in page) is ("question" in told)
