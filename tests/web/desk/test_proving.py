"""What cannot be undone asks once more who it is, with what was sent in hand; and who must have a second factor gets nothing before."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from newsletter.accounts.sessions import PROVED_SECONDS
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.web.places import add_publication, make_parts
from tests.web.route import Who
from tests.web.routes import ROUTES
from tests.web.seats import PASSWORD, Browser, add_editor

INA = "ina@tide.example.org"
INVITE = {"address": INA, "role": "writer", "publication": "orchard"}


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    made = make_parts(sqlite_database, clock, tmp_path)
    add_publication(sqlite_database)
    return made


@pytest.fixture
def stale(parts: Parts, clock: SettableClock) -> Browser:
    """An owner's browser, whose proof has grown old."""
    browser = Browser(create_app(parts))
    browser.take_seat(parts, add_editor(parts))
    clock.sleep(PROVED_SECONDS)
    return browser


def invited(parts: Parts) -> list[str]:
    return [link.address for link in parts.accounts.links.invitations()]


def carried(text: str) -> dict[str, str]:
    found = re.findall(r'<textarea name="([^"]+)" hidden[^>]*>\n(.*?)</textarea>', text, re.DOTALL)
    return {name: html.unescape(value) for name, value in found}


def test_the_form_comes_back_whole_and_is_done_with_the_password(stale: Browser, parts: Parts) -> None:
    asked = stale.post("/desk/accounts/invite", **INVITE)
    assert asked.status_code == 403
    assert carried(asked.text) == INVITE
    assert invited(parts) == []
    wrong = stale.post("/desk/accounts/invite", **carried(asked.text), **{"prove.password": "wrong horse battery"})
    assert (wrong.status_code, carried(wrong.text)) == (422, INVITE)
    assert "wrong horse" not in wrong.text
    done = stale.post("/desk/accounts/invite", **carried(wrong.text), **{"prove.password": PASSWORD})
    assert done.headers["location"] == "/desk/accounts?done=invited"
    assert invited(parts) == [INA]
    assert stale.post("/desk/accounts/withdraw", address=INA).status_code == 303, "it is proved for a while"


@pytest.mark.parametrize("path", ["schedule", "cancel", "resend"], ids=lambda path: f"an issue's {path}")
def test_sending_asks_too(stale: Browser, path: str) -> None:
    answer = stale.post(f"/desk/orchard/issues/1/{path}", at="2031-05-09T06:30")
    assert answer.status_code == 403
    assert carried(answer.text) == {"at": "2031-05-09T06:30"}


def test_every_change_of_accounts_and_keys_asks(stale: Browser) -> None:
    changes = [route for route in ROUTES if route.path.startswith("/desk/accounts") and route.method == "POST"]
    assert len(changes) > 8
    for route in changes:
        assert "Is it you?" in stale.post(route.path).text, route.name


def test_a_program_is_told_and_another_site_gets_no_form(stale: Browser, parts: Parts) -> None:
    assert stale.post("/desk/accounts/invite", {"accept": "application/json"}, **INVITE).status_code == 403
    foreign = stale.post("/desk/accounts/invite", {"origin": "https://evil.test"}, **INVITE)
    assert INA not in foreign.text
    assert stale.post("/desk/accounts/invite", csrf="x", **INVITE, **{"prove.password": PASSWORD}).status_code == 403
    assert invited(parts) == []


def test_who_must_have_a_second_factor_is_led_to_it_and_nowhere_else(parts: Parts) -> None:
    parts.__dict__["settings"] = parts.settings.model_copy(update={"require_second_factor": True})
    browser = Browser(create_app(parts))
    browser.take_seat(parts, add_editor(parts))
    for route in ROUTES:
        if route.who is not Who.EDITOR or "{" in route.path or route.path == "/desk/sign-out":
            continue
        answer = (browser.get if route.method == "GET" else browser.post)(route.path)
        open_ = route.path.startswith(("/desk/account/second-factor", "/desk/account/passkeys", "/desk/seat"))
        if open_:
            assert "second-factor?done=needed" not in answer.headers.get("location", ""), route.name
        else:
            assert answer.headers["location"] == "/desk/account/second-factor?done=needed", route.name
    assert "asks every editor for one" in browser.get("/desk/account/second-factor").text
