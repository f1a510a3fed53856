"""Send now in a real browser, with scheduler, worker and mail server at work: taken back in time nobody got it, else everybody once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SystemClock
from newsletter.issues.editing import Editing
from newsletter.model import Delivery, Issue
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.delivery import leases, liveness
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.serving import Served, served_settings
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_readers
from tests.parts.smtp import SmtpSink
from tests.parts.waiting import comes_true
from tests.web.seats import ADDRESS, PASSWORD, add_editor
from workers import embedded

READERS = 3
PATIENCE = 30.0


class LeapingClock(SystemClock):
    """The machine's clock, which can be moved ahead: nobody waits thirty seconds in a test."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the present moment, moved ahead."""
        return super().now() + self.ahead

    def leap(self, seconds: float) -> None:
        """Let so many seconds have passed."""
        self.ahead += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> LeapingClock:
    """A clock that runs, and leaps when told to."""
    return LeapingClock()


@pytest.fixture
def parts(
    database: Database, clock: LeapingClock, smtp_sink: SmtpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Parts]:
    """A whole service with the default of thirty seconds, three readers, one draft (id 1) and one editor."""
    monkeypatch.delenv("NEWSLETTER_UNDO_SECONDS")
    served = Served()
    settings = served_settings(served, tmp_path, database, smtp_url=smtp_sink.url)
    made = Parts(settings, clock)
    add_readers(database, clock, add_publication(database), READERS)
    add_editor(made)
    text = issue_text().replace("date: 2026-01-01", f"date: {clock.now().date()}")
    Editing(database, clock).import_issue(text, source="x.md", by=OPERATOR)
    served.start(create_app(made))
    running = embedded.start(made)
    yield made
    running.stop()
    served.stop()
    made.close()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def page(request: pytest.FixtureRequest, browser: Browser, parts: Parts) -> Iterator[Page]:
    """A page that fails the test when it breaks the content policy."""
    context, trouble = browser.new_context(java_script_enabled=request.param), []
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    opened.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    yield opened
    context.close()
    assert trouble == []


def test_what_is_undone_within_thirty_seconds_reached_nobody(
    parts: Parts, clock: LeapingClock, smtp_sink: SmtpSink, page: Page
) -> None:
    send_now(page, parts)
    clock.leap(15)
    expect(page.get_by_role("timer")).to_contain_text("1")  # by itself, or by loading the page anew
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_have_text("It is a draft again: nobody got it.")
    expect(page.get_by_label("The issue, in Markdown")).to_be_visible()
    clock.leap(3600)
    assert_a_round_passes(parts)
    assert stands(parts) == (IssueState.DRAFT, 0)
    assert smtp_sink.messages == []


def test_what_is_not_undone_reached_everybody_once(
    parts: Parts, clock: LeapingClock, smtp_sink: SmtpSink, page: Page
) -> None:
    send_now(page, parts)
    assert_a_round_passes(parts)
    assert stands(parts) == (IssueState.SCHEDULED, 0)
    clock.leap(30)
    expect(page.locator("#progress .standing")).to_contain_text("sent")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert stands(parts) == (IssueState.SENT, READERS)
    got = Counter(recipient for _, recipient, _ in smtp_sink.messages)
    assert got == {f"reader{n}@readers.example": 1 for n in range(READERS)}


def test_undo_answers_to_the_keyboard_though_the_seconds_change_beside_it(
    parts: Parts, browser: Browser, smtp_sink: SmtpSink
) -> None:
    page = browser.new_page()
    send_now(page, parts)
    undo = page.get_by_role("button", name="Undo")
    undo.focus()
    shown = page.get_by_role("timer").inner_text()
    expect(page.get_by_role("timer")).not_to_have_text(shown)
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("It is a draft again: nobody got it.")
    page.close()
    assert smtp_sink.messages == []


def send_now(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{parts.settings.base_url}/desk/issues/1/review")
    page.get_by_text("Send now instead").click()
    page.get_by_role("button", name=f"Send to {READERS} readers now").click()
    expect(page.get_by_role("timer")).to_contain_text("second")


def assert_a_round_passes(parts: Parts) -> None:
    """Wait until a round of the scheduler began and ended: it shows its lease at the beginning of each."""

    def shown() -> datetime | None:
        with parts.database.read() as session:
            lease = liveness.lease(session, leases.SCHEDULER)
            return lease.until if lease else None

    for _ in range(2):
        before = shown()
        assert comes_true(lambda seen=before: shown() != seen, PATIENCE)


def stands(parts: Parts) -> tuple[IssueState, int]:
    with parts.database.read() as session:
        count = session.scalar(select(func.count()).select_from(Delivery))
        return session.get_one(Issue, 1).state, count or 0
