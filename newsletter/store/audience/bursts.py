"""Sign-ups that nobody confirms, by domain: those of the last days, and what was usual before. Each look reads a bounded number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.model import ConsentRecord, Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.store import plans
from newsletter.store.audience.consents import ConsentAction

MOST_NEW = 5_000
"""Of those who joined lately the newest are looked at."""
MOST_OF_DOMAIN = 2_000


class LateSignUp(NamedTuple):
    """Somebody who joined lately."""

    address: str
    domain: str
    is_waiting: bool


def lately(session: Session, publication_id: int, since: datetime) -> Sequence[LateSignUp]:
    """Return those who filled in the form since a moment, the newest first, MOST_NEW at most."""
    plans.by_index(session, ordered=True)
    asked = (
        select(ConsentRecord.id)
        .where(ConsentRecord.subscription_id == Subscription.id, ConsentRecord.action == ConsentAction.ASKED)
        .correlate(Subscription)
        .exists()
    )
    newest = (
        select(Subscription.id, Subscription.subscriber_id, Subscription.state)
        .where(Subscription.publication_id == publication_id, Subscription.created_at >= since)
        .order_by(Subscription.created_at.desc(), Subscription.id.desc())
        .limit(MOST_NEW)
        .subquery()
    )
    rows = (
        select(Subscriber.address, Subscriber.domain, Subscription.state)
        .join(newest, newest.c.subscriber_id == Subscriber.id)
        .join(Subscription, Subscription.id == newest.c.id)
        .where(Subscriber.address != "", asked)
    )
    waits = SubscriptionState.PENDING
    return [LateSignUp(row.address, row.domain, row.state is waits) for row in session.execute(rows)]


def joined_of(session: Session, publication_id: int, domain: str, begin: datetime, end: datetime) -> int:
    """Count who joined of a domain between two moments, MOST_OF_DOMAIN at most, the newest of its people."""
    plans.by_index(session, ordered=True)
    people = (
        select(Subscriber.id).where(Subscriber.domain == domain).order_by(Subscriber.id.desc()).limit(MOST_OF_DOMAIN)
    )
    rows = (
        select(func.count())
        .select_from(Subscription)
        .where(
            Subscription.subscriber_id.in_(select(people.subquery().c.id)),
            Subscription.publication_id + 0 == publication_id,
            Subscription.created_at >= begin,
            Subscription.created_at < end,
        )
    )
    return session.scalar(rows) or 0
