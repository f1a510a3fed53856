"""`newsletter bench pages`: how long readers wait for a page while the same process sends an issue at full speed."""

from __future__ import annotations

import http.client
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from newsletter.bench.planning import prepare
from newsletter.bench.receivers import start_receiver
from newsletter.bench.send import body_of_size
from newsletter.bench.web import Server
from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.errors import UnavailableError
from newsletter.signing_keys import ProcessRole, new_secret
from newsletter.store import rehearsal
from newsletter.store.migrating import upgrade

PAGES = ("/", "/rehearsal", "/rehearsal/feed.atom", "/rehearsal/subscribe")
READING_SECONDS = 0.01
"""Pause of the one reader between two pages: enough of them to tell a 99th percentile, too few to be the load."""
_LOOK_SECONDS = 0.5
"""How often the ledger is counted: that takes one of the cores the pages are measured on."""
_PATIENCE = 600.0


def measure_pages(recipients: int, octets: int) -> dict[str, Any]:
    """Return percentiles of the seconds a page took before and while an issue went out. Raises UnavailableError."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        receiver = start_receiver("smtp-sink")
        secret = new_secret()
        url = f"smtp://127.0.0.1:{receiver.port}?tls=none"
        settings = load(
            data_dir=Path(folder), database_url="", redis_url="", smtp_url=url, secret_key=secret, signing_keys=""
        )
        parts = wire(settings, role=ProcessRole.SERVICE)
        upgrade(parts.database)
        issue_id = prepare(parts, "rehearsal", body_of_size(octets), range(recipients), due=False)
        server = Server(parts.settings)
        try:
            idle = _PageReader(server.port).read_for(3.0)
            seconds, busy = _read_while_sending(parts, server, issue_id, recipients)
        finally:
            server.end()
            receiver.stop()
            parts.close()
    return {
        "recipients": recipients,
        "receiver": receiver.name,
        "messages_per_second": round(recipients / seconds, 1),
        "pages_read": len(busy),
        "idle_ms": _percentiles(idle),
        "sending_ms": _percentiles(busy),
    }


def _read_while_sending(parts: Parts, server: Server, issue_id: int, recipients: int) -> tuple[float, list[float]]:
    """Return the seconds from the moment the issue is due until all is sent, and what the pages read meanwhile took."""
    reader = _PageReader(server.port)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(reader.read_for, _PATIENCE)
        started = time.monotonic()
        with parts.database.write() as session:
            rehearsal.make_due(session, issue_id, parts.clock.now())
        while _accepted(parts, issue_id) < recipients and not reading.done():
            time.sleep(_LOOK_SECONDS)
        seconds = time.monotonic() - started
        reader.enough.set()
        return seconds, reading.result()


class _PageReader:
    """One browser that reads page after page over one connection."""

    def __init__(self, port: int) -> None:
        self.waits: list[float] = []
        self.enough = threading.Event()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def read_for(self, seconds: float) -> list[float]:
        """Read for so long, or until it is enough; return the seconds each page took."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.enough.wait(READING_SECONDS):
            started = time.perf_counter()
            self._connection.request("GET", PAGES[len(self.waits) % len(PAGES)])
            answer = self._connection.getresponse()
            answer.read()
            self.waits.append(time.perf_counter() - started)
            if answer.status != http.client.OK:
                raise UnavailableError(f"a page answered {answer.status}", where="bench pages")
        self._connection.close()
        return self.waits


def _accepted(parts: Parts, issue_id: int) -> int:
    with parts.database.read() as session:
        return rehearsal.ended(session, issue_id)


def _percentiles(waits: list[float]) -> dict[str, float]:
    ordered = sorted(waits)
    return {
        f"p{share}": round(ordered[min(len(ordered) * share // 100, len(ordered) - 1)] * 1000, 1) for share in (50, 99)
    }
