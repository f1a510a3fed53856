"""How far a publication has come on its way to a first send: each question ends at the first row that answers it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from newsletter.model import AuditEntry, Issue, PlanRecord, Subscription
from newsletter.model.states import SubscriptionState

MOST_ENTRIES = 5_000
"""So many of a publication's first entries in the audit trail are looked through for a test mail."""
MOST_READERS = 5_000
"""So many of a publication's first subscriptions are looked through for one that is active."""


class Milestones(NamedTuple):
    """What a publication has had at least once."""

    has_readers: bool
    has_issue: bool
    has_test: bool
    was_sent: bool


def of(session: Session, publication_id: int) -> Milestones:
    """Return what a publication has."""
    readers = select(Subscription.state).where(Subscription.publication_id == publication_id)
    first = readers.order_by(Subscription.subscriber_id).limit(MOST_READERS).subquery()
    issue = select(Issue.id).where(Issue.publication_id == publication_id)
    entries = select(AuditEntry.action).where(AuditEntry.publication_id == publication_id)
    early = entries.order_by(AuditEntry.id).limit(MOST_ENTRIES).subquery()
    sent = select(PlanRecord.issue_id).join(Issue, Issue.id == PlanRecord.issue_id)
    return Milestones(
        _any(session, select(first.c.state).where(first.c.state == SubscriptionState.ACTIVE)),
        _any(session, issue),
        _any(session, select(early.c.action).where(early.c.action == "issue.test-mail")),
        _any(session, sent.where(Issue.publication_id == publication_id)),
    )


def _any(session: Session, query: Select[int] | Select[str] | Select[SubscriptionState]) -> bool:
    return session.scalar(select(exists(query.limit(1)))) is True
