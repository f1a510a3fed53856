"""When an issue stops because of us, those who were refused before it stopped get their places back, too: resuming sends to all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.mail.envelope import Refused
from newsletter.mail.refusals import verdict
from newsletter.store import batches, deliveries


def hold_rejected(session: Session, issue_id: int, now: datetime) -> int:
    """Put back in the queue whom an issue lost to refusals about us; its batches wait to be resumed. Return how many."""
    ids = [row.id for row in deliveries.rejected(session, issue_id) if _is_ours(row.code, row.status, row.reply)]
    if ids:
        deliveries.hold(session, ids, now)
        batches.reopen_around(session, issue_id, ids, now)
    return len(ids)


def _is_ours(code: int | None, status: str | None, reply: str | None) -> bool:
    return code is not None and verdict(Refused(code, status or "", reply or "")).ours
