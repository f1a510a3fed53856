"""A refusal in the session speaks of an address as clearly as a bounce does: judged by the same words and the same policy."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.feedback.applying import ReportCase, apply_report
from newsletter.feedback.consequences import Proof, Witness
from newsletter.feedback.locating import of_delivery
from newsletter.feedback.scoring import BouncePolicy
from newsletter.mail import reasons
from newsletter.mail.report import Failure, Report
from newsletter.model import Attempt
from newsletter.store.database import Database
from newsletter.store.feedback import refusals

MOST = 500
"""Refusals judged in one transaction."""


def judge_refusals(database: Database, *, clock: Clock, policy: BouncePolicy) -> int:
    """Apply what servers said when they refused a delivery; return how many were judged. Each counts once."""
    with database.read() as session:
        found = refusals.waiting(session, MOST)
    if not found:
        return 0
    now = clock.now()
    with database.write() as session:
        for attempt in found:
            case = _case(session, attempt, now)
            if case is not None:
                apply_report(session, case, policy=policy, now=now)
        refusals.note(session, found[-1].id)
    return len(found)


def _case(session: Session, attempt: Attempt, now: datetime) -> ReportCase | None:
    located = of_delivery(session, attempt.delivery_id, Witness.SESSION, Proof.HEARD, now)
    if located.subscriber is None:
        return None
    return ReportCase(_report(attempt), located, None, f"attempt {attempt.id}", attempt.at, counted_elsewhere=True)


def _report(attempt: Attempt) -> Report:
    said = f"{attempt.code or ''} {attempt.reply}".strip()
    found = reasons.judge(Failure(recipient="", diagnostic=said, status=attempt.status or ""))
    return Report(
        kind=found.kind,
        recipient="",
        reason=found.reason,
        status=found.status,
        code=found.code,
        diagnostic=attempt.reply,
        action="failed",
        dialect=refusals.DIALECT,
    )
