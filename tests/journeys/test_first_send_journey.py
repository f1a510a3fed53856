"""From the first run to the mail in a reader's inbox, all of it by a person on pages: write, add a reader, test, send, read the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from newsletter.accounts.sessions import PROVED_SECONDS
from newsletter.bootstrap import Parts
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import issue_text
from tests.journeys.pictures import picture
from tests.journeys.serving import Served, served_settings
from tests.journeys.test_undo_journey import LeapingClock
from tests.parts.actors import OPERATOR
from tests.parts.smtp import SmtpSink
from tests.parts.waiting import comes_true
from tests.web.seats import ADDRESS, PASSWORD
from workers import embedded

PATIENCE = 60.0
READER = "pip@pear.example"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""A headless browser says that it is one, and its reading would be a machine's."""


@pytest.fixture
def clock() -> LeapingClock:
    """A clock that runs, and leaps when told to."""
    return LeapingClock()


@pytest.fixture
def parts(
    sqlite_database: Database,
    clock: LeapingClock,
    smtp_sink: SmtpSink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Parts]:
    """A whole service that nobody has used yet, with its way out to a real SMTP server."""
    monkeypatch.delenv("NEWSLETTER_UNDO_SECONDS", raising=False)
    served = Served()
    settings = served_settings(served, tmp_path, sqlite_database, smtp_url=smtp_sink.url)
    made = Parts(settings, clock)
    served.start(create_app(made))
    running = embedded.start(made)
    yield made
    running.stop()
    served.stop()
    made.close()


@pytest.fixture
def faults() -> list[str]:
    """What a browser complained of."""
    return []


@pytest.fixture
def people(browser: Browser, faults: list[str]) -> Iterator[Callable[[], Page]]:
    """Open a browser of somebody else each time."""
    contexts: list[BrowserContext] = []

    def sits_down() -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, user_agent=FIREFOX))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE * 1000)
        expect.set_options(timeout=PATIENCE * 1000)
        page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield sits_down
    for context in contexts:
        context.close()
    assert faults == []


def _is_fault(message: ConsoleMessage) -> bool:
    """The question who one is comes with 403, which the browser writes down by itself."""
    return message.type == "error" and "status of 403" not in message.text


def mail_to(sink: SmtpSink, address: str, subject: str) -> str:
    """Wait for a mail to somebody whose subject holds these words; return its text."""
    found: list[str] = []

    def look() -> bool:
        for _, recipient, content in sink.messages:
            mail = message_from_bytes(content, policy=policy.default)
            if recipient == address and subject in str(mail["subject"]):
                body = mail.get_body(("plain",))
                found.append(body.get_content() if body is not None else "")
        return bool(found)

    assert comes_true(look, PATIENCE), [(to, message_from_bytes(raw)["subject"]) for _, to, raw in sink.messages]
    return found[-1]


def link_in(text: str, place: str) -> str:
    """Return the first address in a mail that has this path."""
    found = re.search(rf"http://127\.0\.0\.1:\d{{1,5}}{place}[\w/-]{{1,200}}", text)
    assert found, text
    return found[0]


@pytest.mark.pictures
@pytest.mark.timeout(600)
def test_a_person_goes_from_the_first_run_to_a_mail_that_arrived(
    parts: Parts, clock: LeapingClock, smtp_sink: SmtpSink, people: Callable[[], Page]
) -> None:
    page, home = people(), parts.settings.base_url
    become_the_owner(page, parts.accounts.links.first_owner(by=OPERATOR))
    create(page)
    subscribe(people(), f"{home}/tide/subscribe", smtp_sink, clock)
    write(page, home, clock)
    try_it(page, smtp_sink)
    send(page, clock)
    text = mail_to(smtp_sink, READER, "Springs and neaps")
    assert "A new pier" in text
    read_on_the_web(people(), text)
    read_the_report(page, parts)


def become_the_owner(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Name").fill("Mara Quay")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Create the first one").click()


def create(page: Page) -> None:
    page.get_by_label("Word in addresses").fill("tide")
    page.get_by_label("Name", exact=True).fill("The Tide Table")
    page.get_by_label("Sender\N{RIGHT SINGLE QUOTATION MARK}s address").fill("mara@tide.example.org")
    page.get_by_label("Postal address").fill("3 Pier Road, Wells")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Steps to the first send")).to_be_visible()


def subscribe(page: Page, form: str, sink: SmtpSink, clock: LeapingClock) -> None:
    """Fill in the form as a reader does, and confirm by the link of the mail that comes."""
    page.goto(form)
    clock.leap(5)  # nobody types so quickly
    page.get_by_label("Email address").fill(READER)
    page.get_by_role("button", name="Subscribe").click()
    page.goto(link_in(mail_to(sink, READER, "onfirm"), "/confirm/"))
    page.get_by_role("button", name="Yes, subscribe me").click()
    expect(page.get_by_role("heading")).to_be_visible()
    mail_to(sink, READER, "elcome")


def write(page: Page, home: str, clock: LeapingClock) -> None:
    """Begin the issue of today from Today, write it in the editor, and go to its review."""
    page.goto(f"{home}/desk/tide")
    page.get_by_role("button", name="Begin today").click()
    text = page.get_by_label("The issue, in Markdown")
    expect(text).to_be_visible()
    today = f"{clock.now():%Y-%m-%d}"
    text.fill(issue_text(slug=today).replace("date: 2026-01-01", f"date: {today}"))
    expect(page.frame_locator("#frame").get_by_role("link", name="A new pier")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    page.get_by_role("button", name="Review and send").click()


def try_it(page: Page, sink: SmtpSink) -> None:
    """Send a test to oneself, see it arrive, and approve."""
    page.get_by_label("Address of the test").fill(ADDRESS)
    page.get_by_role("button", name="Send test").click()
    expect(page.get_by_text("The test is on its way.")).to_be_visible()
    assert "A new pier" in mail_to(sink, ADDRESS, "[Test] Springs and neaps")


def send(page: Page, clock: LeapingClock) -> None:
    """Send now: asked who one is, for the last proof is old; then let the time for a change of mind pass."""
    clock.leap(PROVED_SECONDS + 1)
    page.get_by_text("Send now instead").click()
    page.get_by_role("button", name="Send to 1 reader now").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    picture(page, "desk-prove")
    page.get_by_role("main").get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Undo: make it a draft again")).to_be_visible()
    picture(page, "desk-countdown")
    clock.leap(31)
    expect(page.locator("#progress .standing")).to_contain_text("sent")
    picture(page, "desk-sent")


def read_on_the_web(page: Page, text: str) -> None:
    """Follow the mail's link to the issue on the web, as its reader."""
    page.goto(link_in(text, "/tide/"))
    expect(page.get_by_role("link", name="A new pier", exact=True)).to_be_visible()


def read_the_report(page: Page, parts: Parts) -> None:
    parts.events.flush()
    page.get_by_role("link", name="Report").first.click()
    expect(page.locator(".facts div", has_text="Accepted")).to_contain_text("1")
    expect(page.locator(".facts div", has_text="Read on the web")).to_contain_text("1 by people")
    picture(page, "desk-first-report")
