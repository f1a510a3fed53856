"""Each answer belongs to a question: over a kept connection, and when several ask at once."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpcore
import pytest

from newsletter.kept_connections import KeptConnections
from tests.parts.raw_server import RawServer

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
MORE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


@pytest.fixture
def pool() -> Iterator[KeptConnections]:
    with KeptConnections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), httpcore.SyncBackend(), most=4) as ours:
        yield ours


def test_a_connection_is_used_again(pool: KeptConnections) -> None:
    with RawServer(ANSWER, stays=True) as server:
        assert [pool.request("GET", server.url()).content for _ in range(5)] == [b"x"] * 5
        pool.close()
        assert server.connections == 1


def test_one_that_said_more_than_it_was_asked_is_not_used_again(pool: KeptConnections) -> None:
    with RawServer(ANSWER + MORE, stays=True) as server:
        assert [pool.request("POST", server.url(), content=b"{}").content for _ in range(5)] == [b"x"] * 5
        pool.close()
        assert server.connections == 5


def test_of_several_who_ask_at_once_none_has_what_nobody_asked_for(pool: KeptConnections) -> None:
    with RawServer(ANSWER + MORE, stays=True) as server, ThreadPoolExecutor(8) as askers:
        found = list(askers.map(lambda _: pool.request("GET", server.url()).content, range(200)))
        pool.close()
    assert found == [b"x"] * 200


def test_one_whose_answer_is_not_read_to_its_end_is_not_used_again(pool: KeptConnections) -> None:
    with RawServer(ANSWER, stays=True) as server:
        with pool.stream("GET", server.url()) as answer:
            assert answer.status == 200
        assert pool.request("GET", server.url()).content == b"x"
        pool.close()
        assert server.connections == 2


def test_where_it_cannot_be_seen_no_connection_is_kept(pool: KeptConnections, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of httpcore may name its parts differently: that costs connections, and no answer goes astray."""
    inner = httpcore.HTTP11Connection
    monkeypatch.setattr(inner, "_h11_state", _Renamed(), raising=False)
    with RawServer(ANSWER, stays=True) as server:
        assert [pool.request("GET", server.url()).content for _ in range(3)] == [b"x"] * 3
        pool.close()
        assert server.connections == 3


class _Renamed:
    """Keeps the state under another name; the code of httpcore itself still finds it."""

    def __set__(self, made: httpcore.HTTP11Connection, state: object) -> None:
        made.__dict__["renamed"] = state

    def __get__(self, made: httpcore.HTTP11Connection, kind: type) -> object:
        asks = sys._getframe(1).f_code.co_name
        return None if asks == "_has_more" else made.__dict__["renamed"]
