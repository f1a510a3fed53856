"""Old deliveries: what servers said of each, and each single try.

The row itself stays. Links in mail that was sent, bounce addresses and the rule that nobody gets an issue twice all go by it, and a
link to unsubscribe must work for as long as somebody has the mail. Every count is kept beside the rows, or read from state and code,
which stay too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import Attempt, Batch, Delivery, Issue
from newsletter.model.states import IssueState

_QUIETLY = {"synchronize_session": False}
_ENDED = (IssueState.SENT, IssueState.CANCELLED)


def forget(session: Session, before: datetime, place: int, batches: int) -> tuple[int, int, bool]:
    """Delete replies and tries of the next `batches` batches after `place`, as far as their issues ended before `before`.

    Return how many deliveries had any, the new place, and whether there may be more. It waits at the first issue that has not ended, or not so long ago.
    """
    gone, rows = 0, _next(session, place, batches)
    for row in rows:
        if row.finished_at is not None and row.finished_at >= before:
            return gone, place, False
        if row.state in _ENDED and row.finished_at is not None:
            gone += _forget_one(session, row.first_delivery_id, row.last_delivery_id)
        elif row.state not in _ENDED:
            return gone, place, False
        place = row.id
    return gone, place, len(rows) == batches


def _next(session: Session, place: int, batches: int) -> Sequence[Row[int, int, int, IssueState, datetime | None]]:
    columns = (Batch.id, Batch.first_delivery_id, Batch.last_delivery_id, Issue.state, Issue.finished_at)
    statement = select(*columns).join(Issue, Issue.id == Batch.issue_id).where(Batch.id > place)
    return session.execute(statement.order_by(Batch.id).limit(batches)).all()


def _forget_one(session: Session, low: int, high: int) -> int:
    session.execute(delete(Attempt).where(Attempt.delivery_id.between(low, high)), execution_options=_QUIETLY)
    said = update(Delivery).where(Delivery.id.between(low, high), Delivery.reply.is_not(None))
    return len(session.execute(said.values(reply=None).returning(Delivery.id), execution_options=_QUIETLY).all())
