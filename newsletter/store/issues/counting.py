"""When an issue counts as one that readers get or got: from the moment it is scheduled, unless it was cancelled before anybody got it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from newsletter.model import Delivery, Issue, OldDelivery
from newsletter.model.states import DeliveryState, IssueState

AHEAD = (IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED)
"""States of issues that have messages to send, or will have."""
GOT_IT = (DeliveryState.SUBMITTED, DeliveryState.DELIVERED, DeliveryState.COMPLAINED)
"""States of a delivery whose server took the message and did not send it back."""


def sent_here() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on `Issue`: its first message was about to go. What was published elsewhere is public, and was never sent."""
    return Issue.published_at.is_not(None), Issue.state != IssueState.ARCHIVED


def counts() -> ColumnElement[bool]:
    """Return the condition on `Issue`: a draft never counts, nor what was cancelled before a server took a message of it."""
    taken = [
        select(rows.id).where(rows.issue_id == Issue.id, rows.state.in_(GOT_IT)).exists()
        for rows in (Delivery, OldDelivery)
    ]
    cut_short = and_(Issue.state == IssueState.CANCELLED, or_(*taken))
    return or_(Issue.state.in_((*AHEAD, IssueState.SENT)), cut_short)
