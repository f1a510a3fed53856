"""An editor in a real browser: signs in, writes with a live preview, mends a mistake, tests, schedules, and takes it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.model import Delivery, Issue, Notice
from newsletter.model.states import DeliveryState, IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.transports.maildir import MaildirTransport
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.parts.kept_counts import planned, put
from tests.web.places import make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application with one draft (id 1) and one editor."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    add_publication(sqlite_database)
    add_editor(made)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    served.start(create_app(made))
    yield made
    served.stop()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def page(request: pytest.FixtureRequest, browser: Browser, parts: Parts) -> Iterator[Page]:
    """A page that fails the test when it breaks the content policy."""
    context, trouble = browser.new_context(java_script_enabled=request.param), []
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    opened.on("console", lambda message: trouble.append(message.text) if _is_fault(message) else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    yield opened
    context.close()
    assert trouble == []


def _is_fault(message: ConsoleMessage) -> bool:
    """A form sent back is no fault, nor is a preview that a newer one replaced: what fails says so by a name of its own."""
    harmless = ("status of 422", "htmx:sendAbort", "htmx:afterRequest")
    return message.type == "error" and not any(each in message.text for each in harmless)


def _scripted(page: Page) -> bool:
    return page.locator("noscript button").count() == 0


def test_an_editor_writes_tests_schedules_and_takes_it_back(parts: Parts, page: Page) -> None:
    sign_in(page, parts)
    write(page)
    make_and_mend_a_mistake(page, parts)
    send_a_test(page, parts)
    schedule(page, parts)
    take_back(page, parts)


def sign_in(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Springs and neaps").click()


def write(page: Page) -> None:
    frame = page.frame_locator("#frame")
    expect(frame.get_by_text("The Tide Table").first).to_be_visible()
    text = page.get_by_label("The issue, in Markdown")
    text.fill(issue_text().replace("A new pier", "A pier of glass"))
    _look(page)
    expect(frame.get_by_role("link", name="A pier of glass")).to_be_visible()
    page.locator("label", has_text=re.compile("^Text$")).click()
    _look(page)
    expect(frame.locator("pre")).to_contain_text("A pier of glass")
    page.locator("label", has_text=re.compile("^Email$")).click()


def make_and_mend_a_mistake(page: Page, parts: Parts) -> None:
    good = issue_text().replace("A new pier", "A pier of glass")
    broken = good.replace("kind=papers", "kind=novels")
    text = page.get_by_label("The issue, in Markdown")
    text.fill(broken)
    _look(page)
    line = next(n for n, row in enumerate(broken.splitlines(), 1) if "novels" in row)
    place = page.get_by_role("link", name=f"Line {line}, column")
    expect(place).to_be_visible()
    if _scripted(page):
        place.click()
        assert page.evaluate("text.value.slice(text.selectionStart)").startswith("kind=novels")
    page.get_by_role("button", name="Save").click()
    expect(place).to_be_visible()
    assert _issue(parts).revision == 1
    text.fill(good)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert _issue(parts).source == good


def send_a_test(page: Page, parts: Parts) -> None:
    page.get_by_role("button", name="Review and send").click()
    page.get_by_role("button", name="Send test").click()
    expect(page.get_by_role("status")).to_have_text("The test is on its way.")
    with parts.database.read() as session:
        notice = session.scalars(select(Notice)).one()
    sender = replace(parts.notice_sender, transport=MaildirTransport(parts.settings.inbox))
    sender.send_notice(notice.id)
    page.get_by_role("link", name="Inbox").click()
    page.get_by_role("link", name="[Test] Springs and neaps").click()
    mail = page.frame_locator("iframe")
    expect(mail.get_by_role("link", name="A pier of glass")).to_be_visible()
    with page.expect_popup() as popup:
        mail.get_by_role("link", name="View in browser").first.click()
    popup.value.close()


def schedule(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/desk/issues/1/review")
    page.get_by_label("When, in UTC").fill("2031-05-09T06:30")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("alert")).to_contain_text("Not scheduled yet")
    expect(page.get_by_text("would go out on Fri 9 May 2031 (UTC)")).to_be_visible()
    page.get_by_label("It is meant: send it all the same.").check()
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("goes out Friday 9 May 2031, 06:30 UTC")).to_be_visible()
    assert _issue(parts).state is IssueState.SCHEDULED


def take_back(page: Page, parts: Parts) -> None:
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("The issue, in Markdown")).to_be_visible()
    assert _issue(parts).state is IssueState.DRAFT


def _look(page: Page) -> None:
    if not _scripted(page):
        page.get_by_role("button", name="Preview").click()


def _issue(parts: Parts) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, 1)


def test_counts_move_while_an_issue_is_sent(parts: Parts, browser: Browser) -> None:
    now = parts.clock.now()
    with parts.database.write() as session:
        session.add_all(
            Delivery(id=n, issue_id=1, edition_id=1, subscriber_id=n, state=DeliveryState.QUEUED, changed_at=now)
            for n in (1, 2)
        )
        issues.by_id(session, 1).state = IssueState.SENDING
    planned(parts.database, 1)
    page = browser.new_page()
    sign_in_only(page, parts)
    expect(page.locator(".standing")).to_contain_text("0 of 2")
    with parts.database.write() as session:
        put(session, Delivery.id == 1, state=DeliveryState.SUBMITTED)
    expect(page.locator(".standing")).to_contain_text("1 of 2")
    with parts.database.write() as session:
        put(session, Delivery.id == 2, state=DeliveryState.SUBMITTED)
        issues.by_id(session, 1).state = IssueState.SENT
    expect(page.locator(".standing")).to_contain_text("sent")
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    page.close()


def sign_in_only(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/desk/issues/1")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
