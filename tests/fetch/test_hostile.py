"""A stranger's server that keeps to no rule: each answer ends, is told, and takes nothing of ours elsewhere."""

from __future__ import annotations

import pytest

from newsletter.errors import InputError, UnavailableError
from newsletter.fetch import Ask, Fetcher, FetchLimits, LargeAnswerError, Page, SlowAnswerError
from tests.parts.raw_server import RawServer
from tests.parts.source_server import PLAIN, SourceServer, Stand, redirect

SECRET = "sesame-open-4711"
HERE = "127.0.0.1"


def got(answer: bytes, again: bytes = b"", *, seconds: float = 20.0, octets: int = 5000) -> Page:
    """Ask a server that answers so."""
    fetcher = Fetcher(FetchLimits(schemes=PLAIN, seconds=seconds), allowed=lambda _: True, look_up=lambda *_: [HERE])
    with RawServer(answer, again) as server:
        return fetcher.ask(Ask(server.url("a.example"), octets=octets))


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        head("Content-Length: 1", status="20 OK") + b"x",
        head("Content-Length: 1", status="2000 OK") + b"x",
        head("Content-Length: 1", status="-200 OK") + b"x",
        head("Upgrade: websocket", "Connection: Upgrade", status="101 Switching Protocols") + b"x" * 99,
        head("Content-Length: -1"),
        head("Content-Length: 1", "Content-Length: 2") + b"xx",
        head(f"Content-Length: {'9' * 5000}") + b"x",
        head("Content-Length: 99") + b"x",
        head("Transfer-Encoding: gzip, chunked") + b"1\r\nx\r\n0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"-1\r\nx\r\n0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"fffffffffffffffffffff\r\nx",
        head("Transfer-Encoding: chunked") + b"1\r\nxx\r\n0\r\n\r\n",
        head("No colon here") + b"x",
        head("X: a\0b", "Content-Length: 1") + b"x",
        head("X: a\rY: b", "Content-Length: 1") + b"x",
        head("Location: /a\rX-Evil: b", status="301 Moved"),
        head("Location: /a\0b", status="301 Moved"),
    ],
)
def test_what_is_no_answer_is_told(answer: bytes) -> None:
    with pytest.raises(UnavailableError, match=r"^a\.example: "):
        got(answer)


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (head("X: y")[:-2], b"X-More: " + b"a" * 60_000 + b"\r\n"),
        (b"HTTP/1.1 200 ", b"O" * 60_000),
        (head("Transfer-Encoding: chunked") + b"1;", b"x" * 60_000),
        (head("Transfer-Encoding: chunked") + b"0\r\n", b"X-More: " + b"a" * 60_000 + b"\r\n"),
        (head("Transfer-Encoding: chunked"), b"1;" + b"x" * 60_000 + b"\r\na\r\n"),
        (head("Transfer-Encoding: chunked"), b"1\r\na\r\n"),
        (head("X: y"), b"a" * 60_000),
    ],
)
def test_what_never_ends_ends(answer: bytes, again: bytes) -> None:
    with pytest.raises(UnavailableError):
        got(answer, again)


def test_a_flood_of_provisional_answers_ends_with_its_time() -> None:
    with pytest.raises((SlowAnswerError, LargeAnswerError)):
        got(b"", head("Link: </x>; rel=preload", status="103 Early Hints") * 100, seconds=2.0)


def test_a_few_provisional_answers_are_passed_over() -> None:
    early = head(status="100 Continue") + head("Link: </x>; rel=preload", status="103 Early Hints")
    assert got(early * 3 + head("Content-Length: 1") + b"x").content == b"x"


