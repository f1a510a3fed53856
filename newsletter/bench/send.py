"""`newsletter bench send`: N recipients through the whole engine, beside `smtp-source` at the same wire size in the same run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.bench.accounting import Usage, server_of, usage
from newsletter.bench.planning import prepare, timed_plan
from newsletter.bench.receivers import Receiver, smtp_source_rate, start_line, start_receiver
from newsletter.bootstrap import Parts, wire
from newsletter.children import module_command
from newsletter.config import Settings, load
from newsletter.delivery import ringing
from newsletter.errors import UnavailableError
from newsletter.keyring import Keyring
from newsletter.mail.body import Body, build_body
from newsletter.mail.slots import Slot
from newsletter.signing_keys import ProcessRole, new_secret
from newsletter.store import rehearsal
from newsletter.store.migrating import upgrade

LINKS = 100
"""Tracked links in each message."""
WARM_UP = 4000
"""Readers of an issue that is sent first, so that starting up is not measured."""
_LOOK_SECONDS = 0.1
"""How often the ledger is asked whether all is sent: this process shares the machine with those that it measures."""
_PATIENCE = 900.0
"""Seconds after which a send that does not end is given up."""


@dataclass(frozen=True)
class BenchCase:
    """What to measure. `size` is octets on the wire; `database_url` and `redis_url` empty mean SQLite and in-process."""

    recipients: int
    size: int
    processes: int = 1
    threads: int = 2
    connections: int = 8
    receiver: str = "smtp-sink"
    dkim: str = "none"  # rsa | ed25519 | both
    pipelining: bool = True
    database_url: str = ""
    redis_url: str = ""
    batch_size: int = Settings.model_fields["batch_size"].default
    round_trip_ms: float = 0.0  # between sender and receiver; smtp-source is not asked to wait for it


def run(case: BenchCase) -> dict[str, Any]:
    """Prepare, warm up, measure the reference, send, measure the reference again; return the figures.

    Raises UnavailableError when a part does not come up or the send does not end.
    """
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder, contextlib.ExitStack() as ending:
        receiver = start_receiver(case.receiver, pipelining=case.pipelining)
        ending.callback(receiver.stop)
        port = receiver.port
        if case.round_trip_ms:
            line = start_line(receiver.port, case.round_trip_ms / 1000)
            ending.callback(line.stop)
            port = line.port
        parts = _parts(case, Path(folder), port)
        ending.callback(parts.close)
        body = body_of_size(case.size)
        warm_up = prepare(parts, "warm-up", body, range(WARM_UP))
        rehearsed = prepare(parts, "rehearsal", body, range(WARM_UP, WARM_UP + case.recipients), due=False)
        workers = _start_workers(parts, case)
        ending.callback(_end, workers)
        timed_plan(parts, warm_up, batch_size=case.batch_size)
        _send(parts, case, receiver, workers, warm_up, WARM_UP)
        before = _reference(receiver, len(body.content), case)
        rehearsal.settle_statistics(parts.database)
        planned = timed_plan(parts, rehearsed, batch_size=case.batch_size)
        sent = _send(parts, case, receiver, workers, rehearsed, case.recipients)
        after = _reference(receiver, len(body.content), case)
    return _figures(case, receiver, len(body.content), planned, sent, [r for r in (before, after) if r])


def _parts(case: BenchCase, folder: Path, port: int) -> Parts:
    settings = load(
        data_dir=folder,
        database_url=case.database_url,
        redis_url=case.redis_url,
        smtp_url=f"smtp://127.0.0.1:{port}?tls=none",
        secret_key=new_secret(),
        signing_keys="",
        connections=case.connections,
        batch_size=case.batch_size,
        log_level="warning",
    )
    parts = wire(settings, role=ProcessRole.SERVICE)
    upgrade(parts.database)
    _make_keys(Keyring(settings.dkim_folder), case.dkim)
    return parts


def _make_keys(keyring: Keyring, dkim: str) -> None:
    if dkim == "none":
        return
    keyring.make(rehearsal.DOMAIN, "bench")
    for path in keyring.place(rehearsal.DOMAIN).glob("*.pem"):
        if dkim not in ("both", path.stem.rpartition(".")[2]):
            path.unlink()


def body_of_size(octets: int) -> Body:
    """Return a body with tracked links whose message is about `octets` long on the wire."""
    links = "".join(f'<p><a href="https://news.example/c/{Slot.CLICK}/{n}">item {n}</a></p>\n' for n in range(LINKS))
    text = f"Rehearsal\nhttps://news.example/u/{Slot.UNSUBSCRIBE}\n"
    overhead = len(build_body(text, f"<!DOCTYPE html>{links}").content) + 900  # headers of one message, roughly
    filler = "<p>The quick brown fox jumps over the lazy dog, again and again.</p>\n"
    count = max((octets - overhead) // (len(filler) + 1), 0)
    return build_body(text, f"<!DOCTYPE html>{links}{filler * count}")


def _reference(receiver: Receiver, octets: int, case: BenchCase) -> float | None:
    if case.round_trip_ms:
        return None
    messages = max(2000, min(case.recipients, 400_000_000 // max(octets, 1) // 4))
    return smtp_source_rate(receiver.port, octets=octets, messages=messages)


@dataclass(frozen=True)
class _Sent:
    seconds: float
    sender: Usage
    receiver: Usage
    database: Usage | None  # none: not a process of its own on this machine
    waits: list[float]  # seconds from claim to acceptance, sorted


def _send(
    parts: Parts, case: BenchCase, receiver: Receiver, workers: subprocess.Popen[bytes], issue_id: int, readers: int
) -> _Sent:
    """Ring until every delivery of a planned issue was accepted; return what it took."""
    with parts.database.read() as session:
        database = server_of(rehearsal.database_process(session), "postgres")
    watched = (workers.pid, receiver.process.pid, database)
    before = [usage(pid) for pid in watched]
    started = time.monotonic()
    deadline = started + _PATIENCE
    while not _ended(parts, issue_id, readers):
        if workers.poll() is not None:
            raise UnavailableError("the workers ended by themselves", where="bench send")
        if time.monotonic() > deadline:
            raise UnavailableError(f"not sent within {_PATIENCE:.0f} s", where="bench send")
        if case.redis_url:
            ringing.ring_batches(parts.database, clock=parts.clock, queue=parts.queue)
        time.sleep(_LOOK_SECONDS)
    seconds = time.monotonic() - started
    after = [usage(pid) for pid in watched]
    spent = [Usage(a.cpu_seconds - b.cpu_seconds, a.peak_octets) for b, a in zip(before, after, strict=True)]
    with parts.database.read() as session:
        waits = rehearsal.seconds_from_claim_to_acceptance(session, issue_id)
    return _Sent(seconds, spent[0], spent[1], spent[2] if database else None, waits)


def _ended(parts: Parts, issue_id: int, readers: int) -> bool:
    with parts.database.read() as session:
        return rehearsal.batches_left(session, issue_id) == 0 and rehearsal.ended(session, issue_id) == readers


def _end(workers: subprocess.Popen[bytes]) -> None:
    workers.terminate()
    workers.wait(60)


def _start_workers(parts: Parts, case: BenchCase) -> subprocess.Popen[bytes]:
    settings = parts.settings
    environment = os.environ | {
        "NEWSLETTER_DATA_DIR": str(settings.data_dir),
        "NEWSLETTER_DATABASE_URL": settings.database,
        "NEWSLETTER_REDIS_URL": settings.redis_url,
        "NEWSLETTER_SMTP_URL": settings.smtp_url,
        "NEWSLETTER_SECRET_KEY": settings.secret_key.get_secret_value(),
        "NEWSLETTER_SIGNING_KEYS": "",
        "NEWSLETTER_CONNECTIONS": str(settings.connections),
        "NEWSLETTER_BATCH_SIZE": str(settings.batch_size),
        "NEWSLETTER_LOG_LEVEL": "warning",
    }
    if not settings.redis_url:
        # the in-process broker: worker and scheduler are one process, which rings for itself
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            module_command("workers", "embedded", case.threads), env=environment, stdin=subprocess.DEVNULL
        )
    command = module_command("newsletter", "worker", "--processes", case.processes, "--threads", case.threads)
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        command, env=environment, stdin=subprocess.DEVNULL
    )


def _figures(
    case: BenchCase, receiver: Receiver, octets: int, planned: float, sent: _Sent, references: list[float]
) -> dict[str, Any]:
    rate = case.recipients / sent.seconds
    reference = sum(references) / len(references) if references else None
    each = 1e6 / case.recipients
    return {
        "recipients": case.recipients,
        "octets": octets,
        "receiver": receiver.name,
        "dkim": case.dkim,
        "processes": case.processes,
        "connections": case.connections,
        "messages_per_second": round(rate, 1),
        "smtp_source_per_second": [round(r, 1) for r in references],
        "ratio_to_smtp_source": round(rate / reference, 3) if reference else None,
        "sender_cpu_us": round(sent.sender.cpu_seconds * each, 1),
        "receiver_cpu_us": round(sent.receiver.cpu_seconds * each, 1),
        "database_cpu_us": round(sent.database.cpu_seconds * each, 1) if sent.database else None,
        "sender_peak_mb": round(sent.sender.peak_octets / 1e6, 1),
        "claim_to_accept_ms": {f"p{share}": _percentile_ms(sent.waits, share) for share in (10, 50, 99)},
        "plan_seconds": round(planned, 3),
        **_far(case, rate),
    }


def _far(case: BenchCase, rate: float) -> dict[str, float]:
    """How often a message crossed the line and back, when every connection was busy all the time."""
    if not case.round_trip_ms:
        return {}
    connections = case.connections * case.processes
    trips = connections / (rate * case.round_trip_ms / 1000)
    return {"round_trip_ms": case.round_trip_ms, "round_trips_per_message": round(trips, 3)}


def _percentile_ms(waits: list[float], share: int) -> float | None:
    return round(waits[min(len(waits) * share // 100, len(waits) - 1)] * 1000, 1) if waits else None
