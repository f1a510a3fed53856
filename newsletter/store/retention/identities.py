"""Opens and clicks of old issues, which keep their numbers and lose their readers.

What named a delivery becomes a random negative number, the same one for all events of that delivery in that edition: so each sum is
what it was, that of different readers too, and no table knows which reader a number was. Nothing in it follows the order of deliveries.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.model import Edition, Event, Issue
from newsletter.model.states import IssueState

_ENDED = (IssueState.SENT, IssueState.CANCELLED)
_LARGEST = 2**62


def forget(session: Session, before: datetime, limit: int) -> int:
    """Take the identity from the events of up to `limit` deliveries of issues that ended before `before`; return of how many."""
    named = select(Event.id).where(Event.edition_id == Edition.id, Event.delivery_id > 0).exists()
    old = (Issue.finished_at < before, Issue.state.in_(_ENDED), named)
    edition_id = session.scalar(
        select(Edition.id).join(Issue, Issue.id == Edition.issue_id).where(*old).order_by(Edition.id).limit(1)
    )
    if edition_id is None:
        return 0
    theirs = (Event.edition_id == edition_id, Event.delivery_id > 0)
    found = session.scalars(
        select(Event.delivery_id).where(*theirs).distinct().order_by(Event.delivery_id).limit(limit)
    )
    deliveries = list(found)
    for delivery_id in deliveries:
        session.execute(
            update(Event)
            .where(Event.edition_id == edition_id, Event.delivery_id == delivery_id)
            .values(delivery_id=-1 - secrets.randbelow(_LARGEST)),
            execution_options={"synchronize_session": False},
        )
    return len(deliveries)
