"""Two people agree on an issue in a real browser; the slot sends it at its hour, and the next day alarms for one that nobody approved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.model import Delivery, Issue, Notice
from newsletter.model.rights import Role
from newsletter.model.states import DeliveryState, IssueState
from newsletter.publications.creating import PublicationChange
from newsletter.publications.slotting import SlotChange
from newsletter.store.database import Database
from newsletter.web.app import create_app
from newsletter.zones import zone
from tests.issues.samples import add_publication, issue_text
from tests.journeys.pictures import picture
from tests.journeys.serving import Served, served_settings
from tests.journeys.test_undo_journey import LeapingClock
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_readers
from tests.parts.smtp import SmtpSink
from tests.parts.waiting import comes_true
from tests.web.seats import PASSWORD, add_editor
from workers import embedded

WIM, BEA = "wim@tide.example.org", "bea@tide.example.org"
PATIENCE = 60.0
SHAPES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


def zone_of_morning() -> str:
    """Return a zone in which it is about ten in the morning now: the slot and its warnings fall into one day."""
    ahead = 10 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


class Tide:
    """A whole service: a writer's draft of today, a publisher, three readers, and a slot in forty minutes."""

    def __init__(self, parts: Parts, clock: LeapingClock, served: Served) -> None:
        self.parts, self.clock, self.served = parts, clock, served
        self.home, self.zone = add_publication(parts.database), zone_of_morning()
        add_readers(parts.database, clock, self.home, 3)
        add_editor(parts, WIM, "Wim", role=Role.WRITER)
        add_editor(parts, BEA, "Bea", role=Role.PUBLISHER)
        local = clock.now().astimezone(zone(self.zone))
        self.at = (clock.now() + timedelta(minutes=40)).replace(second=0, microsecond=0)
        hour = f"{self.at.astimezone(zone(self.zone)):%H:%M}"
        parts.creating.change(self.home.id, PublicationChange(time_zone=self.zone, four_eyes=True), by=OPERATOR)
        parts.slotting.change(self.home.id, SlotChange(hour=hour, weekdays="Mon-Sun"), by=OPERATOR)
        self.day = local.date()
        self.text = issue_text().replace("date: 2026-01-01", f"date: {self.day}")
        self.draft = parts.editing.import_issue(self.text, source="x.md", by=OPERATOR)

    def state(self) -> IssueState:
        with self.parts.database.read() as session:
            return session.get_one(Issue, self.draft.id, populate_existing=True).state

    def got(self) -> int:
        with self.parts.database.read() as session:
            return session.scalar(select(func.count()).where(Delivery.state == DeliveryState.SUBMITTED)) or 0

    def alerts(self) -> list[str]:
        with self.parts.database.read() as session:
            return list(session.scalars(select(Notice.subject).where(Notice.kind == "alert")))

    def look(self, page: Page, name: str) -> None:
        """See that the page fits in each shape, and keep its pictures."""
        for width, scheme in SHAPES:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} at {width}"
        page.set_viewport_size({"width": 1280, "height": 900})
        picture(page, f"desk-{name}")


@pytest.fixture
def tide(
    sqlite_database: Database, smtp_sink: SmtpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tide]:
    monkeypatch.delenv("NEWSLETTER_UNDO_SECONDS", raising=False)
    served, clock = Served(), LeapingClock()
    settings = served_settings(served, tmp_path, sqlite_database, smtp_url=smtp_sink.url)
    parts = Parts(settings, clock)
    made = Tide(parts, clock, served)
    served.start(create_app(parts))
    running = embedded.start(parts)
    yield made
    running.stop()
    served.stop()
    parts.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when it breaks the content policy or says anything on its console."""
    context, trouble = browser.new_context(), []
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    opened.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    yield opened
    context.close()
    assert [each for each in trouble if "401" not in each] == []  # a page that stood open for a day asks who one is


def sign_in(page: Page, tide: Tide, address: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{tide.served.url}/desk")
    page.get_by_label("Email address").first.fill(address)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).first.click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.pictures
def test_a_publisher_comments_and_approves_the_slot_sends_and_the_next_day_alarms(page: Page, tide: Tide) -> None:
    at = f"{tide.served.url}/desk/tide/issues/{tide.draft.id}"
    sign_in(page, tide, WIM)
    page.goto(f"{at}/review")
    page.get_by_placeholder("A word to those who approve").fill("The pier is new.")
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("Those who may approve it have a mail on its way.")).to_be_visible()

    sign_in(page, tide, BEA)
    page.goto(f"{at}/history?line=12")
    page.get_by_label("Comment", exact=True).fill("Which pier is it?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_text("Which pier is it?")).to_be_visible()
    tide.look(page, "timeline")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("Resolved by")).to_be_visible()
    page.goto(f"{at}/review")
    expect(page.get_by_text("The pier is new.")).to_be_visible()
    tide.look(page, "review")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Approved as it stands")).to_be_visible()
    page.goto(f"{tide.served.url}/desk/tide/slot")
    tide.look(page, "slot")

    tide.clock.leap(15 * 60)
    assert comes_true(lambda: tide.state() is IssueState.SCHEDULED, PATIENCE)
    page.goto(at)
    expect(page.get_by_role("button", name="Change the time")).to_be_visible()
    tide.look(page, "scheduled")
    tide.clock.leap((tide.at - tide.clock.now()).total_seconds() + 1)
    assert comes_true(lambda: tide.got() == 3, PATIENCE)
    assert tide.alerts() == []

    text = tide.text.replace(str(tide.day), str(tide.day + timedelta(days=1))).replace("2026-01-02", "tomorrow")
    tide.parts.editing.import_issue(text, source="x.md", by=OPERATOR)
    tide.clock.leap(24 * 3600 - 20 * 60)
    assert comes_true(lambda: len(tide.alerts()) >= 1, PATIENCE)
    assert "not approved yet; it goes out in" in tide.alerts()[0]
    sign_in(page, tide, BEA)
    expect(page.get_by_role("alert").filter(has_text="is not approved")).to_be_visible()
    tide.look(page, "alarm")
