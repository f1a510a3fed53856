"""Refusals in the session that nobody has judged yet."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.model import AppliedReport, Attempt, IdBlock

OUTCOME = "refused"
DIALECT = "session"
"""Of reports made from refusals; they name no issue, whose batches have counted them already."""
_MARK = "attempts judged"
LOOK_BACK = 5000
"""Ids that may become visible late: a transaction that took earlier ones may commit after a later one."""


def waiting(session: Session, limit: int) -> list[Attempt]:
    """Return refusals without a report, by id."""
    judged = select(AppliedReport.id).where(
        AppliedReport.delivery_id == Attempt.delivery_id, AppliedReport.dialect == DIALECT
    )
    return list(
        session.scalars(
            select(Attempt)
            .where(Attempt.id > _mark(session) - LOOK_BACK, Attempt.outcome == OUTCOME, ~judged.exists())
            .order_by(Attempt.id)
            .limit(limit)
        )
    )


def note(session: Session, attempt_id: int) -> None:
    """Remember how far judging has come."""
    row = session.get(IdBlock, _MARK)
    if row is None:
        session.add(IdBlock(name=_MARK, next_id=attempt_id))
    else:
        row.next_id = max(row.next_id, attempt_id)
    session.flush()


def _mark(session: Session) -> int:
    row = session.get(IdBlock, _MARK)
    return 0 if row is None else row.next_id
