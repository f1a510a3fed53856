"""From the first run to the first send by keyboard alone; and every page of a publication's desk as everybody can use it, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from newsletter.audience.lists_reading import ListTerms
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.addressing import publication_named
from newsletter.issues.catalogue import newest
from newsletter.model import Publication
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.pictures import picture
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.web.places import make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor

PLACES = (
    *("", "/issues", "/issues?words=nothing", "/calendar", "/calendar?span=week", "/first-send", "/commands"),
    *("/settings", "/settings/brand", "/settings/sections", "/settings/sending", "/settings/tracking"),
    *("/settings/domain", "/settings/suppressions", "/settings/danger"),
)


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application that nobody has used yet."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    served.start(create_app(made))
    yield made
    served.stop()


@pytest.fixture
def faults() -> list[str]:
    """What a browser complained of, and what it asked of others."""
    return []


@pytest.fixture(params=["light", "dark"])
def context(request: pytest.FixtureRequest, browser: Browser, faults: list[str]) -> Iterator[BrowserContext]:
    made = browser.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900})
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
    return page


def press(page: Page, there: Locator, key: str = "Enter") -> None:
    """Press a key on something, as whoever has no mouse does."""
    there.focus()
    page.keyboard.press(key)


def go(page: Page, letter: str) -> None:
    """Press g and a letter."""
    page.keyboard.press("g")
    page.keyboard.press(letter)


def write(page: Page, label: str, words: str) -> None:
    """Write over a field, by keys."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


@pytest.mark.parametrize("context", ["light"], indirect=True)
@pytest.mark.pictures
def test_from_the_first_run_to_the_first_send_by_keyboard(
    parts: Parts, context: BrowserContext, faults: list[str]
) -> None:
    page = opened(context, parts, faults)
    page.goto(parts.accounts.links.first_owner(by=OPERATOR))
    for label, words in (("Email address", ADDRESS), ("Name", "Mara"), ("Password", PASSWORD)):
        write(page, label, words)
    write(page, "Password again", PASSWORD)
    page.keyboard.press("Enter")
    press(page, page.get_by_role("link", name="Create the first one"))
    create(page)
    give_an_address(page)
    home = publication_named(parts.database, "tide")
    have_readers(parts, home)
    begin(page, parts, home)
    send(page, parts)


def create(page: Page) -> None:
    """Fill in the form of a new publication; what will not do is told beside its field."""
    write(page, "Word in addresses", "desk")
    write(page, "Name", "The Tide Table")
    write(page, "Sender\N{RIGHT SINGLE QUOTATION MARK}s address", "mara@tide.example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Word in addresses")).to_be_focused()
    expect(page.get_by_text("is an address of the service itself")).to_be_visible()
    write(page, "Word in addresses", "tide")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Steps to the first send")).to_be_visible()
    picture(page, "desk-first-send")


def give_an_address(page: Page) -> None:
    """Go to the settings by keys, and change one."""
    go(page, "s")
    write(page, "Postal address", "3 Pier Road, Wells")
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Saved.")).to_be_visible()


def have_readers(parts: Parts, home: Publication) -> None:
    """Let two people have agreed; importing is a command's."""
    rows = [{"email": f"{name}@pear.example"} for name in ("ada", "pip")]
    parts.importing.import_list(
        rows, ListTerms("a test", "They agreed.", confirmed=True), publication_id=home.id, by=OPERATOR
    )


def begin(page: Page, parts: Parts, home: Publication) -> None:
    """Begin an issue through the list of commands; its text is written as another journey does it."""
    go(page, "t")
    expect(page.get_by_text("There is no issue dated today.")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Find a command")).to_be_focused()
    picture(page, "desk-commands")
    page.keyboard.type("nothing is called this")
    expect(page.get_by_text("No command has these words.")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("new issue")
    expect(page.get_by_text("No command has these words.")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/issues/*")
    [(issue, _)] = newest(parts.database, publication_id=home.id, limit=1)
    text = issue_text(issue.slug).replace("date: 2026-01-01", f"date: {issue.dated}")
    parts.editing.save(issue.id, text=text, revision=issue.revision, by=OPERATOR)


def send(page: Page, parts: Parts) -> None:
    """From Today to the review, a test, and off."""
    page.goto(f"{parts.settings.base_url}/desk/tide")
    picture(page, "desk-today")
    press(page, page.get_by_role("link", name="Look it over and send"))
    write(page, "Address of the test", ADDRESS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The test is on its way.")).to_be_visible()
    press(page, page.get_by_text("Send now instead"))
    press(page, page.get_by_role("button", name="Send to 2 readers now"))
    expect(page.get_by_role("button", name="Undo: make it a draft again")).to_be_visible()
    go(page, "t")
    expect(page.get_by_text("goes out")).to_be_visible()


def test_every_page_is_as_everybody_can_use_it(parts: Parts, context: BrowserContext, faults: list[str]) -> None:
    home = add_publication(parts.database)
    add_editor(parts)
    for slug in ("2026-01-01", "2026-01-02"):
        parts.editing.import_issue(issue_text(slug), source="x.md", by=OPERATOR)
    parts.suppressing.suppress("pip@pear.example", publication_id=home.id, by=OPERATOR)
    page = opened(context, parts, faults)
    page.goto(f"{parts.settings.base_url}/desk/sign-in")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Sign out").wait_for()
    for place in (*(f"/desk/tide{each}" for each in PLACES), "/desk/publications/new"):
        page.goto(f"{parts.settings.base_url}{place}")
        assert (place, violations(page)) == (place, [])
    page.set_viewport_size({"width": 390, "height": 844})
    for place in PLACES:
        page.goto(f"{parts.settings.base_url}/desk/tide{place}")
        assert (place, page.evaluate("document.documentElement.scrollWidth <= innerWidth")) == (place, True)
    page.goto(f"{parts.settings.base_url}/desk/tide")
    page.keyboard.press("?")
    expect(page.get_by_label("Find a command")).to_be_focused()
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """Return what axe finds on a page, in its words."""
    found = Axe().run(page)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]
