"""A real server with small limits and real sockets: what is slow, half done, or too much is ended, and what is right is not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import uvicorn

from newsletter.cli.connections import ConnectionBounds, Connections, WaitedFor
from newsletter.cli.http_protocol import protocol_of
from newsletter.networks import read_networks
from tests.parts.raw_http import GET, RawClient
from tests.parts.waiting import comes_true

QUICK = ConnectionBounds(
    head_seconds=0.5,
    body_seconds=0.5,
    least_rate=10_000,
    write_seconds=0.5,
    linger_seconds=0.3,
    sweep_seconds=0.05,
)
PATIENT = ConnectionBounds(sweep_seconds=0.05)
POST = b"POST /read HTTP/1.1\r\nHost: 127.0.0.1\r\n"
END = b"0\r\n\r\n"


class Application:
    """`/read` reads a body and tells its length and the headers; `/big` answers much; `/wait` waits for `go`; else nothing."""

    def __init__(self) -> None:
        self.tick = threading.Event()
        self.gone = 0
        self.asked = 0

    async def __call__(self, scope, receive, send) -> None:
        self.asked += 1
        content = b"fine"
        if scope["path"] == "/read":
            octets, more = 0, True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    self.gone += 1
                    return
                octets += len(message["body"])
                more = message["more_body"]
            content = b"%d %s" % (octets, b" ".join(name for name, _ in scope["headers"]))
        elif scope["path"] == "/big":
            content = b"x" * 20_000_000
        elif scope["path"] == "/wait":
            await asyncio.to_thread(self.tick.wait, 60)
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(content))]}
        )
        for start in range(0, len(content), 100_000):
            more = start + 100_000 < len(content)
            await send({"type": "http.response.body", "body": content[start : start + 100_000], "more_body": more})


class Server:
    """uvicorn with our protocol, in a thread."""

    def __init__(self, limits: ConnectionBounds, *, most: int = 100, trusted: str = "", keep_alive: int = 60) -> None:
        self.application = Application()
        self.door = Connections(limits, most=most, trusted=read_networks(trusted))
        config = uvicorn.Config(
            self.application,
            port=0,
            http=protocol_of(self.door),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            timeout_keep_alive=keep_alive,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._clients: list[RawClient] = []
        self._thread.start()
        assert comes_true(lambda: self._server.started, 60)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def client(self, **how) -> RawClient:
        """Connect."""
        self._clients.append(RawClient(self.port, **how))
        return self._clients[-1]

    def stop(self) -> None:
        """Stop, and close what was opened."""
        self.application.tick.set()
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def started(limits: ConnectionBounds = QUICK, **how) -> Server:
        servers.append(Server(limits, **how))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


def works(server: Server) -> bool:
    return server.client().send(GET + b"\r\n").answer().startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("begun", [b"G", b"GET / HT", GET, GET + b"Cookie: a", GET + b"Cookie: a\r\n"])
def test_a_head_that_stays_half_is_answered_408_and_closed(serve, begun: bytes) -> None:
    server = serve()
    heard = server.client().send(begun).heard()
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in heard
    assert server.application.asked == 0
    assert works(server)


def test_a_head_that_comes_octet_by_octet_is_ended_too(serve) -> None:
    client = serve().client().send(GET + b"Cookie: ").trickle(b"a", times=3000)
    assert client.heard()[:13] in {b"HTTP/1.1 408 ", b""}  # a reset may take what was said with it


@pytest.mark.parametrize("begun", [b"", b"\r\n", b"\r\n\r\n\r\n"])
def test_who_says_nothing_is_let_go(serve, begun: bytes) -> None:
    server = serve()
    heard = server.client().send(begun).heard()
    assert heard == b"" or heard.startswith(b"HTTP/1.1 408 ")


def test_a_kept_connection_is_closed_when_nothing_but_line_ends_follow(serve) -> None:
    client = serve().client().send(GET + b"\r\n")
    assert b" 200 " in client.answer()
    assert b" 200 " not in client.send(b"\r\n").heard()


def test_a_kept_connection_without_a_next_request_is_closed(serve) -> None:
    heard = serve(PATIENT, keep_alive=1).client().send(GET + b"\r\n").heard()
    assert heard.count(b"HTTP/1.1 ") == 1


def test_the_next_head_on_a_kept_connection_has_its_time_too(serve) -> None:
    client = serve().client().send(GET + b"\r\n")
    assert b" 200 " in client.answer()
    assert client.send(b"GET / HTT").heard().startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "begun",
    [b"Content-Length: 100\r\n\r\n", b"Content-Length: 100\r\n\r\nab", b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"],
)
def test_a_body_that_stays_half_is_answered_408_and_the_application_told(serve, begun: bytes) -> None:
    server = serve()
    assert server.client().send(POST + begun).heard().startswith(b"HTTP/1.1 408 ")
    assert comes_true(lambda: server.application.gone == 1)
    assert works(server)


def test_a_body_slower_than_the_least_rate_is_ended(serve) -> None:
    server = serve()
    server.client().send(POST + b"Content-Length: 1000000\r\n\r\n").trickle(b"a", times=3000)
    assert comes_true(lambda: server.application.gone == 1)


def test_a_large_body_that_keeps_coming_may_take_its_time() -> None:
    """On a clock of the test's own: how fast this machine is must not matter."""
    limits = replace(PATIENT, body_seconds=30, least_rate=1000)
    told: list[str] = []
    loop = asyncio.new_event_loop()
    protocol = _alone(limits, loop, told)
    protocol.data_received(POST + b"Content-Length: 100000\r\n\r\n")
    begun = loop.time()
    for second in range(1, 90):
        protocol.data_received(b"a" * 1000)
        loop.run_until_complete(asyncio.sleep(0))  # the application reads
        protocol.overdue(begun + second)
    assert told == []
    protocol.overdue(begun + 200)
    assert "408" in told[0]
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def _alone(limits: ConnectionBounds, loop: asyncio.AbstractEventLoop, told: list[str]):
    class Wire(asyncio.Transport):
        closing = False

        def get_write_buffer_size(self) -> int:
            return 0

        def is_closing(self) -> bool:
            return self.closing

        def write(self, data: bytes) -> None:
            told.append(data.decode())

        def close(self) -> None:
            self.closing = True

        abort = close

        def pause_reading(self) -> None: ...
        def resume_reading(self) -> None: ...

    class Counted(Connections):
        def _look_round(self) -> None: ...

        def admit(self, connection) -> bool:
            self._all[connection] = None
            return True

    async def nothing(scope, receive, send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    config = uvicorn.Config(nothing, log_config=None, log_level="error", lifespan="off", ws="none")
    config.load()
    door = Counted(limits, most=10)
    made = protocol_of(door)(config, uvicorn.server.ServerState(), {}, loop)
    made.connection_made(Wire())
    return made


def test_a_body_that_is_answered_before_its_end_is_not_read_for_ever(serve) -> None:
    server = serve()
    client = server.client().send(b"POST /else HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
    assert b" 200 " in client.answer()
    client.trickle(b"a" * 1000, times=3000)
    assert comes_true(lambda: len(server.door) == 0, 30)


@pytest.mark.parametrize(
    "head",
    [
        b"Cookie: " + b"a" * 40_000,
        b"Cookie: " + b"a" * 40_000 + b"\r\n\r\n",
        b"".join(b"X-%d: a\r\n" % n for n in range(200)) + b"\r\n",
        b"a" * 100_000,
    ],
    ids=["unfinished", "one large", "many", "no end"],
)
def test_a_head_that_is_too_large_is_431(serve, head: bytes) -> None:
    server = serve(PATIENT)
    assert server.client().send(GET + head).heard().startswith(b"HTTP/1.1 431 ")
    assert server.application.asked == 0


def test_a_head_as_browsers_send_it_is_taken(serve) -> None:
    head = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 100) for n in range(50)) + b"Cookie: " + b"a" * 8_000 + b"\r\n\r\n"
    assert b" 200 " in serve(PATIENT).client().send(GET + head).answer()


