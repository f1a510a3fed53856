"""The bin at the desk: a button on a draft, a page to restore from, and nothing of it anywhere else."""

from __future__ import annotations

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
HTML = {"accept": "text/html"}


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts with one draft (id 1)."""
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    return make_parts(sqlite_database, clock, tmp_path)


@pytest.fixture
def browser(parts: Parts) -> Browser:
    """A browser that has signed in."""
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def _issues(parts: Parts) -> list[Issue]:
    with parts.database.read() as session:
        return issues.list_for(session)


def test_a_draft_has_a_button_that_puts_it_into_the_bin(browser: Browser, parts: Parts) -> None:
    assert f'action="{AT}/delete"' in browser.get(AT).text
    answer = browser.post(f"{AT}/delete")
    assert answer.headers["location"] == "/desk/bin?done=deleted"
    page = browser.get("/desk/bin").text
    assert "Springs and neaps" in page
    assert "Jan 1, 2026" in page
    assert "Jan 31, 2026" in page
    assert _issues(parts) == []
    assert "Springs and neaps" not in browser.get("/desk").text


def test_what_is_no_draft_has_no_such_button_and_is_refused(browser: Browser, parts: Parts) -> None:
    with parts.database.write() as session:
        issues.by_id(session, 1).state = IssueState.SENT
    assert "/delete" not in browser.get(AT).text
    assert browser.post(f"{AT}/delete").status_code == 409
    assert len(_issues(parts)) == 1


def test_no_page_of_a_deleted_draft_is_found(browser: Browser, parts: Parts) -> None:
    name = browser.get(AT).text.partition(f"{AT}/previews/")[2].partition("/")[0]
    browser.post(f"{AT}/delete")
    pages = ["", "/review", "/countdown", "/progress", "/deliveries", "/report", "/previews/saved/email"]
    for path in [*pages, f"/previews/{name}/web", f"/previews/{name}/text"]:
        assert browser.get(f"{AT}{path}").status_code == 404, path
    changes = {"/test": {"to": "me@example.org"}, "/preview": {"text": issue_text()}, "": {"text": issue_text()}}
    for path in ["/schedule", "/undo", "/delete", "/pause", "/resume", "/cancel", "/resend", *changes]:
        assert browser.post(f"{AT}{path}", **changes.get(path, {})).status_code == 404, path
    assert _issues(parts) == []


def test_what_was_typed_into_a_draft_that_somebody_deleted_is_shown_and_not_lost(browser: Browser) -> None:
    browser.post(f"{AT}/delete")
    answer = browser.post(AT, HTML, text=issue_text(subject="A < B & C"), revision="1")
    assert answer.status_code == 404
    assert "subject: A &lt; B &amp; C" in answer.text
    assert 'href="/desk/bin"' in answer.text


def test_restored_it_is_the_draft_it_was(browser: Browser, parts: Parts) -> None:
    browser.post(f"{AT}/delete")
    answer = browser.post("/desk/tide/bin/1/restore")
    assert answer.headers["location"] == f"{AT}?done=restored"
    assert "Restored: it is a draft again." in browser.get(f"{AT}?done=restored").text
    assert [(issue.id, issue.source) for issue in _issues(parts)] == [(1, issue_text())]
    assert "The bin is empty" in browser.get("/desk/bin").text
    assert browser.post("/desk/tide/bin/1/restore").status_code == 404


def test_a_taken_slug_is_told_beside_a_field_for_another(browser: Browser, parts: Parts, clock: SettableClock) -> None:
    browser.post(f"{AT}/delete")
    parts.editing.import_issue(issue_text(), source="x.md", by=OPERATOR)
    refused = browser.post("/desk/tide/bin/1/restore")
    assert refused.status_code == 409
    assert "Another issue has the slug &#39;2026-01-02&#39; by now: restore this one under another slug" in refused.text
    assert 'name="slug" type="text" required maxlength="120" value="2026-01-02"' in refused.text
    wrong = browser.post("/desk/tide/bin/1/restore", slug="Not One")
    assert wrong.status_code == 422
    assert 'value="Not One"' in wrong.text
    assert browser.post("/desk/tide/bin/1/restore", slug="2026-01-02-b").status_code == 303
    assert {issue.slug for issue in _issues(parts)} == {"2026-01-02", "2026-01-02-b"}
