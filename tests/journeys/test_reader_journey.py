"""A reader in a real browser: asks, confirms and reads by the links of mail that really came, and leaves by one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Locator, Page, Request, expect
from sqlalchemy import select

from newsletter.audience.lists_reading import ListTerms
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.inbound.maildir import MaildirReader
from newsletter.model import Subscription
from newsletter.model.states import SubscriptionState
from newsletter.rendering.markdown_file import write_markdown
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.parts.named import id_of_issue
from tests.web.places import add_publication, make_document, make_parts, publish
from workers import embedded

ADDRESS = "pip@pear.example"

Visit = Callable[..., Page]


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
        expect.set_options(timeout=15_000)
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


@pytest.fixture
def sending(parts: Parts) -> Iterator[None]:
    """Worker and scheduler in this process: what is owed goes to the local Maildir."""
    running = embedded.start(parts)
    yield
    running.stop()


@pytest.mark.usefixtures("sending")
@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_reader_subscribes_confirms_reads_and_leaves(parts: Parts, visit: Visit, javascript: bool) -> None:
    page = visit(java_script_enabled=javascript)
    subscribe(page, parts)
    confirm(page, parts)
    send_issue(parts)
    read(page, parts)
    leave(page, parts)
    look_around(page)


def subscribe(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/orchard")
    page.get_by_label("Email address").fill(ADDRESS)
    parts.clock.sleep(5)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()


def confirm(page: Page, parts: Parts) -> None:
    mail = open_mail(page, parts, "Please confirm your subscription to The Orchard Letter")
    asked = follow(page, mail.get_by_role("link", name="Confirm my subscription"))
    assert standing(parts) is SubscriptionState.PENDING
    asked.get_by_role("button", name="Yes, subscribe me").click()
    expect(asked.get_by_role("heading", name=re.compile("in$"))).to_be_visible()
    assert standing(parts) is SubscriptionState.ACTIVE
    asked.close()


def send_issue(parts: Parts) -> None:
    document = make_document("2026-03-04", date(2026, 3, 4), subject="Four ways to graft")
    parts.editing.import_issue(write_markdown(document), source="issue.md", by=OPERATOR)
    parts.publishing.schedule(
        id_of_issue(parts.database, "2026-03-04", "orchard"), parts.clock.now(), despite=MEANT, by=OPERATOR
    )


def read(page: Page, parts: Parts) -> None:
    mail = open_mail(page, parts, "Four ways to graft")
    expect(mail.get_by_role("link", name="Grafting number 2 of 2026-03-04")).to_be_visible()
    issue = follow(page, mail.get_by_role("link", name="View in browser").first)
    expect(issue.get_by_role("heading", level=1)).to_have_text("Letter 2026-03-04")
    expect(issue.get_by_role("cell", name="Russet")).to_be_visible()
    issue.close()


def leave(page: Page, parts: Parts) -> None:
    mail = open_mail(page, parts, "Four ways to graft")
    goodbye = follow(page, mail.get_by_role("link", name="Unsubscribe"))
    expect(goodbye.get_by_role("main")).not_to_contain_text(ADDRESS)
    assert standing(parts) is SubscriptionState.ACTIVE
    goodbye.get_by_role("button", name="Unsubscribe").click()
    expect(goodbye.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert standing(parts) is SubscriptionState.UNSUBSCRIBED
    page.goto(goodbye.url)
    goodbye.close()


def look_around(page: Page) -> None:
    page.get_by_role("link", name="archive", exact=True).click()
    page.get_by_role("link", name="Letter 2026-03-02").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Letter 2026-03-02")
    page.get_by_role("link", name="Permalink: Grafting number 2").click()
    assert page.url.endswith("/orchard/2026-03-02/papers/grafting-2")
    expect(page.get_by_text("Abstract 2 of 2026-03-02.")).to_be_visible()
    page.get_by_role("link", name="All papers").click()
    expect(page.get_by_text("Abstract 1 of 2026-03-01.")).to_be_visible()


def open_mail(page: Page, parts: Parts, subject: str) -> FrameLocator:
    """Wait for the mail (10 s at most), open it in the local inbox, and return the frame that shows its HTML."""
    caught(parts, subject)
    page.goto(f"{parts.settings.base_url}/inbox")
    page.get_by_role("link", name=subject).click()
    return page.frame_locator("iframe")


def caught(parts: Parts, subject: str) -> bytes:
    """Return the one mail of that subject to the reader as it lies in the Maildir; wait 10 s at most."""
    inbox = MaildirReader(parts.settings.inbox)
    for _ in range(200):
        found = [mail for mail in inbox.page(limit=10) if mail.subject == subject and ADDRESS in mail.recipient]
        if found:
            (mail,) = found
            return inbox.read(mail.name)
        time.sleep(0.05)
    raise AssertionError(f"no mail came with the subject {subject!r}")


def follow(page: Page, link: Locator) -> Page:
    """Follow a link of a mail: it opens beside the inbox."""
    with page.expect_popup() as popup:
        link.click()
    return popup.value


@pytest.mark.usefixtures("sending")
def test_a_mail_program_unsubscribes_by_the_header_alone(parts: Parts) -> None:
    add_active_reader(parts)
    send_issue(parts)
    mail = message_from_bytes(caught(parts, "Four ways to graft"), policy=default)
    assert mail["List-Unsubscribe-Post"] is None  # RFC 8058 section 3.1 wants https, and this service is on loopback
    (address,) = re.findall(r"<(https?:[^>]+)>", mail["List-Unsubscribe"])
    assert httpx.get(address).status_code == 200
    assert standing(parts) is SubscriptionState.ACTIVE
    answer = httpx.post(address, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.history) == (200, [])
    assert standing(parts) is SubscriptionState.UNSUBSCRIBED


def add_active_reader(parts: Parts) -> None:
    said = ListTerms("test", "Asked for it on paper", confirmed=True)
    parts.importing.import_list([{"email": ADDRESS}], said, publication_id=1, by=OPERATOR)


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
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#page.main"


def standing(parts: Parts) -> SubscriptionState:
    with parts.database.read() as session:
        return session.scalars(select(Subscription.state)).one()
