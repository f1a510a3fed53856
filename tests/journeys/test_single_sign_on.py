"""Single sign-on in a browser: from the button to the issuer's own page and back, and a proof in a second tab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model.actor import operator
from newsletter.model.rights import HeldGrant, Role
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.journeys.serving import Served
from tests.parts.oidc_issuer import CLIENT_ID, CLIENT_SECRET, OidcIssuer
from tests.web.places import add_publication, make_parts
from tests.web.seats import ADDRESS, add_editor

INA = {"sub": "ina-1", "email": "ina@tide.example.org", "email_verified": True, "name": "Ina"}


@dataclass
class Harbour:
    """A service on one origin, and its issuer on another."""

    served: Served
    parts: Parts
    clock: SettableClock
    issuer: OidcIssuer


@pytest.fixture
def harbour(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Harbour]:
    served = Served()
    url = f"http://localhost:{served.port}"  # another site than 127.0.0.1: cookies are sent as from a stranger's
    person = {"sub": "mara-1", "email": ADDRESS, "email_verified": True, "name": "Mara"}
    back = f"{url}/desk/sign-in/oidc/callback"
    issuer = OidcIssuer(lambda: clock.now().timestamp(), back=back, person=person)
    settings = {
        "oidc_issuer": issuer.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
        "oidc_name": "the harbour account",
    }
    parts = Parts(make_parts(sqlite_database, clock, tmp_path, url).settings.model_copy(update=settings), clock)
    parts.__dict__["database"] = sqlite_database
    add_publication(sqlite_database)
    add_editor(parts)
    served.start(create_app(parts))
    yield Harbour(served, parts, clock, issuer)
    served.stop()
    issuer.stop()
    assert issuer.broken == []


@pytest.fixture
def page(browser: Browser, harbour: Harbour) -> Iterator[Page]:
    context = browser.new_context(base_url=harbour.parts.settings.base_url)
    wrong: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []


def signed_in(page: Page) -> None:
    expect(page.get_by_role("navigation", name="Desk").get_by_text("Account")).to_be_visible()


def test_an_editor_signs_in_there_lands_where_they_were_going_and_unlinks(harbour: Harbour, page: Page) -> None:
    page.goto("/desk/account")
    page.get_by_role("link", name="Sign in with the harbour account").click()
    expect(page.get_by_role("heading", name="The issuer")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    signed_in(page)
    expect(page.get_by_role("heading", name="Mara")).to_be_visible()
    expect(page.get_by_text("You sign in with the harbour account")).to_be_visible()
    page.get_by_role("button", name="Unlink").click()
    expect(page.get_by_text("It opens this account no more")).to_be_visible()
    expect(page.get_by_text("This account is not linked")).to_be_visible()


def test_who_refuses_there_is_told_so_and_may_begin_again(harbour: Harbour, page: Page) -> None:
    page.goto("/desk/sign-in")
    page.get_by_role("link", name="Sign in with the harbour account").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("alert")).to_contain_text("It was refused there")
    page.get_by_role("link", name="Sign in with the harbour account").click()
    page.get_by_role("button", name="Allow").click()
    signed_in(page)


def test_whoever_is_invited_joins_and_proves_themselves_there_without_a_password(harbour: Harbour, page: Page) -> None:
    harbour.issuer.person = INA
    link = harbour.parts.accounts.links.invite_by_hand(INA["email"], HeldGrant(Role.OWNER), by=operator())
    page.goto(link)
    page.get_by_role("link", name="Join with the harbour account").click()
    page.get_by_role("button", name="Allow").click()
    signed_in(page)
    harbour.clock.sleep(16 * 60)  # the proof grows old
    page.goto("/desk/accounts")
    page.locator("#address").fill("new@tide.example.org")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in anew with the harbour account").click()
    opened.value.get_by_role("button", name="Allow").click()
    expect(opened.value.get_by_text("You proved that it is you")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
