"""A segment is built at the desk, counted while one builds, and an issue is sent to it; each page can be used by everybody, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Publication
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.pictures import picture
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_readers
from tests.web.places import make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor

WIDTHS = ((1280, 900), (390, 844))


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application with an editor."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    add_editor(made)
    served.start(create_app(made))
    yield made
    served.stop()


@pytest.fixture
def home(parts: Parts) -> Publication:
    """The publication `tide` with a draft and four readers, two of them with the tag `press`."""
    home = add_publication(parts.database)
    readers = add_readers(parts.database, parts.clock, home, 4, "pear.example")
    for reader in readers[:2]:
        parts.describing_readers.describe(home.id, reader, {}, ["press"], by=OPERATOR)
    parts.editing.import_issue(issue_text(), source="x.md", by=OPERATOR)
    return home


@pytest.fixture
def faults() -> list[str]:
    """What a browser complained of, and what it asked of others."""
    return []


@pytest.fixture(params=["light", "dark", "without script"])
def context(request: pytest.FixtureRequest, browser: Browser, faults: list[str]) -> Iterator[BrowserContext]:
    scheme = "dark" if request.param == "dark" else "light"
    scripted = request.param != "without script"
    made = browser.new_context(
        color_scheme=scheme, viewport={"width": 1280, "height": 900}, java_script_enabled=scripted
    )
    yield made
    made.close()
    assert faults == []


def opened(context: BrowserContext, parts: Parts, faults: list[str]) -> Page:
    """Return a page that notes each error and each request to another host."""
    page = context.new_page()
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "422" not in message.text:
            faults.append(message.text)

    page.on("console", note)
    own = urlsplit(parts.settings.base_url).netloc
    page.on("request", lambda asked: faults.append(asked.url) if urlsplit(asked.url).netloc not in {own, ""} else None)
    page.goto(f"{parts.settings.base_url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_attached()
    return page


def usable(page: Page, name: str, *, scripted: bool) -> None:
    """See that everybody can use a page at each width, and that nothing stands beyond its edge."""
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        if scripted:
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name} at {width}: {found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} at {width}"
    page.set_viewport_size({"width": 1280, "height": 900})
    picture(page, name)


@pytest.mark.pictures
def test_a_segment_is_built_and_an_issue_is_sent_to_it(
    parts: Parts, home: Publication, context: BrowserContext, faults: list[str], request: pytest.FixtureRequest
) -> None:
    scripted = "without script" not in request.node.name
    page = opened(context, parts, faults)
    define_a_field(page, parts, home, scripted=scripted)
    build(page, parts, home, scripted=scripted)
    send_to_it(page, parts, home)


def define_a_field(page: Page, parts: Parts, home: Publication, *, scripted: bool) -> None:
    """Define a field, and note what it holds for a reader."""
    page.goto(f"{parts.settings.base_url}/desk/tide/fields")
    page.get_by_label("Name").fill("City")
    page.get_by_label("Ask for it in the sign-up form").check()
    page.get_by_role("button", name="Add field").click()
    expect(page.get_by_role("heading", name="City")).to_be_visible()
    usable(page, "desk-fields", scripted=scripted)
    page.goto(f"{parts.settings.base_url}/desk/tide/readers/1")
    page.get_by_label("City").fill("Ulm")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()  # the page that follows, not the one that was filled in
    expect(page.get_by_label("City")).to_have_value("Ulm")
    expect(page.get_by_label("Tags")).to_have_value("press")
    usable(page, "desk-reader-known", scripted=scripted)


def build(page: Page, parts: Parts, home: Publication, *, scripted: bool) -> None:
    """Build a segment of a tag and a group; the count follows, by itself where a script runs."""
    page.goto(f"{parts.settings.base_url}/desk/tide/segments")
    page.get_by_role("link", name="New segment").click()
    page.get_by_label("Name").fill("Press in Ulm")
    page.get_by_label("Tag", exact=True).fill("press")
    if scripted:
        page.get_by_label("Tag", exact=True).blur()
    else:
        page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("2 active readers now")).to_be_visible()
    page.get_by_label("Add readers who").select_option(label="a group: one of these")
    page.get_by_role("button", name="Add", exact=True).last.click()
    page.get_by_label("Add to the group").select_option("field")
    page.get_by_role("group", name="Rule 2, a group").get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Value").fill("Ulm")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("1 active reader now")).to_be_visible()
    usable(page, "desk-segment", scripted=scripted)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Press in Ulm")).to_be_visible()
    page.get_by_role("link", name="Segments", exact=True).first.click()
    expect(page.get_by_role("link", name="Press in Ulm")).to_be_visible()
    usable(page, "desk-segments", scripted=scripted)


def send_to_it(page: Page, parts: Parts, home: Publication) -> None:
    """Choose it on the review of the issue, and send."""
    page.goto(f"{parts.settings.base_url}/desk/tide/issues/1/review")
    page.get_by_label("Send to").select_option(label="Press in Ulm")
    page.get_by_role("button", name="Choose").click()
    expect(page.get_by_text("as the segment was when it was chosen")).to_be_visible()
    [kept] = parts.segmenting.all_of(home.id, by=OPERATOR)
    assert [issue.id for issue in parts.segmenting.used_by(home.id, by=OPERATOR)[kept.id]] == [1]
    page.goto(f"{parts.settings.base_url}/desk/tide/segments/{kept.id}")
    expect(page.get_by_text("Meant for")).to_be_visible()
