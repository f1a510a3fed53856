"""Signing in, the cookie, and proof that a form is ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts, secret_key
from newsletter.clock import SettableClock
from newsletter.model import EditorSession
from newsletter.store.accounts import editors
from newsletter.store.database import Database
from newsletter.tokens import Purpose, Signer
from newsletter.web.app import create_app
from newsletter.web.sessions import safe_next
from tests.issues.samples import add_publication
from tests.web.places import make_parts
from tests.web.seats import ADDRESS, PASSWORD, Browser, add_editor


@pytest.fixture
def desk_parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts with one publication and one editor, on each database: what a session is, the ledger says."""
    made = make_parts(database, clock, tmp_path)
    add_publication(database)
    add_editor(made)
    return made


@pytest.fixture
def browser(desk_parts: Parts) -> Browser:
    """A browser that has not signed in."""
    return Browser(create_app(desk_parts))


@pytest.fixture
def seated(browser: Browser, desk_parts: Parts) -> Browser:
    """The same browser, signed in without the work of proving a password."""
    with desk_parts.database.read() as session:
        editor = editors.find(session, ADDRESS)
    assert editor is not None
    browser.take_seat(desk_parts, editor)
    return browser


def test_who_is_not_signed_in_is_led_to_the_form_and_back(browser: Browser) -> None:
    answer = browser.get("/desk/tide/issues/1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in?next=/desk/tide/issues/1")
    form = browser.get(answer.headers["location"])
    assert 'name="next" value="/desk/tide/issues/1"' in form.text
    signed = browser.post("/desk/sign-in", address=ADDRESS, password=PASSWORD, next="/desk/tide/issues/1")
    assert (signed.status_code, signed.headers["location"]) == (303, "/desk/tide/issues/1")


def test_a_fragment_asked_for_without_a_seat_sends_the_whole_page_to_the_form(browser: Browser) -> None:
    answer = browser.get("/desk/tide/issues/1/progress", **{"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"].split("?")[0]) == (401, "/desk/sign-in")


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: Browser) -> None:
    session, known = browser.sign_in().headers.get_list("set-cookie")
    assert session.startswith("desk=")
    assert "Max-Age=2592000" in session
    assert known.startswith("browser=")
    assert "Max-Age=31536000" in known
    for cookie in (session, known):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/;" in cookie
        assert "Secure" not in cookie
    assert browser.get("/desk").status_code == 200


def test_with_https_the_cookie_is_secure_and_bound_to_the_host(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    made = make_parts(sqlite_database, clock, tmp_path, base_url="https://news.test")
    add_editor(made)
    browser = Browser(create_app(made), scheme="https")
    cookies = browser.sign_in().headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-desk", "__Host-browser"]
    for cookie in cookies:
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "domain" not in cookie.lower()
    assert browser.get("/desk").status_code == 200


def test_a_wrong_password_shows_the_form_again_with_the_address_and_no_cookie(browser: Browser) -> None:
    answer = browser.sign_in("wrong password!")
    assert answer.status_code == 422
    assert ADDRESS in answer.text
    assert "wrong password!" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["", "x", "A" * 30, "é"])
def test_a_made_up_cookie_opens_nothing(browser: Browser, cookie: str) -> None:
    assert browser.get("/desk", cookie=f"desk={cookie}".encode()).status_code == 303  # type: ignore[arg-type]


def test_with_the_secret_key_in_hand_nothing_opens_the_desk(seated: Browser, desk_parts: Parts) -> None:
    """Nor does what a mail holds, or what workers and the inbound server know: all of that is made with this key."""
    signer, now = Signer(secret_key(desk_parts.settings)), desk_parts.clock.now()
    secret, right = seated.cookies["desk"], seated.csrf
    with desk_parts.database.read() as session:
        row = session.scalars(select(EditorSession)).one()
    made = {
        token
        for purpose in Purpose
        for subject in (row.id, row.editor_id, 0, 999)
        for token in (
            signer.issue(purpose, subject),
            signer.issue_timed(purpose, subject, now),
            signer.issue_address(purpose, subject),
        )
    }
    key = secret_key(desk_parts.settings)
    for octets in (key, row.secret_hash, str(row.id).encode(), b"csrf", b"newsletter:csrf", b"newsletter:session"):
        for digest in (octets, hashlib.sha256(octets).digest(), hmac.digest(key, octets, "sha256")):
            made |= {
                digest.hex(),
                base64.urlsafe_b64encode(digest).decode(),
                base64.urlsafe_b64encode(digest).decode().rstrip("="),
            }
    assert {secret, right}.isdisjoint(made)
    assert len(made) > 100
    for token in made:
        seated.cookies.set("desk", token)
        assert seated.get("/desk").status_code == 303
        seated.cookies.set("desk", secret)
        assert seated.post("/desk/new", csrf=token, publication="tide").status_code == 403
    assert seated.post("/desk/new", csrf=right, publication="tide").status_code == 303


