"""A language model on a real socket: it says what a test tells it to say, in the form of `chat/completions` or in none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from newsletter.transports.drafting import LanguageModel


@dataclass(frozen=True)
class Said:
    """An answer as it goes over the wire."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Question:
    """What it was asked, and by what headers."""

    path: str
    headers: dict[str, str]
    json: dict[str, Any]

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """The candidates behind the fence."""
        return [json.loads(line) for line in self.json["messages"][1]["content"].split("\n")[1:-1]]

    @property
    def fence(self) -> str:
        """The line before and after them."""
        return str(self.json["messages"][1]["content"].split("\n")[0])


def completion(content: object, tokens: object = 700, **more: object) -> Said:
    """Return an answer in form; `content` that is no text becomes JSON, as it was asked for. `tokens` None: it states none."""
    text = content if isinstance(content, str) else json.dumps(content)
    said: dict[str, Any] = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}], **more}
    if tokens is not None:
        said["usage"] = {"total_tokens": tokens}
    return Said(json.dumps(said).encode())


class FakeModel:
    """Answers each question by `says`, and keeps what it was asked."""

    def __init__(self, says: Callable[[Question], Said]) -> None:
        self.says = says
        self.asked: list[Question] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def client(self, *, key: str = "", seconds: float = 20.0) -> LanguageModel:
        """Return what asks it."""
        return LanguageModel(self.url, "tide-1", key, seconds)

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@contextmanager
def model(says: Callable[[Question], Said] | Said) -> Iterator[FakeModel]:
    """Run a model that says this, or what this returns."""
    fake = FakeModel(says if callable(says) else lambda _: says)
    try:
        yield fake
    finally:
        fake.close()


def _handler(fake: FakeModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            question = Question(self.path, dict(self.headers.items()), json.loads(body or b"{}"))
            fake.asked.append(question)
            said = fake.says(question)
            self.send_response(said.status)
            for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(said.body)
            except OSError:
                return  # whoever asked has read enough

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
