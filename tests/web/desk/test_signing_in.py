"""The form: what is refused, what waits, and that nobody else has to."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from newsletter.accounts import limits
from newsletter.bootstrap import Parts
from newsletter.model.actor import operator
from newsletter.web.app import create_app
from tests.web.seats import ADDRESS, PASSWORD, Browser, add_editor

FORM = {"address": ADDRESS, "password": PASSWORD}
OWN = {"origin": "http://news.test"}


@pytest.fixture(autouse=True)
def _without_hashes(desk_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one password is right, and seeing that takes no time."""
    monkeypatch.setattr(desk_parts.passwords, "match", lambda hashed, password: bool(hashed) and password == PASSWORD)


def _guess(parts: Parts, ip: str, tries: int, address: str = ADDRESS) -> list[int]:
    stranger = Browser(create_app(parts), ip=ip)
    return [stranger.sign_in("wrong password!", address).status_code for _ in range(tries)]


def test_too_many_attempts_from_one_place_are_told_when_to_come_back(desk_parts: Parts, browser: Browser) -> None:
    assert _guess(desk_parts, "192.0.2.7", limits.PER_PAIR) == [422] * limits.PER_PAIR
    answer = browser.sign_in()
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_an_editor_whose_address_is_guessed_at_signs_in_from_elsewhere(
    desk_parts: Parts, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DELAY_SECONDS", 0.01)
    _guess(desk_parts, "198.51.100.1", limits.PER_PAIR)
    _guess(desk_parts, "198.51.100.2", limits.PER_PAIR)
    assert browser.sign_in().status_code == 303


def test_a_known_browser_signs_in_from_where_a_stranger_used_up_the_tries(desk_parts: Parts, browser: Browser) -> None:
    browser.sign_in()
    browser.post("/desk/sign-out")
    _guess(desk_parts, "192.0.2.7", limits.PER_PAIR)
    assert Browser(create_app(desk_parts), ip="192.0.2.7").sign_in().status_code == 429
    assert browser.sign_in().status_code == 303


def test_a_disabled_editor_gets_the_answer_to_a_wrong_password(desk_parts: Parts, browser: Browser) -> None:
    wrong = browser.sign_in("wrong password!")
    add_editor(desk_parts, "boss@tide.example.org")
    desk_parts.accounts.team.disable(ADDRESS, by=operator())
    disabled = browser.sign_in()
    assert (disabled.status_code, disabled.text) == (wrong.status_code, wrong.text)
    assert "set-cookie" not in disabled.headers


def test_a_form_from_another_site_uses_up_nobodys_tries(browser: Browser) -> None:
    for _ in range(limits.PER_NETWORK + 1):
        foreign = browser.post("/desk/sign-in", {"origin": "https://evil.test"}, address=ADDRESS, password="x")
        assert foreign.status_code == 403
    assert browser.sign_in().status_code == 303


def test_those_who_wait_hold_no_thread_and_pages_go_on(desk_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DELAY_SECONDS", 3600.0)
    _guess(desk_parts, "198.51.100.1", limits.PER_PAIR)
    app = create_app(desk_parts)

    async def crowd() -> None:
        transport = httpx.ASGITransport(app, client=("198.51.100.2", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://news.test") as client:
            tries = [
                asyncio.create_task(client.post("/desk/sign-in", data={"address": ADDRESS}, headers=OWN))
                for _ in range(limits.PER_PAIR)
            ]
            await _until(lambda: desk_parts.sign_in.delays.waiting == limits.PER_PAIR)
            others = [
                asyncio.create_task(_ask(app, f"10.0.{n}.1")) for n in range(limits.MOST_DELAYED - limits.PER_PAIR)
            ]
            await _until(lambda: desk_parts.sign_in.delays.waiting == limits.MOST_DELAYED)
            assert (await client.get("/healthz")).status_code == 200
            assert (await _ask(app, "10.1.0.1")).status_code == 429
            for task in (*tries, *others):
                task.cancel()
            await asyncio.gather(*tries, *others, return_exceptions=True)

    asyncio.run(asyncio.wait_for(crowd(), 60))
    assert desk_parts.sign_in.delays.waiting == 0


async def _ask(app: FastAPI, ip: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(ip, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://news.test") as client:
        return await client.post("/desk/sign-in", data=FORM, headers=OWN)


async def _until(condition) -> None:
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true")
