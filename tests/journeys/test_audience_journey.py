"""An editor in a real browser: looks for a reader, notes and tags, unsubscribes them and takes it back, and erases the person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from sqlalchemy import select

from newsletter.audience.lists_reading import ListTerms
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import ReaderNote, Subscriber, Subscription
from newsletter.model.reader_change import ReaderChangeKind
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import consents
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.journeys.pictures import look, picture
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.web.places import add_publication, make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor

SIZES = ((390, 844), (1280, 900))


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application with one editor, sixty readers with tags, and a burst of sign-ups that nobody confirms."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    home = add_publication(sqlite_database)
    add_editor(made)
    names = ("Ada Lovelace", "Grace Hopper", "Emmy Noether", "")
    rows = [
        {
            "email": f"{'ada' if n == 7 else f'r{n}'}@pear.example",
            "name": names[n % 4],
            "tags": ("press", "early")[n % 2],
        }
        for n in range(60)
    ]
    terms = ListTerms("fair.csv", consent="Asked at the fair of Ulm", confirmed=True)
    made.importing.import_list(rows, terms, publication_id=home.id, by=OPERATOR)
    with made.database.write() as session:
        for n in range(24):
            address = f"bot{n}@spam.example"
            person = Subscriber(
                address=address, address_hash=n.to_bytes(32), domain="spam.example", name="", created_at=clock.now()
            )
            session.add(person)
            session.flush()
            own = {"publication_id": home.id, "subscriber_id": person.id, "state": SubscriptionState.PENDING}
            row = Subscription(**own, created_at=clock.now(), changed_at=clock.now())
            session.add(row)
            session.flush()
            consents.add(session, [row.id], ConsentAction.ASKED, at=clock.now(), place="form:subscribe")
    served.start(create_app(made))
    yield made
    served.stop()


def is_fault(message: ConsoleMessage) -> bool:
    """Tell whether a word of the console is one: a form that asks for a proof or comes back with a mistake is none."""
    return message.type == "error" and not any(f"status of {code}" in message.text for code in (403, 422))


def opened(browser: Browser, parts: Parts, faults: list[str], *, javascript: bool = True) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=javascript).new_page()
    page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    page.goto(f"{parts.settings.base_url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


def looked_at(page: Page, name: str) -> None:
    """See that a page keeps the rules of accessibility, and fits on a phone and a screen, by day and by night."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}, {scheme}, {width}: {found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways at {width}"
            look(page, f"{name}-{width}-{scheme}")
    page.emulate_media(color_scheme="light")


def standing(parts: Parts, address: str) -> SubscriptionState:
    with parts.database.read() as session:
        rows = select(Subscription.state).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        return session.scalars(rows.where(Subscriber.address == address)).one()


@pytest.mark.pictures
def test_a_reader_is_found_noted_tagged_unsubscribed_put_back_and_erased(browser: Browser, parts: Parts) -> None:
    faults: list[str] = []
    page = opened(browser, parts, faults)
    page.goto(f"{parts.settings.base_url}/desk/orchard/readers")
    expect(page.get_by_role("heading", name="Unusually many sign-ups of spam.example")).to_be_visible()
    looked_at(page, "audience")
    picture(page, "audience")
    find(page)
    looked_at(page, "reader")
    note_and_tag(page, parts)
    picture(page, "reader")
    unsubscribe_and_put_back(page, parts)
    erase(page, parts)
    assert faults == []


def find(page: Page) -> None:
    field = page.get_by_label("Address or name")
    field.focus()
    page.keyboard.type("ada@")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 reader", exact=True)).to_be_visible()
    assert "ada" not in page.url
    page.get_by_role("link", name="ada@pear.example").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ada@pear.example")
    expect(page.get_by_text("Asked at the fair of Ulm")).to_be_visible()


def note_and_tag(page: Page, parts: Parts) -> None:
    page.get_by_label("Add a note").fill("Wrote a kind letter.\nAsked for <b>two</b> copies.")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Asked for <b>two</b> copies.")).to_be_visible()
    page.get_by_text("Give or take a tag").click()
    page.get_by_label("Tag", exact=True).fill("friend")
    page.get_by_role("button", name="Give", exact=True).click()
    expect(page.get_by_text("This changes 1 reader.")).to_be_visible()
    looked_at(page, "change-preview")
    page.get_by_role("button", name="Give the tag").click()
    expect(page.get_by_text("done", exact=True)).to_be_visible()
    looked_at(page, "change")
    page.goto(f"{parts.settings.base_url}/desk/orchard/readers")
    page.get_by_label("Address or name").fill("ada@pear.example")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("early, friend")).to_be_visible()


def unsubscribe_and_put_back(page: Page, parts: Parts) -> None:
    parts.clock.advance(3600)  # a proof grows old
    page.get_by_role("button", name="Unsubscribe…").click()
    page.get_by_role("button", name="Unsubscribe them").click()
    page.get_by_label("Password", exact=True).first.fill(PASSWORD)
    page.get_by_role("button", name="Go on").first.click()
    expect(page.get_by_text("done", exact=True)).to_be_visible()
    assert standing(parts, "ada@pear.example") is SubscriptionState.UNSUBSCRIBED
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("taken back", exact=True)).to_be_visible()
    assert standing(parts, "ada@pear.example") is SubscriptionState.ACTIVE
    newest = parts.changing_readers.newest(1, by=OPERATOR)[0]
    assert (newest.kind, newest.undone) == (ReaderChangeKind.UNSUBSCRIBE, 1)


def erase(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/desk/orchard/readers")
    page.get_by_label("Address or name").fill("ada@pear.example")
    page.get_by_role("button", name="Look").click()
    page.get_by_text("Erase this person").click()
    page.get_by_label("Type the address").fill("somebody@else.example")
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_text("This is not the reader’s address")).to_be_visible()  # noqa: RUF001 - as set in print
    page.get_by_label("Type the address").fill("ada@pear.example")
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_text("The person is forgotten.")).to_be_visible()
    with parts.database.read() as session:
        assert session.scalars(select(Subscriber).where(Subscriber.address == "ada@pear.example")).all() == []
        assert session.scalars(select(ReaderNote)).all() == []


def test_many_are_tagged_and_somebody_is_added_without_a_script(browser: Browser, parts: Parts) -> None:
    page = opened(browser, parts, [], javascript=False)
    page.goto(f"{parts.settings.base_url}/desk/orchard/readers")
    for address in ("r1@pear.example", "r2@pear.example"):
        page.get_by_label("Address or name").fill(address[:3])
        page.get_by_role("button", name="Look").click()
        page.get_by_label(f"Choose {address}").check()
        page.get_by_label("Tag", exact=True).last.fill("friend")
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Give the tag").click()
        page.get_by_role("link", name="Audience").first.click()
    page.get_by_role("link", name="Add a reader").click()
    page.get_by_label("Address", exact=True).fill("new@plum.example")
    page.get_by_label("The sentence they agreed to").fill("Send me the letter.")
    page.get_by_label("When").fill("2020-01-02")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("One mail asks them whether they want it.")).to_be_visible()
    assert standing(parts, "new@plum.example") is SubscriptionState.PENDING
