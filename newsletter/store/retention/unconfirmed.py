"""Subscriptions that were asked for and never confirmed: deleted with all that names the person, unless another one does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.model import Invitation, Notice, Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.store.feedback import reports

_QUIETLY = {"synchronize_session": False}


def forget(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` subscriptions that are pending here since before `before`, the oldest first; return how many.

    The days count from `changed_at`, which for the pending is always a moment of this service: `created_at` may be a date of the service
    that a list came from. Who still waits to be invited, or was invited after `before`, stays. A subscriber whose only subscription it was goes along; a
    suppression of the address stays, as its hash.
    """
    kept = select(Invitation.id).where(
        Invitation.subscription_id == Subscription.id,
        Invitation.invited_at.is_(None) | (Invitation.invited_at >= before),
    )
    old = (Subscription.state == SubscriptionState.PENDING, Subscription.changed_at < before, ~kept.exists())
    rows = session.execute(
        select(Subscription.id, Subscription.subscriber_id)
        .where(*old)
        .order_by(Subscription.changed_at, Subscription.id)
        .limit(limit)
        .with_for_update(of=Subscription)
    ).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    session.execute(delete(Notice).where(Notice.subscription_id.in_(ids)), execution_options=_QUIETLY)
    session.execute(delete(Subscription).where(Subscription.id.in_(ids)), execution_options=_QUIETLY)
    _forget_people(session, sorted({row.subscriber_id for row in rows}))
    return len(ids)


def _forget_people(session: Session, subscriber_ids: Sequence[int]) -> None:
    """Delete those who have no subscription left: they were never sent an issue."""
    left = select(Subscription.id).where(Subscription.subscriber_id == Subscriber.id).exists()
    alone = session.scalars(select(Subscriber.id).where(Subscriber.id.in_(subscriber_ids), ~left)).all()
    for subscriber_id in alone:
        reports.blank(session, subscriber_id)
    session.execute(delete(Subscriber).where(Subscriber.id.in_(alone)), execution_options=_QUIETLY)
