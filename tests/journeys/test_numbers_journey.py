"""What an editor learns in a real browser: the report of an issue, its clicks on the mail, and the numbers of the publication."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.feedback import counting_figures
from newsletter.model import Delivery, Edition, EditionLink, Event, GrowthDay, Issue, IssueItem, Subscriber
from newsletter.model.feedback import EventKind
from newsletter.model.states import DeliveryState
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.journeys.pictures import picture
from tests.journeys.serving import Served
from tests.parts.kept_counts import planned
from tests.web.places import add_publication, make_document, make_parts, publish
from tests.web.seats import ADDRESS, PASSWORD, add_editor

READERS = 120
STATES = {0: DeliveryState.REJECTED, 1: DeliveryState.BOUNCED, 2: DeliveryState.DEFERRED}
DOMAINS = ("gmail.example", "yahoo.example", "lab.example")
SIZES = ((390, 844), (1280, 900))


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application with one editor, and a publication with six issues that went out, were clicked and were counted."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    home = add_publication(sqlite_database)
    add_editor(made)
    with made.database.write() as session:
        for number in range(1, READERS + 1):
            known = {"address": f"r{number}@x.example", "address_hash": number.to_bytes(32), "created_at": clock.now()}
            session.add(Subscriber(id=number, domain=DOMAINS[number % 3], name="", **known))
    for day in range(1, 7):
        publish(made.database, home, make_document(f"2026-03-0{day}", date(2026, 3, day)))
        send(made, day, clock)
    with made.database.write() as session:
        for day in range(20):
            for source, number in (("signed up", 30 + day), ("unsubscribed", 4 + day % 5), ("bounced", day % 4)):
                moment = date(2026, 2, 15) + timedelta(days=day)
                session.add(GrowthDay(publication_id=home.id, day=moment, source=source, count=number))
    for _ in range(2):
        counting_figures.count(made.database, clock=clock)
        clock.advance(3600)
    served.start(create_app(made))
    yield made
    served.stop()


def send(parts: Parts, day: int, clock: SettableClock) -> None:
    """Let an issue have gone out, with clicks on its items."""
    with parts.database.write() as session:
        issue = session.scalars(select(Issue).where(Issue.slug == f"2026-03-0{day}")).one()
        edition = session.scalars(select(Edition).where(Edition.issue_id == issue.id)).one()
        items = session.scalars(select(IssueItem).where(IssueItem.issue_id == issue.id, IssueItem.url != "")).all()
        for number, item in enumerate(items, 1):
            session.add(EditionLink(edition_id=edition.id, number=number, url=item.url, item_key=item.key))
        for reader in range(1, READERS + 1):
            which = day * 1000 + reader
            state = STATES.get(reader % 25, DeliveryState.SUBMITTED)
            said = {"code": 550, "status": "5.1.1"} if reader % 25 < 3 else {}
            facts = {"issue_id": issue.id, "edition_id": edition.id, "subscriber_id": reader, "changed_at": clock.now()}
            session.add(Delivery(id=which, state=state, **facts, **said))
            if items and reader % (3 + day) == 0:
                clicked = {"link": 1 + reader % len(items), "score": 90 * (reader % 2)}
                session.add(Event(at=clock.now(), kind=EventKind.CLICK, edition_id=edition.id, signs="", **clicked))
    planned(parts.database, issue.id)


def opened(page: Page, parts: Parts) -> None:
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    page.goto(f"{parts.settings.base_url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


@pytest.mark.pictures
def test_numbers_can_be_read_and_drawn_on_every_screen(browser: Browser, parts: Parts) -> None:
    with parts.database.read() as session:
        last = session.scalars(select(Issue.id).where(Issue.slug == "2026-03-06")).one()
        first = session.scalars(select(Issue.id).where(Issue.slug == "2026-03-01")).one()
    at = f"{parts.settings.base_url}/desk/orchard"
    places = {
        "numbers": f"{at}/numbers?first=2026-02-10&last=2026-03-10",
        "report": f"{at}/issues/{last}/report?beside={first}",
        "clicks": f"{at}/issues/{last}/clicks",
    }
    context = browser.new_context(color_scheme="light")
    page, faults = context.new_page(), []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    opened(page, parts)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for name, place in places.items():
                page.goto(place)
                if name == "numbers":
                    expect(page.locator(".chart canvas")).to_have_count(4)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
                assert [each["id"] for each in Axe().run(page).response["violations"]] == [], (name, width, scheme)
    for name, place in places.items():
        page.goto(place)
        picture(page, f"desk-{name}")
    assert faults == []
    context.close()


def test_without_scripts_the_tables_say_the_same(browser: Browser, parts: Parts) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    opened(page, parts)
    page.goto(f"{parts.settings.base_url}/desk/orchard/numbers?first=2026-02-10&last=2026-03-10")
    expect(page.locator("#issues-table tbody tr")).to_have_count(6)
    page.get_by_text("The same as a table").first.click()
    expect(page.locator("#growth-table tbody tr").first).to_be_visible()
    context.close()


_DRAWN_AGAIN = """() => new Promise((drawn) => {
  const told = (chart) => drawn(chart.scales.x.max - chart.scales.x.min);
  const hooked = (options) => ({ ...options, hooks: { draw: [told] } });
  window.uPlot = new Proxy(uPlot, { construct: (made, [options, ...rest]) => new made(hooked(options), ...rest) });
  dispatchEvent(new Event("resize"));
})"""


@pytest.mark.parametrize(("last", "days"), [("2026-02-15", 1), ("2026-02-16", 2), ("2026-02-24", 10)])
def test_a_chart_is_as_long_as_its_days_and_no_longer(browser: Browser, parts: Parts, last: str, days: int) -> None:
    context = browser.new_context()
    page = context.new_page()
    opened(page, parts)
    page.goto(f"{parts.settings.base_url}/desk/orchard/numbers?first=2026-02-15&last={last}")
    expect(page.locator(".chart canvas")).to_have_count(2)  # growth, and where it came from
    assert page.evaluate(_DRAWN_AGAIN) == days * 86400
    assert "is counted" in page.get_by_role("region", name="Issues").inner_text()
    context.close()
