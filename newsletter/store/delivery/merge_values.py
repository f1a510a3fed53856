"""What merge fields are filled with: values of readers' fields as they are at this moment, for a batch or a page of readers at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from newsletter.model import Delivery, FieldValue, ReaderField, Subscription
from newsletter.store.delivery.batches import Claimed


def of_batch(session: Session, batch: Claimed, keys: Collection[str]) -> dict[int, dict[str, str]]:
    """Return the values of a batch's readers by delivery, for fields of these keys."""
    theirs = and_(
        Subscription.publication_id == batch.publication_id,
        Subscription.subscriber_id == Delivery.subscriber_id,
        Subscription.subscriber_id.between(batch.first_subscriber_id, batch.last_subscriber_id),
    )
    values = (
        select(Delivery.id, ReaderField.key, FieldValue.text)
        .join(Subscription, theirs)
        .join(FieldValue, FieldValue.subscription_id == Subscription.id)
        .join(ReaderField, ReaderField.id == FieldValue.field_id)
        .where(
            Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id),
            Delivery.issue_id + 0 == batch.issue_id,  # by its range: SQLite would read all of the issue
            ReaderField.publication_id == batch.publication_id,
            ReaderField.key.in_(keys),
        )
    )
    return _by_first(session, values) if keys else {}


def of_readers(
    session: Session, publication_id: int, subscriber_ids: Sequence[int], keys: Collection[str]
) -> dict[int, dict[str, str]]:
    """Return the values of readers by subscriber, for fields of these keys."""
    values = (
        select(Subscription.subscriber_id, ReaderField.key, FieldValue.text)
        .join(FieldValue, FieldValue.subscription_id == Subscription.id)
        .join(ReaderField, ReaderField.id == FieldValue.field_id)
        .where(
            Subscription.publication_id == publication_id,
            Subscription.subscriber_id.in_(subscriber_ids),
            ReaderField.key.in_(keys),
        )
    )
    return _by_first(session, values) if keys else {}


def _by_first(session: Session, values: Select[int, str, str]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for whose, key, text in session.connection().execute(values):
        found.setdefault(whose, {})[key] = text
    return found
