"""A provider's API on a real socket: takes calls as the provider does, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from tests.parts.waiting import comes_true


@dataclass
class Mail:
    """What one recipient would find, after the provider has filled its template."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    token: str


@dataclass
class Call:
    """One call as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """What to answer, and the mail that is sent because of it."""

    status: int
    document: Any
    mail: list[Mail] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """How one provider understands a call; `bad` are addresses it will not take."""

    def take(self, call: Call, bad: set[str]) -> Reply: ...


class FakeProvider:
    """Answers each call in its dialect, unless `faults` holds what to do instead, next first.

    Faults: a Reply (answered, nothing taken), "drop" (taken, then the connection is closed), "cut" (taken, and the answer
    breaks off), "close" (answered, then closed without a word), "silence" (read and not answered), "hang up" (closed
    before the body is read). A document of bytes is answered as it is.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.calls: list[Call] = []
        self.mail: list[Mail] = []
        self.bad: set[str] = set()
        self.faults: deque[Reply | str | None] = deque()
        self.connections: set[tuple[str, int]] = set()
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self.closed = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.closed = self.closed
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def heard(self, calls: int, within: float = 5.0) -> int:
        """How many calls it got, waiting so many seconds for those many: whoever gave up waiting may be ahead of it."""
        comes_true(lambda: len(self.calls) >= calls, within)
        return len(self.calls)

    def answer(self, call: Call) -> tuple[Reply, str]:
        with self._lock:
            self.calls.append(call)
            fault = self.faults.popleft() if self.faults else None
            if isinstance(fault, Reply):
                return fault, ""
            if fault == "silence":
                return Reply(0, None), fault
            reply = self.dialect.take(call, self.bad)
            self.mail += reply.mail
            return reply, fault or ""


class _Server(ThreadingHTTPServer):
    closed: threading.Event

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed.set()


def _content(document: Any) -> bytes:
    if isinstance(document, bytes):
        return document
    return b"" if document is None else json.dumps(document).encode()


def _handler(fake: FakeProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # head and body leave together: no waiting for a delayed ACK
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            if fake.faults and fake.faults[0] == "hang up":
                fake.faults.popleft()
                self.close_connection = True
                return
            fake.connections.add(self.client_address)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply, fault = fake.answer(Call(self.path, headers, body))
            if fault == "silence":
                fake.stopped.wait(5)
            if fault in ("drop", "silence"):
                self.close_connection = True
                return
            content = _content(reply.document)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content) + (100 if fault == "cut" else 0)))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = self.close_connection or fault in ("cut", "close")

        def log_message(self, *args: object) -> None: ...

    return Handler
