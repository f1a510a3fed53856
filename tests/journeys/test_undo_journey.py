"""Send now in a real browser: for thirty seconds a button takes it back, and nobody got it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues import editing
from newsletter.model import Delivery, Issue
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.serving import Served
from tests.parts.ledger import add_readers
from tests.web.places import make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """A served application with the usual window of undoing, three readers, one draft (id 1) and one editor."""
    monkeypatch.delenv("NEWSLETTER_UNDO_SECONDS")
    served = Served()
    made = make_parts(database, clock, tmp_path, base_url=served.url)
    add_readers(database, clock, add_publication(database), 3)
    add_editor(made)
    editing.import_issue(database, clock=clock, text=issue_text(), source="x.md")
    served.start(create_app(made))
    yield made
    served.stop()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def page(request: pytest.FixtureRequest, browser: Browser, parts: Parts) -> Iterator[Page]:
    """A page that fails the test when it breaks the content policy."""
    context, trouble = browser.new_context(java_script_enabled=request.param), []
    opened = context.new_page()
    opened.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert trouble == []


def test_what_is_undone_within_thirty_seconds_reaches_nobody(parts: Parts, clock: SettableClock, page: Page) -> None:
    _send_now(page, parts)
    clock.advance(20)
    parts.engine.tick()
    if page.locator("noscript").count() and page.evaluate("typeof htmx") == "object":
        expect(page.get_by_text("goes out in 10 seconds")).to_be_visible()  # by itself
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_have_text("It is a draft again.")
    clock.advance(3600)
    parts.engine.tick()
    assert _state_and_deliveries(parts) == (IssueState.DRAFT, 0)


def test_what_is_not_undone_goes_to_everybody(parts: Parts, clock: SettableClock, page: Page) -> None:
    _send_now(page, parts)
    clock.advance(29)
    parts.engine.tick()
    assert _state_and_deliveries(parts) == (IssueState.SCHEDULED, 0)
    clock.advance(1)
    parts.engine.tick()
    assert _state_and_deliveries(parts) == (IssueState.SENDING, 3)


def _send_now(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{parts.settings.base_url}/desk/issues/1/review")
    page.get_by_text("Send now instead").click()
    page.get_by_role("button", name="Send to 3 readers now").click()
    expect(page.get_by_text("goes out in 30 seconds")).to_be_visible()


def _state_and_deliveries(parts: Parts) -> tuple[IssueState, int]:
    with parts.database.read() as session:
        count = session.scalar(select(func.count()).select_from(Delivery))
        return session.get_one(Issue, 1).state, count or 0
