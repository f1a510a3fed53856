"""`newsletter bench web`: clicks against a real `newsletter serve`, which is told to end, and then killed, while they still come in."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.bench.accounting import usage
from newsletter.bench.planning import prepare, timed_plan
from newsletter.bootstrap import Parts, wire
from newsletter.children import module_command
from newsletter.config import Settings, load
from newsletter.errors import UnavailableError
from newsletter.feedback import statistics
from newsletter.issues.addressing import issue_named
from newsletter.mail.body import build_body
from newsletter.model import EditionLink
from newsletter.signing_keys import ProcessRole
from newsletter.store.delivery import progress
from newsletter.store.issues import editions
from newsletter.store.migrating import upgrade
from newsletter.tokens import Purpose

READERS = 200
LINKS = 20
_START_SECONDS = 30
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(slots=True)
class _Load:
    """What the clients asked and got."""

    left: int
    answered: int = 0
    refused: int = 0
    half: asyncio.Event = field(default_factory=asyncio.Event)


def measure_redirects(requests: int, connections: int, database_url: str = "") -> dict[str, Any]:
    """Return redirects a second by the wall and by the server's CPU seconds, and how many events were lost by SIGTERM and by SIGKILL."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        settings = load(data_dir=Path(folder), database_url=database_url, smtp_url="memory:", signing_keys="")
        parts = wire(settings, role=ProcessRole.SERVICE)
        upgrade(parts.database)
        paths = _paths(parts)
        server = Server(parts.settings)
        try:
            asyncio.run(_ask_all(server.port, paths, _Load(min(requests, 2000)), connections))  # warm
            before, started = usage(server.pid).cpu_seconds, time.monotonic()
            load_ = _Load(requests)
            asyncio.run(_ask_all(server.port, paths, load_, connections))
            seconds, cpu = time.monotonic() - started, usage(server.pid).cpu_seconds - before
            last = _Load(requests)
            asyncio.run(_end_amid(server, server.end, paths, last, connections))
        finally:
            server.end()
        written = _written(parts)
        killed = _killed_amid(parts, paths, _Load(min(requests, 2000)), connections)
        recovered = parts.events.recover()
        lost_by_kill = written + killed.answered - _written(parts)
        parts.close()
    answered = min(requests, 2000) + load_.answered + last.answered
    return {
        "redirects": load_.answered,
        "redirects_per_second": round(load_.answered / seconds),
        "redirects_per_cpu_second": round(load_.answered / cpu) if cpu else 0,
        "not_redirected": load_.refused,
        "answered_in_all": answered,
        "events_written": written,
        "lost_at_sigterm": max(0, answered - written),
        "recovered_after_sigkill": recovered,
        "lost_at_sigkill": max(0, lost_by_kill),
    }


def _written(parts: Parts) -> int:
    clicks = statistics.report(parts.database, issue_id=issue_named(parts.database, "rehearsal").id).clicks
    return clicks.people + clicks.machines + clicks.repeats


def _killed_amid(parts: Parts, paths: list[str], load_: _Load, connections: int) -> _Load:
    server = Server(parts.settings)
    try:
        asyncio.run(_end_amid(server, server.kill, paths, load_, connections))
    finally:
        server.end()
    return load_


class Server:
    """`newsletter serve` as a process of its own, under these settings; raises UnavailableError when it does not start."""

    def __init__(self, settings: Settings) -> None:
        facts = {
            "DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": settings.database,
            "SMTP_URL": settings.smtp_url,
            "SECRET_KEY": settings.secret_key.get_secret_value(),
            "SIGNING_KEYS": "",
            "PORT": "0",
        }
        environment = {**os.environ, **{f"NEWSLETTER_{name}": value for name, value in facts.items()}}
        environment.pop("NEWSLETTER_REDIS_URL", None)
        command = module_command("newsletter", "serve")
        self._process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)  # noqa: S603
        self.pid = self._process.pid
        self.port = self._await_port()

    def kill(self) -> None:
        """Give it no chance to write anything."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Ask it to end, and wait."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=_START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _await_port(self) -> int:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if line.startswith("Serving http"):
                return int(line.rpartition(":")[2])
        self.end()
        raise UnavailableError("the server does not start", where="bench web", remedy="try `newsletter serve`")


def _paths(parts: Parts) -> list[str]:
    """Tracked and counted links, half and half."""
    body = build_body("text", "<p>text</p>")
    issue_id = prepare(parts, "rehearsal", body, range(READERS))
    with parts.database.write() as session:
        edition = editions.newest(session, issue_id)
        assert edition is not None
        rows = [EditionLink(edition_id=edition.id, number=n, url=f"https://example.org/{n}") for n in _numbers()]
        editions.add_links(session, rows)
    timed_plan(parts, issue_id, batch_size=500)
    with parts.database.write() as session:
        progress.publish(session, issue_id, parts.clock.now())  # as the first message would: the links lead somewhere
    tokens = [parts.signer.issue(Purpose.CLICK, delivery + 1) for delivery in range(READERS)]
    tracked = [f"/c/{token}/{n}" for n in _numbers() for token in tokens[:: LINKS // 2]]
    return [path for n, path in enumerate(tracked) for path in (path, f"/l/{edition.id}/{n % LINKS + 1}")]


def _numbers() -> range:
    return range(1, LINKS + 1)


async def _ask_all(port: int, paths: list[str], load_: _Load, connections: int) -> None:
    await asyncio.gather(*(_client(port, paths, load_, first) for first in range(connections)))


async def _end_amid(server: Server, end: Callable[[], None], paths: list[str], load_: _Load, connections: int) -> None:
    clients = asyncio.gather(_ask_all(server.port, paths, load_, connections))
    await load_.half.wait()
    await asyncio.to_thread(end)
    await clients


async def _client(port: int, paths: list[str], load_: _Load, first: int) -> None:
    """One browser that keeps its connection; ends when nothing is left to ask or the server goes."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return
    place = first
    try:
        while load_.left > 0:
            load_.left -= 1
            place += 1
            path = paths[place % len(paths)]
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {_AGENT}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"HTTP/1.1 302"):
                load_.answered += 1
                if load_.answered >= load_.left:
                    load_.half.set()
            else:
                load_.refused += 1
                return
    except (OSError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()
