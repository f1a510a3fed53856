"""A provider's API on a real socket: takes calls as the provider does, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol


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
    breaks off), "hang up" (closed before the body is read).
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.calls: list[Call] = []
        self.mail: list[Mail] = []
        self.bad: set[str] = set()
        self.faults: deque[Reply | str | None] = deque()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, call: Call) -> tuple[Reply, str]:
        with self._lock:
            self.calls.append(call)
            fault = self.faults.popleft() if self.faults else None
            if isinstance(fault, Reply):
                return fault, ""
            reply = self.dialect.take(call, self.bad)
            self.mail += reply.mail
            return reply, fault or ""


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
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply, fault = fake.answer(Call(self.path, headers, body))
            if fault == "drop":
                self.close_connection = True
                return
            content = b"" if reply.document is None else json.dumps(reply.document).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content) + (100 if fault == "cut" else 0)))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = self.close_connection or fault == "cut"

        def log_message(self, *args: object) -> None: ...

    return Handler
