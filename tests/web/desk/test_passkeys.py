"""Passkeys through the routes: the options, the cookie of the step, and the answer in a form."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from newsletter.accounts import limits
from newsletter.accounts.sessions import csrf_token
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Challenge, Passkey
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.parts.authenticator import PRESENT, Fault, SoftwareAuthenticator
from tests.web.places import make_parts
from tests.web.seats import PASSWORD, Browser, add_editor

HOME = "https://news.test"
SESSION, STEP = "__Host-desk", "__Host-step"


class Desk:
    """A service over https with one editor, and their device."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.app = parts, create_app(parts)
        self.editor = add_editor(parts)
        self.device = SoftwareAuthenticator(HOME)

    def browser(self) -> Browser:
        return Browser(self.app, scheme="https")

    def seated(self) -> Browser:
        browser = self.browser()
        browser.take_seat(self.parts, self.editor)
        browser.cookies[SESSION] = browser.cookies.pop("desk")
        return browser

    def register(self, browser: Browser) -> httpx.Response:
        options = browser.post("/desk/account/passkeys/options")
        assert options.status_code == 200, options.text
        answer = browser.post("/desk/account/passkeys", passkey=self.device.create(options.text), name="Laptop")
        browser.csrf = csrf_token(browser.cookies[SESSION])
        return answer

    def show(self, browser: Browser, fault: Fault = Fault(), **more: str) -> httpx.Response:  # noqa: B008
        options = browser.post("/desk/sign-in/passkey/options")
        return browser.post("/desk/sign-in/passkey", passkey=self.device.get(options.text, fault), **more)

    def count(self, table: type) -> int:
        with self.parts.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def desk(database: Database, clock: SettableClock, tmp_path: Path) -> Desk:
    return Desk(make_parts(database, clock, tmp_path, HOME))


def is_in(browser: Browser) -> bool:
    return browser.get("/desk").status_code == 200


def test_a_passkey_is_added_and_signs_in_to_where_the_editor_was_going(desk: Desk) -> None:
    added = desk.register(desk.seated())
    assert added.status_code == 200 and "Laptop" in added.text and added.text.count("<li><code>") == 10
    browser = desk.browser()
    options = browser.post("/desk/sign-in/passkey/options")
    assert options.headers["content-type"] == "application/json" and options.headers["cache-control"] == "no-store"
    cookie = options.headers["set-cookie"].lower()
    assert "httponly" in cookie and "secure" in cookie and "samesite=lax" in cookie
    answer = browser.post("/desk/sign-in/passkey", passkey=desk.device.get(options.text), next="/desk/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/account") and is_in(browser)


@pytest.mark.parametrize("fault", [Fault(origin="https://evil.test"), Fault(rp_id="evil.test"), Fault(flags=PRESENT)])
def test_a_wrong_answer_is_told_at_the_sign_in_and_opens_nothing(desk: Desk, fault: Fault) -> None:
    desk.register(desk.seated())
    browser = desk.browser()
    answer = desk.show(browser, fault)
    assert answer.status_code == 422 and "This passkey does not fit" in answer.text and not is_in(browser)
    assert SESSION not in browser.cookies


def test_an_answer_without_the_cookie_of_its_step_or_with_anothers_opens_nothing(desk: Desk) -> None:
    desk.register(desk.seated())
    first, second = desk.browser(), desk.browser()
    options = first.post("/desk/sign-in/passkey/options")
    answer = desk.device.get(options.text)
    assert second.post("/desk/sign-in/passkey", passkey=answer).status_code == 422
    second.post("/desk/sign-in/passkey/options")
    assert second.post("/desk/sign-in/passkey", passkey=answer).status_code == 422
    assert first.post("/desk/sign-in/passkey", passkey=answer).status_code == 303
    assert first.post("/desk/sign-in/passkey", passkey=answer).status_code == 422, "and it is used up"


def test_another_sites_page_asks_nothing_and_shows_nothing(desk: Desk) -> None:
    foreign = {"origin": "https://evil.test", "sec-fetch-site": "cross-site"}
    browser = desk.browser()
    for path in ("/desk/sign-in/passkey/options", "/desk/sign-in/passkey"):
        assert browser.post(path, foreign).status_code == 403
    assert desk.count(Challenge) == 0


def test_a_wrong_registration_says_so_on_its_page_and_to_a_script(desk: Desk) -> None:
    browser = desk.seated()
    for headers, kind in (({}, "text/html"), ({"accept": "application/json"}, "application/json")):
        options = browser.post("/desk/account/passkeys/options")
        made = desk.device.create(options.text, Fault(origin="https://evil.test"))
        told = browser.post("/desk/account/passkeys", headers, passkey=made)
        assert told.status_code == 422 and "does not fit" in told.text
        assert told.headers["content-type"].startswith(kind)
    assert desk.count(Passkey) == 0 and is_in(browser)


def test_adding_one_asks_for_a_fresh_proof_and_a_passkey_gives_it(desk: Desk, clock: SettableClock) -> None:
    browser = desk.seated()
    desk.register(browser)
    clock.sleep(3600)
    asked = browser.post("/desk/account/passkeys/options")
    assert asked.status_code == 403 and "Is it you?" in asked.text
    options = browser.post("/desk/account/prove/options")
    wrong = desk.device.get(options.text, Fault(origin="https://evil.test"))
    assert browser.post("/desk/account/passkeys/options", **{"prove.passkey": wrong}).status_code == 422
    options = browser.post("/desk/account/prove/options")
    good = desk.device.get(options.text)
    assert browser.post("/desk/account/passkeys/options", **{"prove.passkey": good}).status_code == 200


def test_wrong_answers_count_as_tries_and_good_ones_do_not(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DELAY_SECONDS", 0.01)
    desk.register(desk.seated())
    for _ in range(limits.PER_PAIR + 2):
        assert desk.show(desk.browser()).status_code == 303
    for _ in range(limits.PER_PAIR):
        assert desk.show(desk.browser(), Fault(origin="https://evil.test")).status_code == 422
    assert desk.show(desk.browser()).status_code == 429
    other = desk.browser()
    assert other.post("/desk/sign-in", address=desk.editor.address, password=PASSWORD).status_code == 303
