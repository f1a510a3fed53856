"""When an issue stops because of us, those who were refused before it stopped get their places back, too: resuming sends to all.

Others write down what they heard after that: each process that sends hears a few refusals of its own, too few to stop anything. They look
once more when they have written (see `hold_late`), and so does whoever resumes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.mail.envelope import Outcome, Refused
from newsletter.mail.refusals import verdict
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.delivery import batches, circuit_breaker, deliveries
from newsletter.store.issues import issues

log = structlog.get_logger(__name__)

CLOCKS_DIFFER_BY = timedelta(seconds=60)
"""Clocks of two hosts that work, each within half of it of the database's: one notes the stop, the other when its batch began."""


def hold_rejected(session: Session, issue_id: int, now: datetime) -> int:
    """Put back in the queue whom an issue lost to refusals about us; its batches wait to be resumed. Return how many."""
    ids = [row.id for row in deliveries.rejected(session, issue_id) if _is_ours(row.code, row.status, row.reply)]
    if ids:
        deliveries.hold(session, ids, now)
        batches.reopen_around(session, issue_id, ids, now)
    return len(ids)


def may_be_late(outcomes: Iterable[Outcome]) -> bool:
    """Tell whether any of these was refused because of us, and for good: it is held only if an issue stops for it."""
    return any(type(outcome) is Refused and verdict(outcome).ours for outcome in outcomes)


def hold_late(database: Database, issue_id: int, *, began: datetime | None, now: datetime) -> int:
    """Hold whom an issue lost to refusals about us that were written after it had stopped; return how many. Raises StoreError.

    For whoever has just written such refusals of a batch that `began` then, None where nobody knows. The issue is locked: who stops it
    at this moment has seen what was written, or is waited for.
    """
    with database.write() as session:
        state = issues.lock(session, issue_id)
        stopped_at = circuit_breaker.stopped_at(session, issue_id)
        if stopped_at is None or (began is not None and stopped_at < began - CLOCKS_DIFFER_BY):
            return 0
        held = hold_rejected(session, issue_id, now) if state in _CAN_GO_ON else 0
    if held:
        log.warning("held who was refused while the issue stopped", issue_id=issue_id, held=held)
    return held


_CAN_GO_ON = frozenset({IssueState.SENDING, IssueState.PAUSED})


def _is_ours(code: int | None, status: str | None, reply: str | None) -> bool:
    return code is not None and verdict(Refused(code, status or "", reply or "")).ours