def test_a_key_that_is_changed_signs_nobody_out(seated: Browser, desk_parts: Parts) -> None:
    desk_parts.__dict__["signer"] = Signer(b"another key altogether, and longer")
    assert seated.get("/desk").status_code == 200


def test_signing_out_makes_the_cookie_worthless_for_good(seated: Browser, desk_parts: Parts) -> None:
    """Not until somebody else signs in: their session gets no number that an old cookie could name."""
    cookie, form = seated.cookies["desk"], seated.csrf
    answer = seated.post("/desk/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")
    bea = Browser(create_app(desk_parts))
    bea.take_seat(desk_parts, add_editor(desk_parts, "bea@tide.example.org", "Bea"))
    seated.cookies.set("desk", cookie)
    assert seated.get("/desk").status_code == 303
    assert seated.post("/desk/new", csrf=form, publication="tide").headers["location"].startswith("/desk/sign-in")
    assert bea.post("/desk/new", csrf=form, publication="tide").status_code == 403


def test_signing_in_ends_the_session_that_the_browser_came_with(browser: Browser) -> None:
    browser.sign_in()
    first = browser.cookies["desk"]
    browser.sign_in()
    assert browser.cookies["desk"] != first
    browser.cookies.set("desk", first)
    assert browser.get("/desk").status_code == 303


def test_a_cookie_that_was_there_before_signing_in_is_never_taken_over(browser: Browser) -> None:
    planted = "A" * 43
    browser.cookies.set("desk", planted)
    browser.sign_in()
    assert browser.cookies["desk"] != planted
    browser.cookies.set("desk", planted)
    assert browser.get("/desk").status_code == 303


def test_a_session_that_nobody_works_in_ends_after_twelve_hours(seated: Browser, clock: SettableClock) -> None:
    clock.advance(12 * 3600 + 1)
    assert seated.get("/desk").status_code == 303


def test_who_works_stays_signed_in_and_a_page_that_looks_by_itself_keeps_nobody(
    seated: Browser, clock: SettableClock
) -> None:
    for _ in range(3):
        clock.advance(11 * 3600)
        assert seated.get("/desk").status_code == 200
    clock.advance(11 * 3600)
    assert seated.get("/desk/seat", **{"hx-request": "true"}).status_code == 200
    clock.advance(2 * 3600)
    assert seated.get("/desk").status_code == 303


@pytest.mark.parametrize("token", ["", "x", "A" * 24])
def test_a_form_without_our_token_changes_nothing(seated: Browser, token: str) -> None:
    assert seated.post("/desk/new", csrf=token, publication="tide").status_code == 403
    assert "draft" not in seated.get("/desk").text


def test_a_token_of_another_session_is_refused(seated: Browser, desk_parts: Parts) -> None:
    other = Browser(create_app(desk_parts))
    other.sign_in()
    assert seated.post("/desk/new", csrf=other.csrf, publication="tide").status_code == 403


def test_the_token_may_stand_in_a_header(seated: Browser) -> None:
    answer = seated.post("/desk/new", {"x-csrf-token": seated.csrf}, csrf="", publication="tide")
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.test"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_sites_form_is_refused_even_for_signing_in(browser: Browser, headers: dict[str, str]) -> None:
    assert browser.post("/desk/sign-in", headers, address=ADDRESS, password=PASSWORD).status_code == 403
    browser.sign_in()
    assert browser.post("/desk/new", headers, publication="tide").status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/desk",
        "//evil.test/desk",
        "/\\evil.test",
        "javascript:alert(1)",
        "/desk\\@evil.test",
        "/tide",
        "/deskx",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(target: str) -> None:
    assert safe_next(target) == "/desk"


@pytest.mark.parametrize("target", ["/desk", "/desk/tide/issues/3", "/inbox", "/inbox/1.x?tab=text"])
def test_signing_in_leads_back_to_desk_and_inbox(target: str) -> None:
    assert safe_next(target) == target
