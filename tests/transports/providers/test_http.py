"""Answers that say less than one would like."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from newsletter.clock import SettableClock
from newsletter.delivery.composing import EditionComposer
from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Deferred, Refused, Unknown
from newsletter.transports.providers.registry import ProviderTransport, from_url
from tests.parts.dripping import SLOW_HEAD, DrippingServer
from tests.parts.fake_dialects import DIALECTS
from tests.parts.fake_provider import FakeProvider, Reply
from tests.transports.providers.conftest import URLS, Notebook, Sending, envelope, kinds, only


@pytest.mark.parametrize(
    "document", ["nonsense", [], {}, {"Messages": 5}, [1], {"results": None}, {"data": [{"id": "x"}] * 9}]
)
def test_an_acceptance_that_cannot_be_read_leaves_the_batch_uncertain_and_never_unsent(
    document: Any, provider: str, fake: FakeProvider, sending: Sending
) -> None:
    fake.faults.append(Reply(200, document))
    assert set(kinds(sending(3))) == {Unknown}
    assert len(fake.calls) == 1


@pytest.mark.parametrize("status", [301, 404, 405])
def test_a_wrong_address_is_said_to_be_one(status: int, fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(status, {"message": "not here"}, headers={"Location": "https://example.org/"}))
    with pytest.raises(TransportError, match="no such endpoint") as raised:
        sending(2)
    assert "NEWSLETTER_SMTP_URL" in raised.value.remedy
    assert len(fake.calls) == 1


def test_a_limit_that_does_not_lift_gives_the_batch_back(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.extend([Reply(429, {})] * 4)
    with pytest.raises(TransportError, match="limit"):
        sending(2)
    assert len(fake.calls) == 4


def test_the_last_free_call_of_a_window_makes_the_next_one_wait(
    provider: str, fake: FakeProvider, sending: Sending, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = fake.dialect.take

    def spent(call: Any, bad: set[str]) -> Reply:
        reply = take(call, bad)
        reply.headers = {**reply.headers, "RateLimit-Remaining": "0", "RateLimit-Reset": "2"}
        return reply

    monkeypatch.setattr(fake.dialect, "take", spent, raising=False)
    sending(1)
    assert clock.monotonic() == 0
    sending(1)
    assert clock.monotonic() == 2


@pytest.fixture
def silent() -> Iterator[FakeProvider]:
    server = FakeProvider(DIALECTS["postmark"]())
    yield server
    server.stop()


def test_a_connection_closed_before_the_call_was_read_is_never_taken_for_a_refusal(
    silent: FakeProvider, letter: EditionComposer
) -> None:
    """Whether the end of a large call reached the other side cannot be known here: uncertain, or surely not sent."""
    silent.faults.append("hang up")
    transport = from_url(URLS["postmark"].format(silent.url), clock=SettableClock())
    try:
        outcomes = transport.send([envelope(letter, n) for n in range(1, 400)], Notebook())
    except TransportError:
        outcomes = {}
    assert set(map(type, outcomes.values())) <= {Unknown}
    assert silent.mail == []
    transport.close()


@pytest.mark.parametrize("content", [b'{"id": "<1@example.org>", "messageIds": ["a"', b"<html>It works!</html>", b""])
def test_a_broken_or_foreign_answer_of_status_200_is_uncertain(
    content: bytes, fake: FakeProvider, sending: Sending
) -> None:
    fake.faults.append(Reply(200, content))
    assert set(kinds(sending(2))) == {Unknown}


def test_a_page_of_html_as_the_error_is_quoted_and_blames_nobody(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(400, b"<html><h1>Bad Request</h1></html>", headers={"Content-Type": "text/html"}))
    with pytest.raises(TransportError, match="<h1>Bad Request</h1>"):
        sending(2)


def test_a_packed_answer_is_read(fake: FakeProvider, sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    take = fake.dialect.take

    def packed(call: Any, bad: set[str]) -> Reply:
        reply = take(call, bad)
        plain = b"" if reply.document is None else json.dumps(reply.document).encode()
        return replace(reply, document=gzip.compress(plain), headers={**reply.headers, "Content-Encoding": "gzip"})

    monkeypatch.setattr(fake.dialect, "take", packed, raising=False)
    assert kinds(sending(3)) == [Accepted] * 3


def test_an_answer_that_claims_to_be_packed_and_is_not_is_uncertain(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.extend([Reply(200, b"not gzip", headers={"Content-Encoding": "gzip"})] * 4)
    assert set(kinds(sending(2))) == {Unknown}


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_refused_name_the_remedy_and_never_the_key(
    status: int, provider: str, fake: FakeProvider, sending: Sending
) -> None:
    fake.faults.append(Reply(status, b"<html>Forbidden</html>"))
    with pytest.raises(TransportError, match=f"{status} <html>Forbidden") as raised:
        sending(2)
    key = URLS[provider].partition("://")[2].partition("@")[0]
    assert key not in raised.value.what
    assert "renew the key" in raised.value.remedy


@only("mailgun", "brevo")
def test_more_bad_recipients_than_can_be_sought_are_put_off_and_the_search_ends(
    fake: FakeProvider, sending: Sending
) -> None:
    fake.bad = {f"reader{n}@example.com" for n in range(1, 400, 2)}
    outcomes = sending(400)
    assert len(outcomes) == 400
    assert len(fake.calls) == 64
    assert {Refused, Deferred} <= set(kinds(outcomes))
    assert not {n for n, outcome in outcomes.items() if isinstance(outcome, Refused)} & set(range(2, 401, 2))


@only("sendgrid", "postmark", "resend", "brevo", "sparkpost", "mailjet")
def test_a_call_that_is_too_large_is_halved(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(413, {"message": "too large"}))
    assert kinds(sending(4)) == [Accepted] * 4
    assert [len(fake.calls), len(fake.mail)] == [3, 4]


@only("postmark")
def test_an_answer_without_end_is_not_read_to_it(
    fake: FakeProvider, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.transports.providers.http._MOST_OCTETS", 10_000)
    fake.faults.append(Reply(200, b" " * 10_001))
    assert set(kinds(sending(2))) == {Unknown}


@only("postmark", "resend")
def test_a_provider_that_says_nothing_is_uncertain_when_its_time_is_over(
    provider: str, fake: FakeProvider, letter: EditionComposer
) -> None:
    fake.faults.extend(["silence"] * 4)
    api, clock = URLS[provider].format(fake.url), SettableClock()
    usual = from_url(api, clock=clock)
    transport = ProviderTransport(usual._api, clock=clock, timeout=httpx.Timeout(5, read=0.05))
    outcomes = transport.send([envelope(letter, n) for n in (1, 2)], Notebook())
    assert set(kinds(outcomes)) == {Unknown}
    calls = 4 if provider == "resend" else 1
    assert fake.heard(calls) == calls
    transport.close()
    usual.close()


def test_a_provider_that_answers_an_octet_now_and_then_is_uncertain_when_the_time_of_a_call_is_over(
    letter: EditionComposer,
) -> None:
    server = DrippingServer(SLOW_HEAD)
    usual = from_url(URLS["postmark"].format(server.url), clock=SettableClock())
    transport = ProviderTransport(usual._api, timeout=httpx.Timeout(5), call_seconds=0.5)
    outcomes = transport.send([envelope(letter, n) for n in (1, 2)], Notebook())
    assert set(kinds(outcomes)) == {Unknown}
    assert all("ReadTimeout" in outcome.reply for outcome in outcomes.values())
    transport.close()
    usual.close()
    server.stop()


@only("postmark")
def test_one_connection_serves_many_calls_and_one_that_was_closed_is_not_used_again(
    fake: FakeProvider, letter: EditionComposer, transport: ProviderTransport
) -> None:
    for number in range(1, 4):
        transport.send([envelope(letter, number)], Notebook())
    assert len(fake.connections) == 1
    fake.faults.append("close")  # answered, and then closed without a word about it
    transport.send([envelope(letter, 4)], Notebook())
    assert fake.closed.wait(10)
    assert kinds(transport.send([envelope(letter, 5)], Notebook())) == [Accepted]
    assert len(fake.connections) == 2


@only("postmark")
def test_a_proxy_of_the_environment_is_not_asked(
    fake: FakeProvider, letter: EditionComposer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    transport = from_url(URLS["postmark"].format(fake.url))
    assert kinds(transport.send([envelope(letter, 1)], Notebook())) == [Accepted]
    transport.close()
