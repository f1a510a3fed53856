"""A reader in a real browser: subscribes, confirms from the mail, reads the archive, and leaves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Delivery, Issue, Notice, Subscriber, Subscription
from newsletter.model.states import DeliveryState, SubscriptionState
from newsletter.store.database import Database
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from tests.conftest import absent
from tests.journeys.serving import Served
from tests.web.places import NOON, add_publication, make_document, make_parts, publish

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
ADDRESS = "pip@pear.example"

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not os.access(CHROMIUM, os.X_OK):
        absent("chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    publication = add_publication(sqlite_database)
    for day in (1, 2, 3):
        publish(sqlite_database, publication, make_document(f"2026-03-0{day}", date(2026, 3, day)))
    served.start(create_app(made))
    yield made
    served.stop()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a page that fails the test when it breaks the policy or asks anything of another host."""
    contexts, trouble = [], []

    def opened(**options: object) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: trouble.append(message.text) if _is_fault(message) else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda asked: trouble.append(asked.url) if _is_elsewhere(asked) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []


def _is_fault(message: ConsoleMessage) -> bool:
    return message.type == "error" and "status of 422" not in message.text  # a form sent back is no fault


def _is_elsewhere(asked: Request) -> bool:
    return not asked.url.startswith(("http://127.0.0.1:", "data:"))


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_reader_subscribes_confirms_reads_and_leaves(parts: Parts, visit: Visit, javascript: bool) -> None:
    page = visit(java_script_enabled=javascript)
    subscribe(page, parts)
    confirm(page, parts)
    read(page)
    leave(page, parts)


def subscribe(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/orchard")
    page.get_by_label("Email address").fill(ADDRESS)
    parts.clock.sleep(5)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert standing(parts) is SubscriptionState.PENDING


def confirm(page: Page, parts: Parts) -> None:
    with parts.database.read() as session:
        mail = session.scalars(select(Notice)).one()
    assert mail.to_address == ADDRESS
    page.goto(re.search(r"http://\S+/confirm/[\w-]+", mail.text)[0])
    assert standing(parts) is SubscriptionState.PENDING
    page.get_by_role("button", name="Yes, subscribe me").click()
    expect(page.get_by_role("heading", name=re.compile("in$"))).to_be_visible()
    assert standing(parts) is SubscriptionState.ACTIVE


def read(page: Page) -> None:
    page.get_by_role("link", name="Read the archive until then").click()
    page.get_by_role("link", name="Letter 2026-03-02").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Letter 2026-03-02")
    expect(page.get_by_role("cell", name="Russet")).to_be_visible()
    page.get_by_role("link", name="Permalink: Grafting number 2").click()
    assert page.url.endswith("/orchard/2026-03-02/papers/grafting-2")
    expect(page.get_by_text("Abstract 2 of 2026-03-02.")).to_be_visible()
    page.get_by_role("link", name="All papers").click()
    expect(page.get_by_text("Abstract 1 of 2026-03-01.")).to_be_visible()


def leave(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/u/{delivered(parts)}")
    expect(page.get_by_role("main")).not_to_contain_text(ADDRESS)
    assert standing(parts) is SubscriptionState.ACTIVE
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert standing(parts) is SubscriptionState.UNSUBSCRIBED


def test_a_mistake_in_the_form_is_told_beside_the_field(parts: Parts, visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    page.goto(f"{parts.settings.base_url}/orchard/subscribe")
    page.get_by_label("Email address").fill("pip at pear")
    parts.clock.sleep(5)
    with page.expect_response("**/subscribe") as answered:
        page.get_by_role("button", name="Subscribe").click()
    assert answered.value.status == 422
    field = page.get_by_label("Email address")
    expect(field).to_have_value("pip at pear")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("address"))


def test_a_person_neither_sees_nor_reaches_the_trap_for_robots(parts: Parts, visit: Visit) -> None:
    page = visit()
    page.goto(f"{parts.settings.base_url}/orchard/subscribe")
    trap = page.locator("input[name=website]")
    box = trap.bounding_box()
    assert box is not None and box["x"] + box["width"] < 0
    page.get_by_label("Email address").focus()
    reached = set()
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || ''"))
    assert "name" in reached and "website" not in reached


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_no_page_scrolls_sideways(parts: Parts, visit: Visit, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800})
    for path in ("/", "/orchard", "/orchard/subscribe", "/orchard/2026-03-02", "/orchard/all/papers"):
        page.goto(parts.settings.base_url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_dark_paper_is_dark_and_the_skip_link_comes_first(parts: Parts, visit: Visit) -> None:
    page = visit(color_scheme="dark")
    page.goto(f"{parts.settings.base_url}/orchard/2026-03-02")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 23, 25)"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def standing(parts: Parts) -> SubscriptionState:
    with parts.database.read() as session:
        return session.scalars(select(Subscription.state)).one()


def delivered(parts: Parts) -> str:
    """Store a delivery of the first issue to the reader, and return the token of its unsubscribe link."""
    with parts.database.write() as session:
        issue = session.scalars(select(Issue).order_by(Issue.id)).first()
        session.add(
            Delivery(
                id=7,
                issue_id=issue.id,
                edition_id=1,
                subscriber_id=session.scalars(select(Subscriber.id)).one(),
                state=DeliveryState.SUBMITTED,
                changed_at=NOON,
            )
        )
    return parts.signer.issue(Purpose.UNSUBSCRIBE, 7)
