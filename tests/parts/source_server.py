"""A web server on loopback that stands in for the sources of the world: hundreds of hosts, each as good or as bad as it is told to be.

    with SourceServer() as server:
        server.put("a.example", "/feed", Stand(b"<rss/>", etag='"1"'))
        fetcher = Fetcher(FetchLimits(schemes=PLAIN), allowed=server.allowed, look_up=server.look_up)
        page = fetcher.ask(Ask(server.url("a.example", "/feed")))
    assert server.bodies[("a.example", "/feed")] == 1

Names of hosts are found by `look_up` alone: nothing of the machine's resolver is changed. One thread serves all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ssl
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Self

HERE = "127.0.0.1"
PLAIN = ("http", "https")
_PIECE = 64 * 1024
_WITHOUT_BODY = (204, 304)
_ROUNDS = 3
"""Of the loop, in which it hears of connections that were closed before another was made."""


@dataclass(frozen=True)
class Stand:
    """What stands at a path, and how it is handed out. All of it may be combined.

    `etag` and `last_modified` are answered with 304 when they are asked for. `headers` come last and take the place of others.
    `packs`: by gzip, for whoever takes it. `waits`: seconds before the answer. `hangs`: no answer at all. `drips`: seconds between two
    octets of the body, `drips_head`: of all of it. `breaks_off`: octets of the body after which the connection is closed.
    `endless`: the body again and again. `closes`: the connection, when the answer was given, and `tells` so before. `leaves`: closes it
    without an answer.
    """

    content: bytes = b""
    status: int = 200
    content_type: str = "application/xml"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    last_modified: str = ""
    packs: bool = False
    waits: float = 0.0
    hangs: bool = False
    drips: float = 0.0
    drips_head: bool = False
    breaks_off: int | None = None
    endless: bool = False
    closes: bool = False
    tells: bool = True
    leaves: bool = False


@dataclass(frozen=True)
class Seen:
    """A request that came: `headers` by lower-case name, `connection` counted from 1."""

    host: str
    path: str
    method: str
    headers: Mapping[str, str]
    connection: int


def redirect(location: str, status: int = 301) -> Stand:
    """Return what leads elsewhere; `location` goes out in Latin-1."""
    return Stand(status=status, headers={"Location": location})


def refusal(status: int, retry_after: str = "", content: bytes = b"no") -> Stand:
    """Return what refuses, such as 404, 410, 429 or 503."""
    return Stand(content, status, "text/plain", {"Retry-After": retry_after} if retry_after else {})


class SourceServer:
    """Serves what is put at hosts and paths, and counts: `asks` in order, `bodies` sent, connections by host.

    Read the counts when the asks are done. Whatever is put may be put anew at any time.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.asks: list[Seen] = []
        self.bodies: Counter[tuple[str, str]] = Counter()
        """Answers of 200 with a body that was begun, by host and path."""
        self.connections: Counter[str] = Counter()
        """How many were made, by host: that of the first request over each."""
        self.most_at_once: Counter[str] = Counter()
        """How many were open at once at most, by host."""
        self.accepted = 0
        self._open: defaultdict[str, set[asyncio.StreamReader]] = defaultdict(set)
        self._stands: dict[tuple[str, str], list[Stand]] = {}
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sources", daemon=True)
        self._thread.start()
        assert self._begun.wait(20)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def put(self, host: str, path: str, *stands: Stand) -> str:
        """Put something at a path (with its query, or for every query), and return its URL. Of several each is for one ask, the last for all that follow."""
        self._stands[(host, path)] = list(stands)
        return self.url(host, path)

    def url(self, host: str, path: str = "/") -> str:
        """Return an address."""
        return f"{'http' if self._context is None else 'https'}://{host}:{self.port}{path}"

    def look_up(self, host: str, port: int) -> list[str]:
        """Return where a host is: every name is here, and an address is itself."""
        return [host if host.replace(".", "").isdigit() or ":" in host else HERE]

    def allowed(self, address: object) -> bool:
        """Tell whether an address may be connected to: this server's alone."""
        return str(address) == HERE

    def asked(self, host: str, path: str | None = None) -> list[Seen]:
        """Return the requests for a host, or for a path of it."""
        return [seen for seen in list(self.asks) if seen.host == host and path in (None, seen.path)]

    def open_now(self, host: str | None = None) -> int:
        """Return how many connections are open, to a host or to all; those that sent nothing yet are not counted."""
        readers = [reader for name, found in list(self._open.items()) if host in (None, name) for reader in list(found)]
        return sum(not reader.at_eof() and reader.exception() is None for reader in readers)

    def close(self) -> None:
        """End it, and all that hangs."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._take, HERE, 0, ssl=self._context, backlog=1024, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        self._begun.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        host, number = "", self.accepted
        try:
            while seen := await _request(reader, number):
                if not host:
                    host = seen.host
                    await self._count(host, reader)
                self.asks.append(seen)
                if not await self._answer(seen, writer):
                    break
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # whoever asked has left, or all of it ends
        finally:
            self._open[host].discard(reader)
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _count(self, host: str, reader: asyncio.StreamReader) -> None:
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
        self.connections[host] += 1
        self._open[host] = {each for each in self._open[host] if not each.at_eof() and each.exception() is None} | {
            reader
        }
        self.most_at_once[host] = max(self.most_at_once[host], len(self._open[host]))

    def _stand(self, seen: Seen) -> Stand:
        for path in (seen.path, seen.path.partition("?")[0]):
            stands = self._stands.get((seen.host, path))
            if stands:
                return stands.pop(0) if len(stands) > 1 else stands[0]
        return refusal(404)

    async def _answer(self, seen: Seen, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection is to be closed."""
        stand = self._stand(seen)
        await asyncio.sleep(stand.waits)
        if stand.leaves:
            return False
        if stand.hangs:
            await asyncio.Event().wait()  # until all of it ends
        status, body = stand.status, stand.content
        if _is_unchanged(stand, seen):
            status, body = 304, b""
        packs = stand.packs and body and "gzip" in seen.headers.get("accept-encoding", "")
        body = gzip.compress(body, 6) if packs else body
        head = _head(stand, status, len(body), packed=bool(packs))
        if seen.method == "HEAD" or status in _WITHOUT_BODY:
            body = b""
        if body and status == HTTPStatus.OK:
            self.bodies[(seen.host, seen.path.partition("?")[0])] += 1
        await _hand_out(stand, head, body, writer)
        return not stand.closes and stand.breaks_off is None


