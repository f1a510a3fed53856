"""Take in a report: its bytes are in the ledger before anything of them is read."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import InputError, QueueError
from newsletter.model.actor import Actor
from newsletter.model.feedback import RawState
from newsletter.model.rights import Right
from newsletter.queue import Job, Queue
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Subject
from newsletter.store.database import Database
from newsletter.store.feedback import reports

MAX_OCTETS = 2 * 1024 * 1024
"""A message larger than this is refused: the largest real ones quote a whole issue, which is a tenth of it."""
MAX_GOODBYE_OCTETS = 1024 * 1024
"""A goodbye larger than this is refused: it is a line in a subject."""
MAX_WEBHOOK_OCTETS = 8 * 1024 * 1024
"""A webhook larger than this is refused: one may tell of thousands of readers, and is verified before it is kept."""
VOUCHED = "vouched"
"""Source of a report that a person handed in and vouched for."""
WEBHOOK = "webhook "
"""Prefix of the source of what a provider told; its name follows."""
GRACE = timedelta(seconds=10)
"""Who takes a report in rings for it; the scheduler rings again when it is still unread after this."""


@dataclass(frozen=True, slots=True)
class KeptReport:
    """Where a report is kept, and whether these bytes are new."""

    raw_report_id: int
    new: bool


@dataclass(frozen=True)
class Intake:
    """The tools of taking reports in, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue

    def keep(self, content: bytes, *, source: str, sent_to: str = "", ring: bool = True) -> KeptReport:
        """Store a report that came in and ring for it, unless the caller reads it itself; committed on return. The same bytes to the same address are kept once.

        Raises InputError when it is empty or larger than MAX_OCTETS (a webhook: MAX_WEBHOOK_OCTETS), StoreError when it could
        not be kept.
        """
        row = self._row(content, source, sent_to)
        with self.database.write() as session:
            raw_id, new = reports.add_raw(session, row, content)
        if new and ring:
            with contextlib.suppress(QueueError):  # the scheduler rings again
                self.queue.ring(Job.READ_REPORT, raw_id)
        return KeptReport(raw_id, new)

    def vouch(self, content: bytes, *, by: Actor, sent_to: str = "") -> KeptReport:
        """Store a report that somebody vouches for, who reads it themselves. Raises as `keep` does, and ForbiddenError."""
        require(by, Right.MANAGE_SERVICE, None)
        row = self._row(content, VOUCHED, sent_to)
        with self.database.write() as session:
            raw_id, new = reports.add_raw(session, row, content)
            if new:
                audit.add(session, by, "report.vouch", Subject("report", raw_id), at=row["received_at"])
        return KeptReport(raw_id, new)

    def _row(self, content: bytes, source: str, sent_to: str) -> dict[str, Any]:
        _check(content, source)
        now = self.clock.now()
        return {
            "digest": digest_of(content, sent_to, vouched=source == VOUCHED),
            "source": source,
            "sent_to": sent_to[:320],
            "octets": len(content),
            "state": RawState.UNREAD,
            "attempts": 0,
            "due_at": now + GRACE,
            "error": "",
            "received_at": now,
        }


def _check(content: bytes, source: str) -> None:
    if not content.strip():
        raise InputError("the report is empty", remedy="send the message as it was received")
    most = MAX_WEBHOOK_OCTETS if source.startswith(WEBHOOK) else MAX_OCTETS
    if len(content) > most:
        raise InputError(
            f"the report is larger than {most // 1024**2} MiB", remedy="send the headers and the first part"
        )


def digest_of(content: bytes, sent_to: str, *, vouched: bool = False) -> bytes:
    """Return the SHA-256 by which a report is known again; one that a person vouches for is another than it was before."""
    about = sent_to.strip().lower().encode("utf-8", "replace") + (b"\0vouched" if vouched else b"")
    return hashlib.sha256(about + b"\0" + content).digest()
