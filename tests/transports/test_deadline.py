"""Whoever answers an octet now and then is left when the call's time is over, in whichever step that is."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from newsletter.errors import UnavailableError
from newsletter.transports import alert_hook
from newsletter.transports.alert_hook import AlertHook
from newsletter.transports.deadline import client, within
from tests.parts.dripping import SLOW_BODY, SLOW_HEAD, DrippingServer
from tests.parts.raw_server import RawServer

STEP = httpx.Timeout(5)
"""What each step may take by itself: none of them takes so long."""
SECONDS = 0.5


@pytest.fixture(params=[SLOW_HEAD, SLOW_BODY], ids=["head", "body"])
def slow_answer(request: pytest.FixtureRequest) -> Iterator[DrippingServer]:
    server = DrippingServer(request.param)
    yield server
    server.stop()


def test_a_call_ends_in_the_middle_of_an_answer(slow_answer: DrippingServer) -> None:
    with client(slow_answer.url, STEP) as ours, within(SECONDS), pytest.raises(httpx.ReadTimeout):
        ours.post(slow_answer.url, content=b"{}")


def test_a_call_ends_in_the_middle_of_a_request() -> None:
    server = DrippingServer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", helping=200_000)
    try:
        with client(server.url, STEP) as ours, within(SECONDS), pytest.raises(httpx.WriteTimeout):
            ours.post(server.url, content=b"x" * 40_000_000)
    finally:
        server.stop()


def test_a_connection_that_is_kept_belongs_to_no_call() -> None:
    server = DrippingServer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    try:
        with client(server.url, STEP) as ours:
            for _ in range(2):
                with within(60):
                    assert ours.post(server.url).status_code == 200
            assert ours.post(server.url).status_code == 200, "and without a deadline each step has its own"
    finally:
        server.stop()


def test_what_a_provider_says_beyond_its_answer_is_not_taken_for_that_to_the_next_mail() -> None:
    taken, refused = (b"HTTP/1.1 %d -\r\nContent-Length: 0\r\n\r\n" % status for status in (202, 400))
    with RawServer(taken + refused, stays=True) as server, client(server.url(), STEP) as ours:
        assert [ours.post(server.url(), content=b"{}").status_code for _ in range(3)] == [202] * 3


def test_an_address_for_alarms_holds_the_scheduler_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_hook, "SECONDS", SECONDS)
    server = DrippingServer(SLOW_HEAD)
    try:
        with pytest.raises(UnavailableError, match="ReadTimeout"):
            AlertHook(server.url).post({"alarm": 1})
    finally:
        server.stop()


def test_of_what_an_address_for_alarms_says_besides_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    server = DrippingServer(SLOW_BODY)
    monkeypatch.setattr(alert_hook, "SECONDS", 60.0)
    try:
        AlertHook(server.url).post({"alarm": 1})
    finally:
        server.stop()
