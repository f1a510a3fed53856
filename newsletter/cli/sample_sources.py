"""The sources of the demonstration: files of the package, served on loopback to this process alone, so that nothing is asked outside.

They are templates of their kind. `@rfc822-3h@` and `@iso-3h@` are moments so many hours before now, `@5|7@` is 5 on the first day and 7 on the
second, and lines between `@today` (or `@yesterday`) and `@end` are served on that day only.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from newsletter.clock import Clock
from newsletter.fetch.fetcher import Fetcher
from newsletter.fetch.guard import Address, PrivateAddressError, by_system, is_public
from newsletter.fetch.values import FetchLimits
from newsletter.resources import TEMPLATES
from newsletter.sources.asking import OCTETS, REDIRECTS, SECONDS

HOST = "sources.demo.example"
"""Nobody's name (RFC 2606 section 2): for the fetcher of the demonstration alone it leads to this server."""
FOLDER = TEMPLATES / "sample" / "sources"
_LOOPBACK = "127.0.0.1"
_MARKS = ("@today", "@yesterday", "@end")
_EITHER = re.compile(r"@([\d.]{1,12})\|([\d.]{1,12})@")
_MOMENT = re.compile(r"@(rfc822|iso)-(\d{1,3})h@")


def rendered(text: str, now: datetime, *, second_day: bool) -> str:
    """Return a sample as it is served at a moment, on the first or on the second day."""
    text = "".join(_of_day(text, "@today" if second_day else "@yesterday"))
    text = _EITHER.sub(lambda found: found[2 if second_day else 1], text)
    return _MOMENT.sub(lambda found: _moment(found[1], now - timedelta(hours=int(found[2]))), text)


def _of_day(text: str, served: str) -> Iterator[str]:
    """Yield the lines that are served on a day."""
    block = ""
    for line in text.splitlines(keepends=True):
        word = line.strip()
        if word in _MARKS:
            block = "" if word == "@end" else word
        elif block in ("", served):
            yield line


def _moment(form: str, moment: datetime) -> str:
    whole = moment.replace(microsecond=0)
    return format_datetime(whole) if form == "rfc822" else whole.isoformat()


class SampleSources:
    """Serves the samples of the second day, or of the first one, until it is left. `now` is when the second day is."""

    def __init__(self, now: datetime, port: int = 0) -> None:
        self._now = now
        self.second_day = True
        self.served = 0
        """Answers that had a body."""
        self._server = _listening(port, _handler(self))
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def address(self, name: str) -> str:
        """Return where a sample is to be had."""
        return f"http://{HOST}:{self.port}/{name}"

    def fetcher(self, clock: Clock) -> Fetcher:
        """Return what gets the samples, and what everybody can reach, and nothing else of this machine or its network."""
        limits = FetchLimits(octets=OCTETS, seconds=SECONDS, redirects=REDIRECTS)
        return Fetcher(limits, clock=clock, allowed=_allowed, look_up=self._look_up)

    def content(self, path: str) -> bytes | None:
        """Return a sample, or None where there is none of this name."""
        file = FOLDER / Path(urlsplit(path).path).name
        if not file.is_file():
            return None
        return rendered(file.read_text(encoding="utf-8"), self._now, second_day=self.second_day).encode()

    def _look_up(self, host: str, port: int) -> list[str]:
        if (host.lower(), port) == (HOST, self.port):
            return [_LOOPBACK]
        found = [each for each in by_system(host, port) if is_public(ipaddress.ip_address(each.partition("%")[0]))]
        if not found:
            raise PrivateAddressError(f"{host[:100]} leads to an address that not everyone can reach", where="source")
        return found

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def _allowed(address: Address) -> bool:
    """Whether this address may be connected to: loopback is, for only the samples lead there (`_look_up`)."""
    return is_public(address) or str(address) == _LOOPBACK


def _listening(port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """Listen at this port, or at another where it is taken."""
    try:
        server = ThreadingHTTPServer((_LOOPBACK, port), handler)
    except OSError:
        server = ThreadingHTTPServer((_LOOPBACK, 0), handler)
    server.daemon_threads = True
    return server


def _handler(samples: SampleSources) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10.0  # of a connection that says nothing

        def do_GET(self) -> None:
            content = samples.content(self.path)
            tag = f'"{sha256(content).hexdigest()[:32]}"' if content is not None else ""
            if content is None:
                self._answer(404, b"", "")
            elif self.headers.get("If-None-Match") == tag:
                self._answer(304, b"", tag)
            else:
                samples.served += 1
                self._answer(200, content, tag)

        def _answer(self, status: int, content: bytes, tag: str) -> None:
            self.send_response(status)
            if tag:
                self.send_header("ETag", tag)
            if status != 304:  # which has no body (RFC 9110 section 15.4.5)
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing: the demonstration's terminal is for people."""

    return Handler
