"""What somebody must know of stands at the head of the desk until an editor has seen it, or it is mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.model import Alarm, Issue
from newsletter.model.states import IssueState
from newsletter.store import alarms
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

HELD = "the server refuses the sender: 550 5.7.1 <b>policy</b>"
PAGES = ("/desk", "/desk/tide/readers", "/desk/reports", "/desk/bin", "/desk/account", "/desk/tide/issues/1")


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    add_publication(database)
    Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    return make_parts(database, clock, tmp_path)


@pytest.fixture
def browser(parts: Parts) -> Browser:
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def raised(parts: Parts, cause: str, issue_id: int | None = None) -> int:
    with parts.database.write() as session:
        message = f"{HELD}.\n\nMend it, and resume."
        return alarms.raise_alarm(
            session, cause, title="Spring is paused", message=message, url="", now=parts.clock.now(), issue_id=issue_id
        ).id


def put(parts: Parts, state: IssueState) -> None:
    with parts.database.write() as session:
        session.get_one(Issue, 1).state = state


def alarm(parts: Parts, alarm_id: int) -> Alarm:
    with parts.database.read() as session:
        return session.get_one(Alarm, alarm_id)


def test_it_stands_on_every_page_of_the_desk_with_the_remedy_and_a_way_to_the_issue(
    browser: Browser, parts: Parts
) -> None:
    raised(parts, "issue: 1", 1)
    for address in PAGES:
        page = browser.get(address).text
        assert "Spring is paused" in page, address
        assert "&lt;b&gt;policy&lt;/b&gt;" in page
        assert "Mend it, and resume." in page
        assert 'href="/desk/issues/1">Have a look</a>' in page


def test_nobody_sees_it_who_has_not_signed_in(browser: Browser, parts: Parts) -> None:
    raised(parts, "issue: 1", 1)
    stranger = Browser(create_app(parts))
    for address in ("/desk/sign-in", "/"):
        answer = stranger.get(address)
        assert answer.status_code == 200
        assert "Spring is paused" not in answer.text
    assert stranger.post("/desk/alarms/1/seen").status_code in (303, 401, 403)
    assert alarm(parts, 1).seen_at is None


def test_seen_by_one_editor_it_leaves_the_desk_of_all_and_stands_until_it_is_mended(
    browser: Browser, parts: Parts
) -> None:
    put(parts, IssueState.PAUSED)
    alarm_id = raised(parts, "issue: 1", 1)
    answer = browser.post(f"/desk/alarms/{alarm_id}/seen", back="/desk/tide/readers")
    assert answer.headers["location"] == "/desk/tide/readers?done=seen"
    assert "Noted that you have seen it." in browser.get("/desk/tide/readers?done=seen").text
    other = Browser(create_app(parts))
    other.take_seat(parts, add_editor(parts, "bea@tide.example.org", "Bea"))
    assert "Spring is paused" not in other.get("/desk").text
    found = alarm(parts, alarm_id)
    assert (found.seen_by, found.seen_at, found.ended_at) == (1, parts.clock.now(), None)
    assert other.post(f"/desk/alarms/{alarm_id}/seen").status_code == 303
    assert alarm(parts, alarm_id).seen_by == 1, "who saw it first"


def test_it_leaves_the_desk_by_itself_when_the_cause_is_mended(browser: Browser, parts: Parts) -> None:
    put(parts, IssueState.PAUSED)
    alarm_id = raised(parts, "issue: 1", 1)
    assert parts.alarms.end_mended() == []
    assert "Spring is paused" in browser.get("/desk").text
    put(parts, IssueState.SENDING)
    assert parts.alarms.end_mended() == ["issue: 1"]
    assert "Spring is paused" not in browser.get("/desk").text
    assert browser.post(f"/desk/alarms/{alarm_id}/seen").status_code == 404


def test_without_the_token_of_the_form_nothing_is_seen(browser: Browser, parts: Parts) -> None:
    alarm_id = raised(parts, "issue: 1", 1)
    assert browser.post(f"/desk/alarms/{alarm_id}/seen", csrf="forged").status_code == 403
    assert alarm(parts, alarm_id).seen_at is None


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example/desk", "/desk//evil.example", "/desk/../..", "/deskevil", "/desk\\x", ""],
)
def test_it_leads_back_to_the_desk_and_nowhere_else(browser: Browser, parts: Parts, elsewhere: str) -> None:
    alarm_id = raised(parts, "issue: 1", 1)
    answer = browser.post(f"/desk/alarms/{alarm_id}/seen", back=elsewhere)
    assert answer.headers["location"] == "/desk?done=seen"


def test_more_than_three_are_counted(browser: Browser, parts: Parts) -> None:
    for number in range(5):
        raised(parts, f"reports: {number}")
    page = browser.get("/desk").text
    assert page.count('class="alarm"') == 3
    assert "2 more" in page
