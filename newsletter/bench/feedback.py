"""`newsletter bench feedback`: bounces of our own writing, read, read in the guarded process, and applied to a ledger."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from newsletter.bench.planning import prepare, timed_plan
from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.feedback import reading
from newsletter.mail.body import build_body
from newsletter.mail.verp import return_path
from newsletter.signing_keys import ProcessRole
from newsletter.store.migrating import upgrade

_REPORT = """From: MAILER-DAEMON@relay.example
To: {path}
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=edge

--edge
Content-Type: text/plain

The message below was not delivered.

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; reader@receiver.example
Action: failed
Status: {status}
Diagnostic-Code: smtp; {said}

--edge
Content-Type: text/rfc822-headers

Subject: {filler}

--edge--
"""
_SAID = (("5.1.1", "550 5.1.1 user unknown"), ("5.2.2", "552 5.2.2 mailbox is full"), ("5.7.1", "554 5.7.1 rejected"))


def measure_feedback(reports: int, database_url: str = "") -> dict[str, Any]:
    """Return reports a second: read here, read in the guarded process, kept, and handled (read, located, applied)."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        settings = load(data_dir=Path(folder), database_url=database_url, smtp_url="memory:", signing_keys="")
        parts = wire(settings, role=ProcessRole.WORKER)
        upgrade(parts.database)
        issue_id = prepare(parts, "rehearsal", build_body("text", "<p>text</p>"), range(reports))
        timed_plan(parts, issue_id, batch_size=500)
        messages = [_message(parts, number) for number in range(reports)]
        parts.report_reader.read(messages[0])  # starts the child
        kept = _Kept(parts)
        figures = {
            "reports": reports,
            "database": parts.database.dialect,
            "read_per_second": _rate(reading.read, messages),
            "read_guarded_per_second": _rate(parts.report_reader.read, messages),
            "kept_per_second": _rate(kept.keep, messages),
            "handled_per_second": _rate(parts.reports.handle, kept.ids),
        }
        parts.close()
    return figures


class _Kept:
    """Keeps messages and remembers their ids."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.ids: list[int] = []

    def keep(self, message: bytes) -> None:
        """Keep one."""
        self.ids.append(self._parts.intake.keep(message, source="file").raw_report_id)


def _message(parts: Parts, number: int) -> bytes:
    status, said = _SAID[number % len(_SAID)]
    path = return_path(parts.signer, number + 1, "bounces.example")
    filled = _REPORT.format(path=path, status=status, said=said, filler="x" * 900)
    return filled.replace("\n", "\r\n").encode()


def _rate(act: Callable[[Any], object], things: Sequence[object]) -> int:
    started = time.monotonic()
    for thing in things:
        act(thing)
    return round(len(things) / (time.monotonic() - started))
