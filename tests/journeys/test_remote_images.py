"""Images from elsewhere in a real browser: not asked for in previews and inbox until the editor clicks, with and without scripts."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.mail.envelope import Envelope, Outcome
from newsletter.store.database import Database
from newsletter.transports.maildir import MaildirTransport
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.web.places import make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor

HOST = "https://images.example"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MAIL = (
    "From: Mara <mara@tide.example.org>\r\nTo: reader@example.org\r\nSubject: Springs and neaps\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/html; charset=utf-8\r\n\r\n"
    f'<html><head></head><body style="background:url({HOST}/back.png)"><p>The pier</p><img src="{HOST}/mail.png" alt="far">'
    f'<img src="data:image/png;base64,{base64.b64encode(PIXEL).decode()}" alt="here"></body></html>\r\n'
).encode()


class Nobody:
    """A witness that keeps nothing."""

    def wrote(self, delivery_id: int) -> None: ...
    def heard(self, delivery_id: int, outcome: Outcome) -> None: ...


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application: a draft (id 1) with an image of another host, and a mail with two of them in the inbox."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    add_publication(sqlite_database)
    add_editor(made)
    text = issue_text().rstrip() + f"\n\n![The pier]({HOST}/pier.png)\n"
    Editing(sqlite_database, clock).import_issue(text, source="x.md", by=OPERATOR)
    envelope = Envelope(1, "bounce@tide.example.org", "reader@example.org", MAIL)
    MaildirTransport(made.settings.inbox).send([envelope], Nobody())
    served.start(create_app(made))
    yield made
    served.stop()


class Seen:
    """What was asked of the other host."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def answer(self, route: Route) -> None:
        self.paths.append(route.request.url.removeprefix(HOST))
        route.fulfill(body=PIXEL, content_type="image/png")


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def page(request: pytest.FixtureRequest, browser: Browser, parts: Parts, seen: Seen) -> Iterator[Page]:
    """An editor who has signed in."""
    context = browser.new_context(java_script_enabled=request.param, base_url=parts.settings.base_url)
    context.route(f"{HOST}/**", seen.answer)
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    opened.goto("/desk/sign-in")
    opened.get_by_label("Address").fill(ADDRESS)
    opened.get_by_label("Password").fill(PASSWORD)
    opened.get_by_role("button", name="Sign in").click()
    expect(opened).to_have_url(f"{parts.settings.base_url}/desk")
    yield opened
    context.close()


def images_settle(frame: FrameLocator, *alts: str, width: int) -> None:
    """Wait until the browser is done with these images: shown (`width` 1), or not asked for (0)."""
    for alt in alts:
        expect(frame.get_by_alt_text(alt)).to_have_js_property("complete", value=True)
        expect(frame.get_by_alt_text(alt)).to_have_js_property("naturalWidth", width)


def test_a_preview_asks_for_images_of_others_only_when_the_editor_does(page: Page, seen: Seen) -> None:
    frame = page.frame_locator("#frame")
    for kind in ("email", "web"):
        page.goto(f"/desk/issues/1?kind={kind}")
        images_settle(frame, "The pier", width=0)
    assert seen.paths == []
    page.get_by_text("Show remote images").click()
    if page.locator("noscript button").count():
        page.get_by_role("button", name="Preview").click()
    images_settle(frame, "The pier", width=1)
    assert seen.paths == ["/pier.png"]
    assert page.get_by_role("checkbox", name="Show remote images").is_checked()


def test_the_last_look_leads_to_both(page: Page, seen: Seen) -> None:
    page.goto("/desk/issues/1/review")
    addresses = [link.get_attribute("href") or "" for link in page.locator("a[href*='/previews/']").all()]
    assert len(addresses) == 5
    for address in addresses:
        page.goto(address)
        image, is_asked = page.get_by_alt_text("The pier"), "images=1" in address
        if "/text" not in address:
            expect(image).to_have_js_property("complete", value=True)
            expect(image).to_have_js_property("naturalWidth", int(is_asked))
        assert bool(seen.paths) is is_asked, address
        seen.paths.clear()


def test_the_inbox_asks_for_images_of_others_only_on_a_click(page: Page, seen: Seen) -> None:
    page.goto("/inbox")
    page.get_by_role("link", name="reader@example.org").click()
    frame = page.frame_locator(".frame")
    images_settle(frame, "here", width=1)
    images_settle(frame, "far", width=0)
    assert seen.paths == []
    page.get_by_role("link", name="Show remote images").click()
    expect(page.get_by_role("link", name="Hide remote images")).to_be_visible()
    images_settle(frame, "far", width=1)
    for _ in range(600):
        if len(seen.paths) == 2:
            break
        page.wait_for_timeout(50)
    assert sorted(seen.paths) == ["/back.png", "/mail.png"]
    seen.paths.clear()
    page.get_by_role("link", name="Hide remote images").click()
    expect(page.get_by_role("link", name="Show remote images")).to_be_visible()
    images_settle(frame, "far", width=0)
    assert seen.paths == []
