"""Kept connections: one to a host, one ask at a time, each within its own time, and none left open."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from newsletter.clock import SystemClock
from newsletter.errors import NewsletterError, UnavailableError
from newsletter.fetch import Ask, Fetcher, FetchLimits, PrivateAddressError, SlowAnswerError, is_public
from newsletter.fetch.exchange import Manner
from tests.parts.certificates import make_certificates
from tests.parts.source_server import PLAIN, SourceServer, Stand, redirect, refusal
from tests.parts.waiting import comes_true


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with SourceServer() as made:
        yield made


class LeapingClock(SystemClock):
    """Goes as time does, and further when told to."""

    leapt = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.leapt


def fetcher(server: SourceServer, **more: object) -> Fetcher:
    given = {"allowed": server.allowed, "look_up": server.look_up, **more}
    return Fetcher(FetchLimits(schemes=PLAIN, seconds=20.0), **given)


def test_a_connection_serves_one_ask_after_another(server: SourceServer) -> None:
    server.put("a.example", "/old", redirect("/new"))
    server.put("a.example", "/new", Stand(b"x", etag='"1"'))
    server.put("a.example", "/refused", refusal(404))
    with fetcher(server).keeping() as visits:
        for path in ("/old", "/refused", "/new", "/old"):
            visits.ask(Ask(server.url("a.example", path), etag='"1"' if path == "/new" else ""))
    assert (len(server.asks), server.connections) == (6, {"a.example": 1})


def test_without_keeping_no_connection_outlives_its_ask(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x"))
    asks = fetcher(server)
    for _ in range(2):
        asks.ask(Ask(url))
    assert server.connections["a.example"] == 2
    assert comes_true(lambda: server.open_now() == 0)


def test_many_threads_make_one_connection_to_a_host_at_most(server: SourceServer) -> None:
    """Whatever the hosts do with them: keep, close, redirect to each other, break off, send too much."""
    hosts = [f"n{number}.example" for number in range(6)]
    for host, other in zip(hosts, hosts[1:] + hosts[:1], strict=True):
        for path, stand in {
            "/good": Stand(b"x" * 1000),
            "/closes": Stand(b"x", closes=True),
            "/closes-silently": Stand(b"x", closes=True, tells=False),
            "/leads": redirect(server.url(other, "/good")),
            "/breaks": Stand(b"xx", breaks_off=1),
            "/large": Stand(b"x" * 500_000),
            "/refuses": refusal(503),
        }.items():
            server.put(host, path, stand)
    paths = ("/good", "/closes", "/leads", "/breaks", "/closes-silently", "/large", "/refuses", "/leads")
    urls = [server.url(host, path) for path in paths * 4 for host in hosts]

    def got(url: str) -> str:
        try:
            return str(visits.ask(Ask(url, octets=100_000)).status)
        except NewsletterError as error:
            return type(error).__name__

    with fetcher(server).keeping() as visits, ThreadPoolExecutor(32) as threads:
        results = list(threads.map(got, urls))
    assert set(server.most_at_once.values()) == {1}
    assert {"200", "503", "LargeAnswerError", "UnavailableError"} == set(results)
    assert results.count("200") == len(hosts) * 4 * 5
    assert comes_true(lambda: server.open_now() == 0)


def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x"), Stand(leaves=True), Stand(b"y"))
    with fetcher(server).keeping() as visits:
        assert [visits.ask(Ask(url)).content for _ in range(2)] == [b"x", b"y"]
    assert [seen.connection for seen in server.asks] == [1, 1, 2]


def test_a_new_connection_that_is_closed_without_an_answer_is_not_tried_again(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(leaves=True))
    with fetcher(server).keeping() as visits:
        with pytest.raises(UnavailableError, match="cannot be fetched"):
            visits.ask(Ask(url))
        assert len(server.asks) == 1
        server.put("a.example", "/", Stand(b"x"), Stand(leaves=True))
        visits.ask(Ask(url))
        with pytest.raises(UnavailableError):
            visits.ask(Ask(url))
    assert len(server.asks) == 4


def test_what_does_more_than_read_is_not_asked_again(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x"), Stand(leaves=True), Stand(b"y"))
    with fetcher(server).keeping() as visits:
        visits.ask(Ask(url))
        with pytest.raises(UnavailableError):
            visits.follow(url, Manner(seconds=20.0, octets=10, schemes=PLAIN, method="POST"))
    assert len(server.asks) == 2


def test_each_ask_has_its_own_time_on_a_kept_connection(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x"))
    slow = server.put("a.example", "/slow", Stand(b"x" * 1000, drips=0.02))
    clock = LeapingClock()
    with fetcher(server, clock=clock).keeping() as visits:
        assert visits.ask(Ask(url)).content == b"x"
        clock.leapt += 1000
        assert visits.ask(Ask(url)).content == b"x"
        with pytest.raises(SlowAnswerError, match=r"within 0\.3 s"):
            visits.ask(Ask(slow, seconds=0.3))
        assert len(server.asks) == 3  # late is late: it is not asked again
        assert visits.ask(Ask(url)).content == b"x"
    assert server.connections["a.example"] == 2


def test_each_new_connection_goes_to_an_address_that_is_checked_then(server: SourceServer) -> None:
    """A name that turns inward while its host is being visited."""
    url = server.put("a.example", "/", Stand(b"x"), Stand(b"x"), Stand(b"x", closes=True))
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with fetcher(server, look_up=look_up, allowed=lambda a: is_public(a) or server.allowed(a)).keeping() as visits:
        assert [visits.ask(Ask(url)).content for _ in range(3)] == [b"x"] * 3
        assert asked == ["a.example"]
        with pytest.raises(PrivateAddressError):
            visits.ask(Ask(url))
    assert len(server.asks) == 3


def test_an_address_that_says_nothing_leaves_time_for_the_next(server: SourceServer) -> None:
    """As where a host has an IPv6 address, and this machine a way there that ends nowhere."""
    url = server.put("a.example", "/", Stand(b"x"))
    with socket.create_server(("127.0.0.2", server.port), backlog=0) as full, ExitStack() as stack:
        for _ in range(3):  # as many as wait to be accepted, and more: who comes then hears nothing
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        found = fetcher(server, look_up=lambda *_: ["127.0.0.2", "127.0.0.1"], allowed=lambda _: True)
        assert found.ask(Ask(url, seconds=6.0)).content == b"x"
        with pytest.raises(SlowAnswerError):
            fetcher(server, look_up=lambda *_: ["127.0.0.2"], allowed=lambda _: True).ask(Ask(url, seconds=0.5))


def test_waiting_for_the_turn_is_not_the_asks_own_time(server: SourceServer) -> None:
    slow = server.put("a.example", "/slow", Stand(b"x", waits=0.5))
    fast = server.put("a.example", "/fast", Stand(b"y"))
    clock = LeapingClock()
    with fetcher(server, clock=clock).keeping() as visits, ThreadPoolExecutor(2) as threads:
        first = threads.submit(visits.ask, Ask(slow))
        assert comes_true(lambda: len(server.asks) == 1)
        second = threads.submit(visits.ask, Ask(fast))
        assert comes_true(lambda: visits._lines._lines["a.example"].users == 2)
        clock.leapt += 1000  # while the second waits
        assert second.result().content == b"y"
        assert first.exception() is None or isinstance(first.exception(), SlowAnswerError)


def test_nobody_waits_for_a_turn_for_ever(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(hangs=True))
    with fetcher(server).keeping(patience=0.2) as visits, ThreadPoolExecutor(1) as threads:
        first = threads.submit(visits.ask, Ask(url, seconds=4.0))
        assert comes_true(lambda: len(server.asks) == 1)
        with pytest.raises(UnavailableError, match=r"a\.example: others were asking this host for 0\.2 s"):
            visits.ask(Ask(url))
        with pytest.raises(SlowAnswerError):
            first.result()


def test_a_few_idle_connections_are_kept(server: SourceServer) -> None:
    with fetcher(server).keeping(most_idle=2) as visits:
        for number in range(10):
            visits.ask(Ask(server.put(f"n{number}.example", "/", Stand(b"x"))))
        assert comes_true(lambda: server.open_now() == 2)
        assert server.open_now("n9.example") == 1
        visits.ask(Ask(server.url("n8.example")))
        assert server.connections["n8.example"] == 1


def test_two_ports_of_a_host_are_one_host(server: SourceServer) -> None:
    with SourceServer() as other, fetcher(server).keeping() as visits:
        visits.ask(Ask(server.put("a.example", "/", Stand(b"x"))))
        assert server.open_now("a.example") == 1
        visits.ask(Ask(other.put("a.example", "/", Stand(b"x"))))
        assert comes_true(lambda: server.open_now("a.example") == 0)
        assert other.open_now("a.example") == 1


def test_when_it_is_over_nothing_is_asked_and_nobody_is_waited_for(server: SourceServer) -> None:
    slow = server.put("a.example", "/", Stand(b"x" * 1000, drips=0.02))
    visits = fetcher(server).keeping()
    ended: list[str] = []

    def ask() -> None:
        try:
            visits.ask(Ask(slow))
        except UnavailableError as error:
            ended.append(error.what)

    thread = threading.Thread(target=ask)
    thread.start()
    assert comes_true(lambda: bool(server.asks))
    visits.close()
    with pytest.raises(UnavailableError, match="the run that asked for it has ended"):
        visits.ask(Ask(slow))
    thread.join(30)
    assert ended == ["no answer within 20 s"]
    assert comes_true(lambda: server.open_now() == 0)


def test_a_connection_is_kept_under_tls_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    trusted, context = make_certificates(tmp_path_factory.mktemp("certificates"))
    trust = ssl.create_default_context(cafile=trusted)
    with SourceServer(context) as server, fetcher(server, trust=trust).keeping() as visits:
        url = server.put("127.0.0.1", "/", Stand(b"x" * 200_000), Stand(b"x", closes=True, tells=False), Stand(b"y"))
        assert [len(visits.ask(Ask(url)).content) for _ in range(3)] == [200_000, 1, 1]
        assert server.connections["127.0.0.1"] == 2
