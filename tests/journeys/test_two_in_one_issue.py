"""Two people write one issue while the network is cut, the server is killed and a session ends: not one typed character is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.pictures import picture
from tests.journeys.serving import Served
from tests.journeys.test_nothing_typed_is_lost import Room, said, save
from tests.parts.actors import OPERATOR
from tests.parts.waiting import comes_true
from tests.web.places import make_parts
from tests.web.seats import PASSWORD, add_editor

SPRING, SWELLS = "It opens in spring.", "When two swells cross."
BOB = "bob@tide.example.org"


@pytest.fixture
def ann(browser: Browser, sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Room]:
    """A served desk with one draft, and the browser of one editor."""
    served = Served()
    parts = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    app = create_app(parts)
    served.start(app)
    made = Room(parts, app, served, _context(browser), add_editor(parts))
    made.sign_in()
    yield made
    made.context.close()
    made.served.stop()


@pytest.fixture
def bob(browser: Browser, ann: Room) -> Iterator[Room]:
    """The browser of another editor at the same desk."""
    made = Room(ann.parts, ann.app, ann.served, _context(browser), add_editor(ann.parts, BOB, "Bob"))
    made.sign_in()
    yield made
    made.context.close()


def _context(browser: Browser) -> BrowserContext:
    context = browser.new_context()
    context.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    return context


def type_after(page: Page, words: str, typed: str) -> None:
    """Put the caret behind some words and type, as a person does."""
    at = page.locator("#text").input_value().index(words) + len(words)
    page.locator("#text").focus()
    page.evaluate("(at) => text.setSelectionRange(at, at)", at)
    page.keyboard.type(typed)


def accessible(page: Page) -> None:
    """Assert that axe finds nothing on a page."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.pictures
def test_two_people_write_one_issue_and_nothing_of_either_is_lost(ann: Room, bob: Room) -> None:
    here, there = ann.open(), bob.open()
    type_after(here, SPRING, " Ann was here.")
    expect(here.locator("#unsaved")).to_contain_text("not saved as a revision yet")
    expect(there.locator("#company")).to_contain_text("Mara has this issue open too, with changes")
    picture(there, "desk-company")

    ann.context.set_offline(True)
    type_after(here, "Ann was here.", " The network was cut.")
    expect(here.locator("#unsaved")).to_contain_text("Not saved since")
    expect(here.locator("#unsaved")).to_have_class("late")
    picture(here, "desk-late")
    ann.context.set_offline(False)
    expect(here.locator("#unsaved")).to_contain_text("Kept at")

    ann.served.stop()
    type_after(here, "The network was cut.", " The server was killed.")
    expect(here.locator("#unsaved")).to_contain_text("Not saved since")
    ann.restart()
    bob.served = ann.served
    expect(here.locator("#unsaved")).to_contain_text("Kept at")

    ann.sign_out()
    type_after(here, "The server was killed.", " The session ended.")
    dialog = here.get_by_role("dialog")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(here.locator("#unsaved")).to_contain_text("Kept at")
    mine = f"{SPRING} Ann was here. The network was cut. The server was killed. The session ended."
    assert mine in here.locator("#text").input_value()
    (copy,) = [each for each in ann.parts.working_copies.of(1) if each.name == "Mara"]
    assert mine in ann.parts.working_copies.find(1, copy.id)[1]

    type_after(there, SWELLS, " Bob was here.")
    save(there)
    expect(said(there)).to_have_text("Saved.")
    caret = here.evaluate("text.selectionStart")
    save(here)
    expect(said(here)).to_contain_text("Saved, together with what Bob stored meanwhile")
    both = issue_text().replace(SPRING, mine).replace(SWELLS, f"{SWELLS} Bob was here.")
    assert ann.issue.source == both
    assert (here.locator("#text").input_value(), here.evaluate("text.selectionStart")) == (both, caret)
    expect(here.locator("#unsaved")).to_have_text("")
    assert comes_true(lambda: not ann.parts.working_copies.of(1)), "a sign of life says that all is stored"

    history = ann.context.new_page()
    history.goto(f"{ann.served.url}/desk/tide/issues/1/history")
    expect(history.locator("tbody tr:has(input)")).to_have_count(3)
    accessible(history)
    picture(history, "desk-history")
    history.get_by_role("button", name="Compare the two").click()
    expect(history.locator(".diff ins").first).to_contain_text("Ann was here.")
    accessible(history)
    picture(history, "desk-compare")


@pytest.mark.pictures
def test_where_both_changed_the_same_they_stand_side_by_side_until_somebody_chooses(ann: Room, bob: Room) -> None:
    here, there = ann.open(), bob.open()
    type_after(there, SPRING, " Says Bob.")
    save(there)
    expect(said(there)).to_have_text("Saved.")
    type_after(here, SPRING, " Says Ann.")
    save(here)
    clash = here.locator("#conflict .clash")
    expect(clash).to_have_count(1)
    expect(clash.locator(".mine")).to_have_text(f"{SPRING} Says Ann.")
    expect(clash.locator(".theirs")).to_have_text(f"{SPRING} Says Bob.")
    accessible(here)
    picture(here, "desk-clash")
    here.get_by_label("Keep").select_option("both, yours first")
    here.get_by_role("button", name="Save both in one").click()
    expect(said(here)).to_contain_text("Saved, together with")
    assert f"{SPRING} Says Ann.\n{SPRING} Says Bob.\n" in ann.issue.source
    assert here.locator("#text").input_value() == ann.issue.source
    expect(here.locator("#conflict")).to_be_empty()


def test_after_a_crash_in_another_browser_what_the_desk_kept_is_offered(ann: Room, browser: Browser) -> None:
    page = ann.open()
    type_after(page, SPRING, " Typed and not saved.")
    expect(page.locator("#unsaved")).to_contain_text("Kept at")
    ann.context.close()  # with it goes all that this browser kept
    ann.context = _context(browser)
    ann.sign_in()
    page = ann.open()
    picture(page, "desk-offer")
    page.get_by_role("link", name="Take it back").click()
    assert f"{SPRING} Typed and not saved." in page.locator("#text").input_value()
    save(page)
    expect(said(page)).to_have_text("Saved.")
    assert "Typed and not saved." in ann.issue.source
