"""`newsletter bench send`: N recipients through the whole engine, beside `smtp-source` at the same wire size in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.bootstrap import Parts, wire
from newsletter.cli.bench.accounting import Usage, usage
from newsletter.config import load
from newsletter.delivery.planning import plan
from newsletter.errors import UnavailableError
from newsletter.mail.body import Body, build_body
from newsletter.mail.slots import Slot
from newsletter.store import rehearsal
from newsletter.store.migrating import upgrade
from newsletter.transports.rehearsal.receivers import Receiver, smtp_source_rate, start_receiver

LINKS = 100
"""Tracked links in each message."""
_PATIENCE = 600.0
"""Seconds after which a send that does not end is given up."""


@dataclass(frozen=True)
class Case:
    """What to measure. `size` is octets on the wire; `database_url` and `redis_url` empty mean SQLite and in-process."""

    recipients: int
    size: int
    processes: int = 1
    threads: int = 2
    connections: int = 8
    receiver: str = "smtp-sink"
    pipelining: bool = True
    database_url: str = ""
    redis_url: str = ""
    database_pid: int | None = None
    batch_size: int = 500


def run(case: Case) -> dict[str, Any]:
    """Prepare, measure the reference, send, measure the reference again; return the figures. Raises UnavailableError."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        receiver = start_receiver(case.receiver, pipelining=case.pipelining)
        try:
            parts = _parts(case, Path(folder), receiver.port)
            wire_size, issue_id = _prepare(parts, case)
            planned = _timed(
                lambda: plan(parts.database, clock=parts.clock, issue_id=issue_id, batch_size=case.batch_size)
            )
            rehearsal.settle_statistics(parts.database)
            before = _reference(receiver, wire_size, case)
            sent = _send(parts, case, receiver, issue_id)
            after = _reference(receiver, wire_size, case)
            parts.close()
        finally:
            receiver.stop()
    return _figures(case, receiver, wire_size, planned, sent, [r for r in (before, after) if r])


def _parts(case: Case, folder: Path, port: int) -> Parts:
    settings = load(
        data_dir=folder,
        database_url=case.database_url,
        redis_url=case.redis_url,
        smtp_url=f"smtp://127.0.0.1:{port}?tls=none",
        secret_key="a secret for rehearsals only",
        connections=case.connections,
        batch_size=case.batch_size,
        log_level="warning",
    )
    parts = wire(settings)
    upgrade(parts.database)
    return parts


def _prepare(parts: Parts, case: Case) -> tuple[int, int]:
    """Store readers and an issue of the right size; return (octets on the wire, issue id)."""
    body = _body_of_size(case.size)
    now = parts.clock.now()
    with parts.database.write() as session:
        publication_id = rehearsal.add_publication(session, now)
        issue_id = rehearsal.add_issue(session, publication_id, "rehearsal", body, now)
    for first in range(0, case.recipients, rehearsal.CHUNK):
        with parts.database.write() as session:
            rehearsal.add_readers(session, publication_id, first, min(rehearsal.CHUNK, case.recipients - first), now)
    return len(body.content), issue_id


def _body_of_size(octets: int) -> Body:
    links = "".join(f'<p><a href="https://news.example/c/{Slot.CLICK}/{n}">item {n}</a></p>\n' for n in range(LINKS))
    text = f"Rehearsal\nhttps://news.example/u/{Slot.UNSUBSCRIBE}\n"
    overhead = len(build_body(text, f"<!DOCTYPE html>{links}").content) + 900  # headers of one message, roughly
    filler = "<p>The quick brown fox jumps over the lazy dog, again and again.</p>\n"
    count = max((octets - overhead) // (len(filler) + 1), 0)
    return build_body(text, f"<!DOCTYPE html>{links}{filler * count}")


def _reference(receiver: Receiver, octets: int, case: Case) -> float | None:
    messages = max(2000, min(case.recipients, 400_000_000 // max(octets, 1) // 4))
    return smtp_source_rate(receiver.port, octets=octets, messages=messages)


@dataclass(frozen=True)
class _Sent:
    seconds: float
    sender: Usage
    receiver: Usage
    database: Usage


def _send(parts: Parts, case: Case, receiver: Receiver, issue_id: int) -> _Sent:
    workers = _start_workers(parts, case)
    ending = threading.Event()
    try:
        before = usage(workers.pid), usage(receiver.process.pid), usage(case.database_pid)
        started = time.monotonic()
        scheduler = threading.Thread(target=_schedule, args=(parts, ending), daemon=True)
        scheduler.start()
        _wait(parts, issue_id, case.recipients, workers)
        seconds = time.monotonic() - started
        after = usage(workers.pid), usage(receiver.process.pid), usage(case.database_pid)
    finally:
        ending.set()
        workers.terminate()
        workers.wait(60)
    spent = [Usage(a.cpu_seconds - b.cpu_seconds, a.peak_octets) for b, a in zip(before, after, strict=True)]
    return _Sent(seconds, *spent)


def _schedule(parts: Parts, ending: threading.Event) -> None:
    while not ending.is_set():
        parts.engine.tick()
        ending.wait(0.2)


def _start_workers(parts: Parts, case: Case) -> subprocess.Popen[bytes]:
    settings = parts.settings
    environment = os.environ | {
        "NEWSLETTER_DATA_DIR": str(settings.data_dir),
        "NEWSLETTER_DATABASE_URL": settings.database,
        "NEWSLETTER_REDIS_URL": settings.redis_url,
        "NEWSLETTER_SMTP_URL": settings.smtp_url,
        "NEWSLETTER_SECRET_KEY": settings.secret_key.get_secret_value(),
        "NEWSLETTER_CONNECTIONS": str(settings.connections),
        "NEWSLETTER_BATCH_SIZE": str(settings.batch_size),
        "NEWSLETTER_LOG_LEVEL": "warning",
    }
    command = [
        sys.executable,
        "-m",
        "newsletter",
        "worker",
        "--processes",
        str(case.processes),
        "--threads",
        str(case.threads),
    ]
    workers = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    time.sleep(3)  # interpreters start: not part of what is measured
    return workers


def _wait(parts: Parts, issue_id: int, recipients: int, workers: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with parts.database.read() as session:
            if rehearsal.batches_left(session, issue_id) == 0 and rehearsal.ended(session, issue_id) == recipients:
                return
        if workers.poll() is not None:
            raise UnavailableError("the workers ended by themselves", where="bench send")
        time.sleep(0.05)
    raise UnavailableError(f"not sent within {_PATIENCE:.0f} s", where="bench send")


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _figures(
    case: Case, receiver: Receiver, octets: int, planned: float, sent: _Sent, references: list[float]
) -> dict[str, Any]:
    rate = case.recipients / sent.seconds
    reference = sum(references) / len(references) if references else None
    each = 1e6 / case.recipients
    return {
        "recipients": case.recipients,
        "octets": octets,
        "receiver": receiver.name,
        "processes": case.processes,
        "connections": case.connections,
        "messages_per_second": round(rate, 1),
        "smtp_source_per_second": [round(r, 1) for r in references],
        "ratio_to_smtp_source": round(rate / reference, 3) if reference else None,
        "sender_cpu_us": round(sent.sender.cpu_seconds * each, 1),
        "receiver_cpu_us": round(sent.receiver.cpu_seconds * each, 1),
        "database_cpu_us": round(sent.database.cpu_seconds * each, 1),
        "sender_peak_mb": round(sent.sender.peak_octets / 1e6, 1),
        "plan_seconds": round(planned, 3),
    }
