"""Ways in, in a browser: an invitation, a second factor, a passkey on Chromium's virtual authenticator; and sessions that end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.accounts.codes import STEP_SECONDS
from newsletter.clock import SettableClock
from newsletter.model.rights import HeldGrant, Role
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.journeys.serving import Served
from tests.web.places import add_publication, make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor

INA, NEW = "ina@tide.example.org", "another four words entirely"
VIRTUAL = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Place:
    """A service at a name, which passkeys need, and its owner."""

    served: Served
    parts: object
    clock: SettableClock

    @property
    def url(self) -> str:
        return f"http://localhost:{self.served.port}"


@pytest.fixture
def place(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Place]:
    served = Served()
    parts = make_parts(sqlite_database, clock, tmp_path, f"http://localhost:{served.port}")
    add_publication(sqlite_database)
    add_editor(parts)
    served.start(create_app(parts))
    yield Place(served, parts, clock)
    served.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    wrong: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []


def sign_in(page: Page, place: Place, address: str = ADDRESS, password: str = PASSWORD) -> None:
    page.goto(f"{place.url}/desk/sign-in")
    page.get_by_label("Email address").fill(address)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def signed_in(page: Page) -> None:
    expect(page.get_by_role("navigation", name="Desk").get_by_text("Account")).to_be_visible()


def test_an_owner_invites_and_whoever_is_invited_joins(place: Place, page: Page, browser: Browser) -> None:
    sign_in(page, place)
    page.get_by_role("link", name="Team").click()
    page.locator("#address").fill(INA)
    page.locator("#role").select_option("writer")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    expect(page.get_by_text(INA)).to_be_visible()
    link = place.parts.accounts.links.invite_by_hand(INA, HeldGrant(Role.WRITER), by=_boss())  # type: ignore[attr-defined]
    context = browser.new_context()
    hers = context.new_page()
    hers.goto(link)
    hers.get_by_label("Name").fill("Ina")
    hers.get_by_label("Password", exact=True).fill(NEW)
    hers.get_by_label("Password again").fill(NEW)
    hers.get_by_role("button", name="Join").click()
    signed_in(hers)
    expect(hers.get_by_role("link", name="Team")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Ina")).to_be_visible()
    context.close()


def test_a_second_factor_is_set_up_asked_for_and_signs_every_other_browser_out(
    place: Place, page: Page, browser: Browser
) -> None:
    context = browser.new_context()
    other = context.new_page()
    sign_in(other, place)
    signed_in(other)
    sign_in(page, place)
    page.goto(f"{place.url}/desk/account/second-factor")
    page.get_by_role("button", name="Set up an authenticator").click()
    expect(page.locator("svg.qr")).to_be_visible()
    totp = pyotp.TOTP(page.locator(".spelled").inner_text().strip())
    page.get_by_label("Code").fill(totp.at(place.clock.now()))
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes code").first.inner_text()
    other.reload()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    place.clock.sleep(STEP_SECONDS)
    sign_in(other, place)
    expect(other.get_by_role("heading", name="Second step")).to_be_visible()
    other.get_by_label("Code").fill(totp.at(place.clock.now()))
    other.get_by_role("button", name="Sign in", exact=True).click()
    signed_in(other)
    page.context.clear_cookies()
    sign_in(page, place)
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in", exact=True).click()
    signed_in(page)
    context.close()


def test_a_passkey_signs_in_by_itself_proves_who_one_is_and_is_removed(place: Place, page: Page) -> None:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})
    sign_in(page, place)
    page.goto(f"{place.url}/desk/account/second-factor")
    page.get_by_label("Name of the device").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("My laptop")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    page.context.clear_cookies()
    page.goto(f"{place.url}/desk/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    signed_in(page)
    place.clock.sleep(16 * 60)  # the proof grows old
    page.goto(f"{place.url}/desk/accounts")
    page.locator("#address").fill(INA)
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    page.goto(f"{place.url}/desk/account/second-factor")
    page.get_by_role("button", name=re.compile("Remove My laptop")).click()
    expect(page.get_by_text("My laptop")).to_have_count(0)
    page.context.clear_cookies()
    page.goto(f"{place.url}/desk/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey does not fit")).to_be_visible()


def _boss() -> object:
    from newsletter.model.actor import operator

    return operator()