@pytest.mark.parametrize("stays", [True, False])
@pytest.mark.parametrize(
    "more",
    [
        head("Content-Length: 4") + b"evil",
        head("Content-Length: 4") + b"evil" + head("Content-Length: 5") + b"worse",
        head("Content-Length: 4"),
        head("X-Evil: yes")[:-2],
        b"HTTP/1.1 ",
        b"\r\n",
        b"more than it said",
    ],
)
@pytest.mark.parametrize(
    "answer",
    [
        head("Content-Length: 1") + b"x",
        head("Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\n\r\n",
        head("Content-Length: 1", status="404 Not Found") + b"x",
    ],
)
def test_what_nobody_asked_for_is_nobodys(answer: bytes, more: bytes, stays: bool) -> None:
    """More than the answer to one question: what is left is not taken for the answer to the next, whoever hangs up first."""
    fetcher = Fetcher(FetchLimits(schemes=PLAIN, seconds=20.0), allowed=lambda _: True, look_up=lambda *_: [HERE])
    with RawServer(answer + more, stays=stays) as server, fetcher.keeping() as visits:
        assert [visits.ask(Ask(server.url("a.example"))).content for _ in range(3)] == [b"x"] * 3
        assert len(server.asked) == 3


def test_what_comes_after_a_broken_answer_is_nobodys() -> None:
    packed = head("Content-Length: 4", "Content-Encoding: gzip") + b"nope"
    fetcher = Fetcher(FetchLimits(schemes=PLAIN, seconds=20.0), allowed=lambda _: True, look_up=lambda *_: [HERE])
    with RawServer(packed + head("Content-Length: 4") + b"evil", stays=True) as server, fetcher.keeping() as visits:
        for _ in range(3):
            with pytest.raises(UnavailableError):
                visits.ask(Ask(server.url("a.example")))
        assert len(server.asked) == 3


def test_a_connection_without_more_than_its_answers_is_kept() -> None:
    fetcher = Fetcher(FetchLimits(schemes=PLAIN, seconds=20.0), allowed=lambda _: True, look_up=lambda *_: [HERE])
    with RawServer(head("Content-Length: 1") + b"x", stays=True) as server, fetcher.keeping() as visits:
        assert [visits.ask(Ask(server.url("a.example"))).content for _ in range(3)] == [b"x"] * 3
        assert server.connections == 1


@pytest.mark.parametrize(
    "location",
    [
        "//b.example:{port}/x",
        "http://b.example:{port}/x",
        "HTTP://B.EXAMPLE:{port}/x",
        "http://a.example@b.example:{port}/x",
        "http://a.example:{port}@b.example:{port}/x",
        "http://a.example.:{port}/x",
        "http://a.example:{port}\\@b.example:{port}/x",
        "http://b.example:{port}\\.a.example/x",
        "http:\\\\b.example:{port}/x",
        "\\\\b.example:{port}/x",
        "/\\b.example:{port}/x",
        "http:///b.example:{port}/x",
        "http:b.example:{port}/x",
        "http://a.example%2eb.example:{port}/x",
        "http://a.example%00.b.example:{port}/x",
        "http://a.example。b.example:{port}/x",
        "http://b.example:{port}/x#@a.example",
        "http://b.example:{port}?@a.example:{port}/x",
        "http://[::ffff:127.0.0.1]:{port}/x",
        "http://2130706433:{port}/x",
        "http://b.example:{port}/\r\n x",
        "/%0d%0aX-Evil:%20y",
    ],
)
def test_however_a_location_is_written_a_secret_stays_with_its_host(location: str) -> None:
    with SourceServer() as server:
        said = location.format(port=server.port).encode().decode("latin-1")
        url = server.put("a.example", "/", redirect(said))
        for host in ("b.example", "a.example", "a.example.b.example"):
            server.put(host, "/x", Stand(b"x"))
        fetcher = Fetcher(FetchLimits(schemes=PLAIN, seconds=20.0), allowed=server.allowed, look_up=server.look_up)
        told = ""
        try:
            fetcher.ask(Ask(url, secret_headers={"x-api-key": SECRET}, validators_of=url, etag='"mine"'))
        except (InputError, UnavailableError) as error:
            told = str(error)
        assert SECRET not in told
        assert {seen.host for seen in server.asks if SECRET in str(seen.headers)} == {"a.example"}
        assert [seen.path for seen in server.asks if '"mine"' in str(seen.headers)] == ["/"]
        assert not any("x-evil" in seen.headers for seen in server.asks)
