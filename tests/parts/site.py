"""A web server on loopback whose pages are functions of a request, for HEAD and GET."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


class LinkSite:
    """Pages by path; it counts who asks at once and by which method."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.methods: Counter[str] = Counter()
        self.most_at_once = self._at_once = 0
        self._lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with site._counted(self.command):
                    site.pages.get(self.path.partition("?")[0], status(404))(self)

            do_HEAD = do_GET  # noqa: N815 - so the standard library asks for it

            def log_message(self, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who asked has gone: nothing is wrong
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @contextmanager
    def _counted(self, method: str) -> Iterator[None]:
        with self._lock:
            self.methods[method] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a page."""
        return f"http://{host}:{self.server.server_address[1]}{path}"

    def close(self) -> None:
        """End it."""
        self.server.shutdown()
        self.server.server_close()


def status(code: int, content: bytes = b"", **headers: str) -> Answer:
    """Return a page of a status; `_` in names of headers stands for -."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)

    return answer


def by_method(**pages: Answer) -> Answer:
    """Return a page that is another for each method."""
    return lambda handler: pages[handler.command](handler)


def held(until: threading.Event) -> Answer:
    """Return a page that does not answer until an event is set."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        until.wait(20)
        status(200)(handler)

    return answer
