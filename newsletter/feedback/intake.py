"""Take in a report: its bytes are in the ledger before anything of them is read."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import timedelta

from newsletter.clock import Clock
from newsletter.errors import InputError, QueueError
from newsletter.model.feedback import RawState
from newsletter.queue import Job, Queue
from newsletter.store import reports
from newsletter.store.database import Database

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
class Kept:
    """Where a report is kept, and whether these bytes are new."""

    raw_report_id: int
    new: bool


def keep(
    database: Database, *, clock: Clock, queue: Queue, content: bytes, source: str, sent_to: str = "", ring: bool = True
) -> Kept:
    """Store a report and ring for it, unless the caller reads it itself; committed on return. The same bytes to the same address are kept once.

    Raises InputError when it is empty or larger than MAX_OCTETS (a webhook: MAX_WEBHOOK_OCTETS), StoreError when it could
    not be kept.
    """
    if not content.strip():
        raise InputError("the report is empty", remedy="send the message as it was received")
    most = MAX_WEBHOOK_OCTETS if source.startswith(WEBHOOK) else MAX_OCTETS
    if len(content) > most:
        raise InputError(
            f"the report is larger than {most // 1024**2} MiB", remedy="send the headers and the first part"
        )
    now = clock.now()
    row = {
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
    with database.write() as session:
        raw_id, new = reports.add_raw(session, row, content)
    if new and ring:
        with contextlib.suppress(QueueError):  # the scheduler rings again
            queue.ring(Job.READ_REPORT, raw_id)
    return Kept(raw_id, new)


def digest_of(content: bytes, sent_to: str, *, vouched: bool = False) -> bytes:
    """Return the SHA-256 by which a report is known again; one that a person vouches for is another than it was before."""
    about = sent_to.strip().lower().encode("utf-8", "replace") + (b"\0vouched" if vouched else b"")
    return hashlib.sha256(about + b"\0" + content).digest()