async def _request(reader: asyncio.StreamReader, connection: int) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    parted = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in parted}
    host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
    return Seen(host, path, method, headers, connection)


def _is_unchanged(stand: Stand, seen: Seen) -> bool:
    """By RFC 9110 section 13.2.2: a date counts only where no tag is named."""
    tags = seen.headers.get("if-none-match")
    if tags is not None:
        return bool(stand.etag) and stand.etag.removeprefix("W/") in [
            each.strip().removeprefix("W/") for each in tags.split(",")
        ]
    return bool(stand.last_modified) and seen.headers.get("if-modified-since") == stand.last_modified


def _head(stand: Stand, status: int, length: int, *, packed: bool) -> bytes:
    headers = {"Content-Type": stand.content_type, "Content-Length": str(length)}
    if stand.endless:
        headers.pop("Content-Length")
        headers["Connection"] = "close"
    if stand.closes and stand.tells:
        headers["Connection"] = "close"
    if packed:
        headers["Content-Encoding"] = "gzip"
    headers |= {name: value for name, value in (("ETag", stand.etag), ("Last-Modified", stand.last_modified)) if value}
    lines = [
        f"HTTP/1.1 {status} {_phrase(status)}",
        *(f"{name}: {value}" for name, value in (headers | dict(stand.headers)).items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"


async def _hand_out(stand: Stand, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
    if stand.breaks_off is not None:
        body = body[: stand.breaks_off]
    slowly, fast = (head + body, b"") if stand.drips_head else (body, head) if stand.drips else (b"", head + body)
    writer.write(fast)
    for octet in _octets(slowly):
        writer.write(octet)
        await writer.drain()
        await asyncio.sleep(stand.drips or 0.02)
    await writer.drain()
    while stand.endless and not writer.is_closing():
        writer.write((body or b" ") * (_PIECE // max(len(body), 1) + 1))
        await writer.drain()


def _octets(content: bytes) -> Iterable[bytes]:
    return (content[n : n + 1] for n in range(len(content)))
