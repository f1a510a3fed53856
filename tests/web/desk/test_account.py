"""The page of one's own."""

from __future__ import annotations

import re

import pytest

from newsletter.accounts import limits, sessions
from newsletter.bootstrap import Parts
from newsletter.model import Editor
from newsletter.store.accounts import audit
from newsletter.store.accounts import editors as store
from newsletter.web.app import create_app
from tests.web.seats import ADDRESS, PASSWORD, Browser, add_editor

NEW, FIREFOX = "another four words entirely", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
POSTS = {
    "/desk/account/password": {"present": PASSWORD, "new": NEW, "again": NEW},
    "/desk/account/sessions/1/end": {},
    "/desk/account/sign-out-others": {},
    "/desk/account/sign-out-everywhere": {},
    "/desk/account/disable": {"password": PASSWORD},
    "/desk/account/remove": {"password": PASSWORD},
    "/desk/account/zone": {"time_zone": "Europe/Vienna"},
    "/desk/account/name": {"name": "Mara Quay"},
}


@pytest.fixture
def editor(desk_parts: Parts) -> Editor:
    """The editor that there is."""
    with desk_parts.database.read() as session:
        found = store.find(session, ADDRESS)
    assert found is not None
    return found


@pytest.fixture
def seated(browser: Browser, desk_parts: Parts, editor: Editor) -> Browser:
    """A browser that is signed in, and open at the page."""
    browser.take_seat(desk_parts, editor)
    browser.get("/desk/account")
    return browser


@pytest.fixture
def other(desk_parts: Parts, editor: Editor) -> Browser:
    """Another browser of the same editor."""
    made = Browser(create_app(desk_parts), ip="2001:db8:1:2::3")
    made.take_seat(desk_parts, editor)
    return made


def _is_in(browser: Browser) -> bool:
    return browser.get("/desk").status_code == 200


def _standing(parts: Parts) -> list[tuple[str, bool]]:
    return [
        (member.listed.editor.address, member.listed.editor.disabled_at is None)
        for member in parts.accounts.team.members()
    ]


def test_the_desk_leads_to_the_page_and_the_page_to_no_one_who_is_not_signed_in(
    seated: Browser, desk_parts: Parts
) -> None:
    assert 'href="/desk/account"' in seated.get("/desk").text
    answer = Browser(create_app(desk_parts)).get("/desk/account")
    assert answer.headers["location"] == "/desk/sign-in?next=/desk/account"


def test_sessions_are_told_apart_by_browser_network_and_age(desk_parts: Parts, browser: Browser) -> None:
    browser.post("/desk/sign-in", {"user-agent": FIREFOX}, address=ADDRESS, password=PASSWORD)
    phone = Browser(create_app(desk_parts), ip="2001:db8:1:2::3")
    desk_parts.clock.sleep(2 * 3600)
    phone.sign_in()
    text = phone.get("/desk/account").text
    assert "Firefox on Linux" in text
    assert "192.0.2.7" in text
    assert "2001:db8:1:2::/64" in text
    assert "2 hours ago" in text
    assert text.count("this one") == 1
    assert text.count("/end") == 1, "one's own session is ended by signing out"


def test_a_new_password_signs_every_other_browser_out(seated: Browser, other: Browser, desk_parts: Parts) -> None:
    old = seated.cookies["desk"]
    answer = seated.post("/desk/account/password", present=PASSWORD, new=NEW, again=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/account?done=password")
    assert seated.cookies["desk"] != old
    assert "Your password is changed" in seated.get("/desk/account?done=password").text
    assert not _is_in(other)
    stolen = Browser(create_app(desk_parts))
    stolen.cookies.set("desk", old)
    assert not _is_in(stolen)
    assert Browser(create_app(desk_parts)).sign_in().status_code == 422
    assert Browser(create_app(desk_parts)).sign_in(NEW).status_code == 303


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"present": "wrong password", "new": NEW, "again": NEW}, "This is not your password"),
        ({"present": PASSWORD, "new": NEW, "again": NEW + "x"}, "not the same both times"),
        ({"present": PASSWORD, "new": "short", "again": "short"}, "between 12 and 1024"),
        ({"present": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "the password you have"),
        ({}, "This is not your password"),
    ],
)
def test_a_password_that_is_not_changed_leaves_everything_as_it_was(
    seated: Browser, other: Browser, form: dict[str, str], said: str
) -> None:
    answer = seated.post("/desk/account/password", **form)
    assert answer.status_code == 422
    assert said in answer.text
    assert not [value for value in form.values() if len(value) > 5 and value in answer.text]
    assert _is_in(seated)
    assert _is_in(other)


def test_guessing_at_the_present_password_counts_as_guessing_at_the_sign_in(
    seated: Browser, desk_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_parts.passwords, "match", lambda *_: False)
    paths = ("password", "disable", "remove") * limits.PER_PAIR
    codes = [seated.post(f"/desk/account/{path}", present="x", password="x").status_code for path in paths[:10]]
    assert codes == [422, 422, 422] * 3 + [422]
    assert seated.post("/desk/account/password", present=PASSWORD).status_code in {422, 429}
    assert Browser(create_app(desk_parts)).sign_in().status_code == 429


