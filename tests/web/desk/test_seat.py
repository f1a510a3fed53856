"""A page that was opened before its session ended: what its script learns, and that it goes on after signing in again."""

from __future__ import annotations

import pytest

from newsletter.accounts import limits
from newsletter.bootstrap import Parts
from newsletter.web.app import create_app
from tests.web.seats import ADDRESS, PASSWORD, Browser

JSON = {"accept": "application/json"}


def test_a_script_learns_the_token_and_whose_session_it_is(browser: Browser) -> None:
    browser.sign_in()
    answer = browser.get("/desk/seat", **JSON)
    assert answer.json()["csrf"] == browser.csrf
    assert answer.json()["address"] == ADDRESS
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_script_that_is_signed_out_is_told_so_and_led_nowhere(browser: Browser, method: str) -> None:
    answer = browser.get("/desk/seat", **JSON) if method == "get" else browser.post("/desk/new", JSON)
    assert (answer.status_code, answer.json()["error"]) == (401, "Please sign in")
    assert "location" not in answer.headers


def test_a_script_signs_in_and_stays_where_it_is(browser: Browser) -> None:
    answer = browser.post("/desk/sign-in", JSON, address=ADDRESS, password=PASSWORD)
    assert (answer.status_code, answer.text) == (204, "")
    assert "desk" in browser.cookies
    token = browser.get("/desk/seat", **JSON).json()["csrf"]
    assert browser.post("/desk/account/sign-out-others", csrf=token).status_code == 303


def test_a_script_is_told_of_a_wrong_password_and_of_too_many_as_the_form_tells_it(browser: Browser) -> None:
    form = {"address": ADDRESS, "password": "wrong password!"}
    answers = [browser.post("/desk/sign-in", JSON, **form) for _ in range(limits.PER_PAIR + 1)]
    assert [a.status_code for a in answers] == [422] * limits.PER_PAIR + [429]
    assert answers[0].json()["what"] == "Address and password do not belong together."
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "set-cookie" not in answers[0].headers


def test_a_script_of_another_site_signs_nobody_in(browser: Browser) -> None:
    foreign = JSON | {"origin": "https://evil.test"}
    assert browser.post("/desk/sign-in", foreign, address=ADDRESS, password=PASSWORD).status_code == 403


def test_after_signing_in_again_elsewhere_the_old_token_is_refused_and_the_new_one_there(
    browser: Browser, desk_parts: Parts
) -> None:
    browser.sign_in()
    old = browser.csrf
    other_tab = Browser(create_app(desk_parts))
    other_tab.cookies = browser.cookies
    other_tab.sign_in()
    assert browser.post("/desk/account/sign-out-others", JSON, csrf=old).status_code == 403
    token = browser.get("/desk/seat", **JSON).json()["csrf"]
    assert token != old
    assert browser.post("/desk/account/sign-out-others", JSON, csrf=token).status_code == 303
