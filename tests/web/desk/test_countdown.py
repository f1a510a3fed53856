"""What was sent now is counted down, by the server, and a button takes it back."""

from __future__ import annotations

import re
from datetime import timedelta
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

AT = "/desk/tide/issues/1"


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """Parts with one draft (id 1), and the default of 30 seconds to undo."""
    monkeypatch.delenv("NEWSLETTER_UNDO_SECONDS")
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    return make_parts(sqlite_database, clock, tmp_path)


@pytest.fixture
def browser(parts: Parts) -> Browser:
    """A browser that has signed in."""
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def _issue(parts: Parts) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, 1)


def _text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def test_the_review_says_how_long_it_can_be_undone(browser: Browser) -> None:
    assert "For 30 seconds after that you can still undo it." in browser.get(f"{AT}/review").text


def test_sent_now_it_is_counted_down(browser: Browser, clock: SettableClock) -> None:
    answer = browser.post(f"{AT}/schedule", now="yes")
    page = browser.get(answer.headers["location"]).text
    assert "goes out in 30 seconds: nobody has it yet" in _text(page)
    assert '<noscript><meta http-equiv="refresh"' in page, "without a script it is a page that loads anew"
    clock.advance(28.5)
    assert "goes out in 2 seconds" in _text(browser.get(f"{AT}/countdown").text)
    clock.advance(1)
    assert "goes out in 1 second:" in _text(browser.get(f"{AT}/countdown").text)
    clock.advance(1)
    assert "is about to go out" in _text(browser.get(f"{AT}/countdown").text)


def test_the_button_stays_in_its_place_while_the_seconds_change(browser: Browser) -> None:
    """A button that is put there anew each second loses the press that began before, and the keyboard's focus."""
    browser.post(f"{AT}/schedule", now="yes")
    page, fragment = browser.get(AT).text, browser.get(f"{AT}/countdown").text
    assert page.count("hx-get") == 1
    assert fragment.lstrip().startswith('<div id="countdown" hx-get="/desk/tide/issues/1/countdown"')
    assert "Undo" in page
    assert "Undo" not in fragment


def test_a_time_far_ahead_is_not_counted_down(browser: Browser) -> None:
    browser.post(f"{AT}/schedule", at="2026-01-05T06:30", despite="other-date")
    page = _text(browser.get(AT).text)
    assert "goes out Monday 5 January, 06:30 UTC, in 3 d" in page
    assert "nobody has it yet" not in page


def test_undo_makes_it_a_draft_and_pressed_twice_it_is_one(browser: Browser, parts: Parts) -> None:
    browser.post(f"{AT}/schedule", now="yes")
    for _ in range(2):
        answer = browser.post(f"{AT}/undo")
        assert answer.headers["location"] == f"{AT}?done=undone"
        assert _issue(parts).state is IssueState.DRAFT
    assert "It is a draft again: nobody got it." in browser.get(f"{AT}?done=undone").text


def test_an_undo_that_comes_too_late_says_so_and_offers_to_pause(browser: Browser, parts: Parts) -> None:
    browser.post(f"{AT}/schedule", now="yes")
    parts.clock.sleep(30)
    parts.engine.tick()
    assert _issue(parts).state in (IssueState.SENDING, IssueState.SENT)
    with parts.database.write() as session:
        issues.by_id(session, 1).state = IssueState.SENDING
    answer = browser.post(f"{AT}/undo")
    assert answer.status_code == 409
    assert "Too late to undo: pause it to hold what is left, or cancel it." in answer.text
    assert ">Pause</button>" in answer.text


def test_the_page_follows_an_issue_that_is_scheduled_no_more(browser: Browser, parts: Parts) -> None:
    browser.post(f"{AT}/schedule", now="yes")
    with parts.database.write() as session:
        issues.by_id(session, 1).state = IssueState.SENDING
    begun = browser.get(f"{AT}/countdown")
    assert begun.headers["hx-retarget"] == "#progress"
    assert begun.text.count('<div id="progress"') == 1
    with parts.database.write() as session:
        issues.by_id(session, 1).state = IssueState.DRAFT
    assert browser.get(f"{AT}/countdown").headers["hx-redirect"] == AT


def test_the_moment_that_was_promised_is_kept_in_the_row(browser: Browser, parts: Parts) -> None:
    browser.post(f"{AT}/schedule", now="yes")
    assert _issue(parts).scheduled_at == parts.clock.now() + timedelta(seconds=30)