def test_one_session_is_ended_and_only_ones_own(seated: Browser, other: Browser, desk_parts: Parts) -> None:
    ada = Browser(create_app(desk_parts))
    ada.take_seat(desk_parts, add_editor(desk_parts, "ada@tide.example.org", "Ada"))
    ada.get("/desk/account")
    (end,) = re.findall(r'action="(/desk/account/sessions/\d+/end)"', seated.get("/desk/account").text)
    assert ada.post(end).status_code == 303
    assert _is_in(other), "a session of someone else's is left alone"
    assert seated.post(end).headers["location"] == "/desk/account?done=ended"
    assert (_is_in(seated), _is_in(other)) == (True, False)
    assert seated.post(end).status_code == 303


@pytest.mark.parametrize("number", ["-1", "x", "9" * 30])
def test_a_session_of_an_impossible_number_is_a_mistake_and_no_fault(seated: Browser, number: str) -> None:
    assert seated.post(f"/desk/account/sessions/{number}/end").status_code in {404, 422}


def test_all_others_are_signed_out(seated: Browser, other: Browser) -> None:
    seated.post("/desk/account/sign-out-others")
    assert (_is_in(seated), _is_in(other)) == (True, False)


def test_everywhere_is_here_too(seated: Browser, other: Browser) -> None:
    kept = seated.cookies["desk"]
    answer = seated.post("/desk/account/sign-out-everywhere")
    assert answer.headers["location"] == "/desk/sign-in?done=everywhere"
    assert "desk" not in seated.cookies
    seated.cookies.set("desk", kept)
    assert (_is_in(seated), _is_in(other)) == (False, False)


@pytest.mark.parametrize(("step", "left"), [("disable", [(ADDRESS, False)]), ("remove", [])])
def test_an_account_is_left_with_the_password_alone(
    seated: Browser, other: Browser, desk_parts: Parts, step: str, left: list[tuple[str, bool]]
) -> None:
    refused = seated.post(f"/desk/account/{step}", password=PASSWORD)
    assert refused.status_code == 409
    assert "This is the last owner who can sign in" in refused.text
    add_editor(desk_parts, "ada@tide.example.org", "Ada")
    assert seated.post(f"/desk/account/{step}", password="wrong password").status_code == 422
    assert _is_in(other)
    answer = seated.post(f"/desk/account/{step}", password=PASSWORD)
    assert answer.headers["location"].startswith("/desk/sign-in?done=")
    assert (_is_in(seated), _is_in(other)) == (False, False)
    assert seated.sign_in().status_code == 422
    assert _standing(desk_parts) == [*left, ("ada@tide.example.org", True)]


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_changed_without_the_forms_token_or_from_another_site(
    seated: Browser, other: Browser, desk_parts: Parts, path: str
) -> None:
    add_editor(desk_parts, "ada@tide.example.org", "Ada")
    right = seated.csrf
    assert seated.post(path, csrf="", **POSTS[path]).status_code == 403
    assert seated.post(path, csrf=other.csrf, **POSTS[path]).status_code == 403
    assert seated.post(path, {"origin": "https://evil.test"}, csrf=right, **POSTS[path]).status_code == 403
    assert Browser(create_app(desk_parts)).post(path, csrf=right, **POSTS[path]).status_code == 303
    assert seated.get(path).status_code == 405
    assert (_is_in(seated), _is_in(other)) == (True, True)
    assert _standing(desk_parts) == [(ADDRESS, True), ("ada@tide.example.org", True)]
    assert seated.post(path, csrf=right, **POSTS[path]).status_code == 303


def test_every_form_of_the_page_is_tested_above(seated: Browser) -> None:
    actions = set(re.findall(r'action="(/desk/account/[^"]+)"', seated.get("/desk/account").text))
    assert {re.sub(r"\d+", "1", action) for action in actions} <= set(POSTS)


def test_one_is_called_by_the_name_one_chose_and_the_audit_trail_keeps_the_address(
    desk_parts: Parts, seated: Browser, editor: Editor
) -> None:
    assert seated.post("/desk/account/name", name="  Mara \n Quay ").headers["location"] == "/desk/account?done=saved"
    assert "<h1>Mara Quay</h1>" in seated.get("/desk/account").text
    too_long = seated.post("/desk/account/name", name="x" * 201)
    assert too_long.status_code == 422 and 'id="name-mistake"' in too_long.text
    with desk_parts.database.read() as session:
        entry = audit.page(session, limit=1)[0]
    assert (entry.action, entry.actor_name, entry.new) == ("editor.name", ADDRESS, "Mara Quay")
    seated.get("/desk/account")
    found = sessions.look_up(desk_parts.database, clock=desk_parts.clock, secret=seated.cookies["desk"])
    assert found is not None and (found.actor.shown_as, found.actor.name) == ("Mara Quay", ADDRESS)
