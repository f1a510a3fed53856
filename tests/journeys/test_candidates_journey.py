"""The morning of an editor in a real browser: candidates by keys and by buttons, with a way back from each, and pages that everybody can use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Candidate, Publication
from newsletter.model.sources import SourceKind
from newsletter.model.states import CandidateState
from newsletter.store.database import Database
from newsletter.store.sources import candidates, snapshots
from newsletter.web.app import create_app
from tests.issues.samples import add_publication
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.sources.rows import add_candidate, add_sighting, add_source
from tests.web.places import make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor

TITLES = ("Nets, mended", "The pier at night", "A tide table", "Heron and teal")
OPEN, SHORTLISTED, DISMISSED = CandidateState.NEW, CandidateState.SHORTLISTED, CandidateState.DISMISSED


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application with one editor, and a publication that two sources fill: of one all candidates, of the other the first, too."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    home = add_publication(sqlite_database)
    add_editor(made)
    lab, other = (add_source(sqlite_database, clock, home, name) for name in ("lab", "other"))
    for number, title in enumerate(TITLES):
        more: dict[str, Any] = {"title": title, "text": "So it is.", "rank_sum": 9.0 - number, "source_id": lab.id}
        more["rank_parts"] = [["weight", 3.0], ["recent", 6.0 - number]]
        row = add_candidate(sqlite_database, clock, home, f"https://lab.example/{number}", **more)
        add_sighting(sqlite_database, clock, lab, row)
        if number == 0:
            add_sighting(sqlite_database, clock, other, row, key="other", url="https://other.example/0")
    hold_a_board(made, home)
    served.start(create_app(made))
    yield made
    served.stop()


def hold_a_board(parts: Parts, home: Publication) -> None:
    """Add the third source: a board without an address, of which half the rows are gone."""
    more = {"section": "benchmarks", "kind": SourceKind.TABLE, "address": "", "mapping": {"key": "id"}}
    board = add_source(parts.database, parts.clock, home, "Birds", **more)
    now = parts.clock.now()
    with parts.database.write() as session:
        snapshots.keep(session, board.id, now.date(), {}, digest="", taken_at=now, held="half of the rows are gone")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    made.route("https://lab.example/**", lambda route: route.fulfill(body="Elsewhere"))
    yield made
    made.close()


def opened(context: BrowserContext, parts: Parts, place: str = "candidates") -> Page:
    """Sign in, and open a page of the publication."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    page.goto(f"{parts.settings.base_url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Sign out").or_(page.get_by_role("button", name="Sign out")).wait_for()
    page.goto(f"{parts.settings.base_url}/desk/tide/{place}")
    return page


def states(parts: Parts) -> dict[str, CandidateState]:
    with parts.database.read() as session:
        return {row.title: row.state for row in candidates.by_ids(session, range(1, len(TITLES) + 1))}


def named(parts: Parts, title: str) -> Candidate:
    with parts.database.read() as session:
        return next(row for row in candidates.by_ids(session, range(1, 9)) if row.title == title)


def said(page: Page, words: str) -> None:
    expect(page.locator("#offered [role=status]")).to_have_text(words)


def at(page: Page) -> str:
    """Return the title of the row at which the editor stands."""
    return page.locator("#candidates > li.at h2").inner_text()


def faults_of(page: Page) -> list[str]:
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # the browser itself writes down each answer that is a refusal
        if message.type == "error" and "status of 409" not in message.text:
            faults.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return faults


def test_keys_walk_choose_and_take_back(parts: Parts, context: BrowserContext) -> None:
    page = opened(context, parts)
    faults = faults_of(page)
    page.keyboard.press("j")
    assert at(page) == TITLES[0]
    page.keyboard.press("j")
    assert at(page) == TITLES[1]
    page.keyboard.press("k")
    assert at(page) == TITLES[0]
    page.keyboard.press("s")
    said(page, "Shortlisted: 1.")
    assert states(parts)[TITLES[0]] is SHORTLISTED
    page.keyboard.press("u")
    said(page, "Undone.")
    assert set(states(parts).values()) == {OPEN}
    taken = at(page)
    page.keyboard.press("x")
    said(page, "Dismissed: 1.")
    expect(page.locator("#candidates > li")).to_have_count(len(TITLES) - 1)
    assert states(parts)[taken] is DISMISSED
    expect(page.locator("#candidates > li.at")).to_be_focused()
    page.keyboard.press("u")
    said(page, "Undone.")
    expect(page.locator("#candidates > li")).to_have_count(len(TITLES))
    assert faults == []


def test_keys_put_back_put_into_the_draft_and_open_elsewhere(parts: Parts, context: BrowserContext) -> None:
    parts.choosing.choose([1], SHORTLISTED, by=OPERATOR)
    page = opened(context, parts, "candidates?show=shortlisted")
    faults = faults_of(page)
    page.keyboard.press("j")
    page.keyboard.press("n")
    said(page, "Put back: 1.")
    assert states(parts)[TITLES[0]] is OPEN
    page.goto(f"{parts.settings.base_url}/desk/tide/candidates")
    page.keyboard.press("j")
    title = at(page)
    page.keyboard.press("Enter")
    said(page, "Put into the draft: 1.")
    expect(page.get_by_role("link", name="in the draft")).to_have_count(1)
    assert named(parts, title).issue_id is not None
    page.keyboard.press("u")
    said(page, "Undone.")
    assert named(parts, title).issue_id is None
    with context.expect_page() as elsewhere:
        page.keyboard.press("o")
    expect(elsewhere.value.get_by_text("Elsewhere")).to_be_visible()
    assert faults == []


def test_a_finger_that_rests_on_a_key_dismisses_one(parts: Parts, context: BrowserContext) -> None:
    page = opened(context, parts)
    page.keyboard.press("j")
    for _ in range(5):
        page.keyboard.down("x")
    page.keyboard.up("x")
    said(page, "Dismissed: 1.")
    page.keyboard.down("x")
    page.keyboard.down("x")
    page.keyboard.up("x")
    expect(page.locator("#candidates > li")).to_have_count(len(TITLES) - 2)
    assert list(states(parts).values()).count(DISMISSED) == 2


def test_what_was_dismissed_in_another_tab_is_told_above_the_list(parts: Parts, context: BrowserContext) -> None:
    page = opened(context, parts)
    faults = faults_of(page)
    page.keyboard.press("j")
    parts.choosing.choose([named(parts, at(page)).id], DISMISSED, by=OPERATOR)
    page.keyboard.press("Enter")
    expect(page.locator("#offered [role=alert]")).to_contain_text("is not put into it")
    expect(page.locator("#candidates > li")).to_have_count(len(TITLES) - 1)
    assert faults == []


def test_without_scripts_a_source_is_chosen_and_each_press_has_a_way_back(parts: Parts, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False)
    page = opened(plain, parts)
    page.get_by_label("Offered by").select_option("other")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#candidates > li")).to_have_count(1)
    page.get_by_role("button", name=f"Dismiss {TITLES[0]}").click()
    said(page, "Dismissed: 1.")
    expect(page.get_by_label("Offered by")).to_have_value("2")
    page.get_by_role("button", name="Undo").click()
    said(page, "Undone.")
    page.get_by_role("link", name="Show those of all sources").click()
    expect(page.locator("#candidates > li")).to_have_count(len(TITLES))
    plain.close()


PAGES = ("candidates", "candidates?undo=dismissed.1n", "candidates?show=used", "sources", "sources/3", "sources/plan")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_everybody_can_use_the_pages(parts: Parts, browser: Browser, scheme: Any, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = opened(context, parts)
    for place in PAGES:
        page.goto(f"{parts.settings.base_url}/desk/tide/{place}")
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{place}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{place} is wider than its window"
    context.close()
