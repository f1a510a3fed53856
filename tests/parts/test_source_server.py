"""The server that stands in for sources does what it is told, and counts what was asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from newsletter.errors import UnavailableError
from newsletter.fetch import Ask, Fetcher, FetchLimits, LargeAnswerError, Page, SlowAnswerError
from tests.parts.source_server import PLAIN, SourceServer, Stand, redirect, refusal


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with SourceServer() as made:
        yield made


def fetcher(server: SourceServer, **limits: object) -> Fetcher:
    given = FetchLimits(**{"schemes": PLAIN, "seconds": 20.0, **limits})
    return Fetcher(given, allowed=server.allowed, look_up=server.look_up)


def test_hosts_and_paths_are_told_apart_and_what_is_nowhere_is_missing(server: SourceServer) -> None:
    urls = [server.put(f"{name}.example", "/feed", Stand(name.encode())) for name in "ab"]
    assert [fetcher(server)(url) for url in urls] == [b"a", b"b"]
    assert fetcher(server).ask(Ask(server.url("c.example", "/feed"))).status == 404


def test_bodies_are_counted_and_not_sent_again_for_their_validators(server: SourceServer) -> None:
    url = server.put("a.example", "/feed", Stand(b"news", etag='"1"', last_modified="Sat, 09 May 2026 05:00:00 GMT"))
    first = fetcher(server).ask(Ask(url))
    for given in ({"etag": first.etag}, {"last_modified": first.last_modified}):
        assert fetcher(server).ask(Ask(url, **given)).is_unchanged
    assert server.bodies == {("a.example", "/feed"): 1}


def test_each_of_several_is_for_one_ask_and_the_last_for_all_that_follow(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"day 1"), Stand(b"day 2"))
    assert [fetcher(server)(url) for _ in range(3)] == [b"day 1", b"day 2", b"day 2"]


@pytest.mark.parametrize(
    ("stand", "error"),
    [
        (Stand(hangs=True), SlowAnswerError),
        (Stand(b"x" * 1000, drips=0.02), SlowAnswerError),
        (Stand(b"x" * 1000, drips_head=True), SlowAnswerError),
        (Stand(b"x" * 1000, endless=True), LargeAnswerError),
        (Stand(b"x" * 1000, breaks_off=10), UnavailableError),
    ],
)
def test_what_is_bad_is_bad(server: SourceServer, stand: Stand, error: type[Exception]) -> None:
    with pytest.raises(error):
        fetcher(server, seconds=0.3 if error is SlowAnswerError else 20.0).ask(Ask(server.put("a.example", "/", stand)))


def test_refusals_and_redirects_come_as_they_were_put(server: SourceServer) -> None:
    server.put("a.example", "/limited", refusal(429, "120"))
    server.put("b.example", "/old", redirect(server.url("a.example", "/limited"), 308))
    page = fetcher(server).ask(Ask(server.url("b.example", "/old")))
    assert (page.status, page.retry_after, page.moves) == (429, 120.0, (308,))


def test_five_hundred_hosts_are_served_at_once(server: SourceServer) -> None:
    urls = [server.put(f"n{number}.example", "/feed", Stand(b"x" * 75_000)) for number in range(500)]

    def got(url: str) -> Page:
        return visits.ask(Ask(url))

    with fetcher(server).keeping() as visits, ThreadPoolExecutor(32) as threads:
        begun = time.monotonic()
        assert sum(len(page.content) for page in threads.map(got, urls)) == 500 * 75_000
        print(f"500 in {time.monotonic() - begun:.1f} s")
    assert set(server.most_at_once.values()) == {1}
