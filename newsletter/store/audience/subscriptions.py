"""Subscriptions: where a subscriber stands on a publication."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from newsletter.errors import NotFoundError
from newsletter.model import Delivery, Issue, OldDelivery, Publication, Subscriber, Subscription
from newsletter.model.states import Consent, SubscriptionState, check_subscription_move
from newsletter.store.inserting import insert_new


@dataclass(frozen=True, slots=True)
class Membership:
    """A subscription with both of its ends."""

    subscription: Subscription
    subscriber: Subscriber
    publication: Publication


def add_missing(
    session: Session, publication_id: int, subscriber_ids: Iterable[int], state: SubscriptionState, now: datetime
) -> dict[int, int]:
    """Give each subscriber without a subscription one in `state`; return the new ids by subscriber id."""
    rows = [
        {
            "publication_id": publication_id,
            "subscriber_id": subscriber_id,
            "state": state,
            "tracking": Consent.UNKNOWN,
            "created_at": now,
            "changed_at": now,
        }
        for subscriber_id in subscriber_ids
    ]
    new = insert_new(
        session,
        Subscription,
        rows,
        unique=["publication_id", "subscriber_id"],
        returning=[Subscription.subscriber_id, Subscription.id],
    )
    return {row.subscriber_id: row.id for row in new}


def lock(session: Session, subscription_id: int) -> Membership | None:
    """Return a subscription, locked until the transaction ends, or None."""
    return _one(session, Subscription.id == subscription_id, locked=True)


def find(session: Session, subscription_id: int) -> Membership | None:
    """Return a subscription, or None."""
    return _one(session, Subscription.id == subscription_id)


def lock_for(session: Session, publication_id: int, subscriber_id: int) -> Membership:
    """Return the subscription of this subscriber on this publication, locked. Raises NotFoundError."""
    pair = (Subscription.publication_id == publication_id) & (Subscription.subscriber_id == subscriber_id)
    member = _one(session, pair, locked=True)
    if member is None:
        raise NotFoundError(f"subscriber {subscriber_id} has no subscription to publication {publication_id}")
    return member


def move(session: Session, subscription: Subscription, wanted: SubscriptionState, now: datetime) -> bool:
    """Move a locked subscription: every single move is made here. False when it is there already; raises ConflictError for one that is not legal."""
    if subscription.state is wanted:
        return False
    check_subscription_move(subscription.state, wanted)
    subscription.state, subscription.changed_at = wanted, now
    session.flush()
    return True


def is_active(session: Session, publication_id: int, address_hash: bytes) -> bool:
    """Tell whether this address confirmed a subscription of this publication that still stands."""
    statement = (
        select(Subscription.id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscriber.address_hash == address_hash,
            Subscription.publication_id == publication_id,
            Subscription.state == SubscriptionState.ACTIVE,
        )
    )
    return session.scalar(statement) is not None


def of_delivery(session: Session, delivery_id: int) -> Membership | None:
    """Return the subscription on whose account a delivery was made, whatever became of it and of the issue since; or None."""
    return _of_row(session, Delivery, delivery_id) or _of_row(session, OldDelivery, delivery_id)


def _of_row(session: Session, rows: type[Delivery | OldDelivery], delivery_id: int) -> Membership | None:
    wanted = (
        select(Subscription.id)
        .join(Issue, Issue.publication_id == Subscription.publication_id)
        .join(rows, (rows.issue_id == Issue.id) & (rows.subscriber_id == Subscription.subscriber_id))
        .where(rows.id == delivery_id)
    )
    return _one(session, Subscription.id == wanted.scalar_subquery())


def of_subscriber(session: Session, subscriber_id: int, *, locked: bool = False) -> Sequence[Membership]:
    """Return every subscription of a subscriber, by publication."""
    statement = _memberships().where(Subscription.subscriber_id == subscriber_id).order_by(Subscription.id)
    if locked:
        statement = statement.with_for_update(of=Subscription)
    return [Membership(*row) for row in session.execute(statement)]


def standing_of(session: Session, publication_id: int, subscriber_ids: Collection[int]) -> dict[int, Subscription]:
    """Return the subscriptions these subscribers (1,000 at most) have on a publication, by subscriber id, locked."""
    found = session.scalars(
        select(Subscription)
        .where(Subscription.publication_id == publication_id, Subscription.subscriber_id.in_(subscriber_ids))
        .order_by(Subscription.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {subscription.subscriber_id: subscription for subscription in found}


def subscribed_among(session: Session, publication_id: int, address_hashes: Collection[bytes]) -> set[bytes]:
    """Return those of these people (1,000 at most) who have a subscription of whatever state."""
    return set(
        session.scalars(
            select(Subscriber.address_hash)
            .join(Subscription, Subscription.subscriber_id == Subscriber.id)
            .where(Subscription.publication_id == publication_id, Subscriber.address_hash.in_(address_hashes))
        )
    )


def counts(session: Session, publication_id: int) -> dict[SubscriptionState, int]:
    """Count the subscriptions of a publication by state; a state nobody is in counts 0."""
    rows = session.execute(
        select(Subscription.state, func.count().label("readers"))
        .where(Subscription.publication_id == publication_id)
        .group_by(Subscription.state)
    )
    return dict.fromkeys(SubscriptionState, 0) | {row.state: row.readers for row in rows}


def _one(session: Session, condition: ColumnElement[bool], *, locked: bool = False) -> Membership | None:
    statement = _memberships().where(condition)
    if locked:
        # what another transaction changed while this one waited for the lock must be seen
        statement = statement.with_for_update(of=Subscription).execution_options(populate_existing=True)
    row = session.execute(statement).one_or_none()
    return None if row is None else Membership(*row)


def _memberships() -> Select[Subscription, Subscriber, Publication]:
    return (
        select(Subscription, Subscriber, Publication)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(Publication, Publication.id == Subscription.publication_id)
    )