def test_what_is_no_request_is_400(serve) -> None:
    assert serve(PATIENT).client().send(b"\x16\x03\x01 hello\r\n\r\n").heard().startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "framing",
    [
        END[:-2] + b"".join(b"T-%d: a\r\n" % n for n in range(20_000)),
        END[:-2] + b"T: " + b"a" * 200_000,
        b"1;" + b"e" * 200_000,
        (b"1;" + b"e" * 50 + b"\r\na\r\n") * 5_000,
    ],
    ids=["trailers", "one trailer", "one extension", "extensions"],
)
def test_what_stands_around_a_body_is_bounded(serve, framing: bytes) -> None:
    server = serve(replace(PATIENT, body_seconds=600))
    client = server.client().send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + framing)
    assert b" 200 " not in client.heard()
    assert comes_true(lambda: len(server.door) == 0)


def test_a_trailer_is_no_header(serve) -> None:
    client = serve(PATIENT).client()
    client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
    heard = client.answer()
    assert b"3 host transfer-encoding" in heard
    assert b"x-forwarded-for" not in heard


def test_a_chunked_body_of_single_octets_is_taken(serve) -> None:
    client = serve(PATIENT).client().send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 20_000 + END)
    assert b"20000 host" in client.answer()


def test_a_few_requests_may_come_at_once_and_many_may_not(serve) -> None:
    server = serve(PATIENT)
    few = server.client().send((GET + b"\r\n") * 5 + GET + b"Connection: close\r\n\r\n")
    assert few.heard().count(b"HTTP/1.1 200") == 6
    many = server.client().send(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n" + (GET + b"\r\n") * 5_000)
    assert b"200" not in many.heard()
    assert server.application.asked < 20


def test_a_client_that_never_reads_is_dropped(serve) -> None:
    server = serve()
    client = server.client(receive_buffer=4096).send(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
    assert comes_true(lambda: len(server.door) == 0, 30)
    assert len(client.heard()) < 20_000_000


def test_when_it_is_full_the_longest_unfinished_goes_and_the_newcomer_is_served(serve) -> None:
    server = serve(PATIENT, most=64)
    half = []
    for n in range(200):  # from many networks, so that no network's own share is what helps
        half.append(server.client(source=f"127.0.{n}.1").send(GET))
        if n % 20 == 19:
            assert works(server)
    assert comes_true(lambda: not any(client.is_open() for client in half[:100]))
    assert half[-1].is_open()
    assert len(server.door) <= 64


def test_who_asks_on_and_on_and_never_reads_keeps_nobody_out(serve) -> None:
    server = serve(PATIENT, most=16)
    big = b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n"
    flood = [server.client(source=f"127.0.{n}.1", receive_buffer=4096).send(big) for n in range(16)]
    assert comes_true(lambda: server.application.asked == 16)
    for client in flood:
        client.send(big)  # comes when the answer to the first one is stuck, and is then in work as far as we know
    for _ in range(5):
        assert works(server)


def test_one_network_has_a_share_and_pushes_out_its_own(serve) -> None:
    server = serve(PATIENT, most=128)
    other = server.client(source="127.0.9.9").send(GET)
    flood = [server.client(source="127.0.7.7").send(GET) for _ in range(200)]
    assert comes_true(lambda: sum(client.is_open() for client in flood) == 32)
    assert other.is_open()
    assert all(client.is_open() for client in flood[-32:])


def test_a_trusted_proxy_may_have_all_connections(serve) -> None:
    server = serve(PATIENT, most=128, trusted="127.0.7.0/24")
    flood = [server.client(source="127.0.7.7").send(GET) for _ in range(100)]
    assert comes_true(lambda: len(server.door) == 100)
    assert all(client.is_open() for client in flood)


@pytest.mark.parametrize("begun", [POST + b"Content-Length: 100\r\n\r\nhalf", b""], ids=["bodies", "silence"])
def test_half_bodies_and_silence_keep_nobody_out_either(serve, begun: bytes) -> None:
    server = serve(PATIENT, most=64)
    for n in range(200):
        server.client(source=f"127.0.{n}.2").send(begun)
    assert works(server)


def test_while_all_are_in_work_a_newcomer_is_told_to_come_back(serve) -> None:
    server = serve(PATIENT, most=16)
    busy = [server.client(source=f"127.0.{n}.3").send(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n") for n in range(16)]
    assert comes_true(lambda: server.application.asked == 16, 30)
    heard = server.client().send(GET + b"\r\n").heard()
    assert heard.startswith(b"HTTP/1.1 503 ") or heard == b""
    server.application.tick.set()
    assert all(b" 200 " in client.answer() for client in busy)
    assert works(server)


def test_connections_are_forgotten_with_their_networks(serve) -> None:
    server = serve(PATIENT)
    for n in range(20):
        assert b" 200 " in server.client(source=f"127.0.{n}.4").send(GET + b"Connection: close\r\n\r\n").heard()
    assert comes_true(lambda: len(server.door) == 0)
    assert not server.door._of_network
    assert not any(server.door._waiting[kind] for kind in WaitedFor)
