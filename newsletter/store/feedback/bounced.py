"""What a report leads back to: delivery, notice, reader, publication; and the moves a report may make."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.model import Delivery, Issue, Notice, OldDelivery, Publication, Subscriber
from newsletter.model.states import DeliveryState, sources_of
from newsletter.store.delivery import kept_counts, old_deliveries

_SENT = (
    DeliveryState.SUBMITTING,
    DeliveryState.SUBMITTED,
    DeliveryState.UNCERTAIN,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)


class Reported(NamedTuple):
    """The delivery that a report leads back to, or what is left of an old one: that stands as it stood, whatever is reported."""

    id: int
    issue_id: int
    edition_id: int
    subscriber_id: int
    state: DeliveryState


def lock_delivery(session: Session, delivery_id: int) -> Reported | None:
    """Return a delivery, locked until the transaction ends, or None."""
    columns = (Delivery.id, Delivery.issue_id, Delivery.edition_id, Delivery.subscriber_id, Delivery.state)
    found = session.execute(select(*columns).where(Delivery.id == delivery_id).with_for_update()).one_or_none()
    if found is None:  # it went a moment ago, or long ago
        old = (OldDelivery.id, OldDelivery.issue_id, old_deliveries.edition_of(), OldDelivery.subscriber_id)
        found = session.execute(select(*old, OldDelivery.state).where(OldDelivery.id == delivery_id)).one_or_none()
    return None if found is None else Reported(*found)


def notice(session: Session, notice_id: int) -> Notice | None:
    """Return a notice, or None."""
    return session.get(Notice, notice_id)


def subscriber_of(session: Session, delivery: Reported) -> Subscriber | None:
    """Return whom a delivery is for."""
    return session.get(Subscriber, delivery.subscriber_id)


def publication_of(session: Session, delivery: Reported) -> Publication | None:
    """Return whose issue a delivery is of."""
    return session.scalar(
        select(Publication).join(Issue, Issue.publication_id == Publication.id).where(Issue.id == delivery.issue_id)
    )


def publication_by_list_id(session: Session, list_id: str) -> Publication | None:
    """Return the publication with this List-Id, or None."""
    return session.scalars(select(Publication).where(Publication.list_id == list_id).order_by(Publication.id)).first()


def newest_delivery(
    session: Session, subscriber_id: int, publication_id: int | None, since: datetime
) -> Delivery | None:
    """Return the last delivery that reached a server for this reader since `since`, of this publication or of any, or None."""
    issues = select(Issue.id).where(Issue.published_at >= since)
    if publication_id is not None:
        issues = issues.where(Issue.publication_id == publication_id)
    return session.scalars(
        select(Delivery)
        .where(Delivery.issue_id.in_(issues), Delivery.subscriber_id == subscriber_id, Delivery.state.in_(_SENT))
        .order_by(Delivery.id.desc())
        .limit(1)
    ).first()


def move(
    session: Session,
    delivery_id: int,
    wanted: DeliveryState,
    *,
    now: datetime,
    code: int | None,
    status: str | None,
    reply: str,
) -> bool:
    """Move a delivery if that is legal from where it stands; False when it is not."""
    with kept_counts.moving(session, [delivery_id]):
        moved = session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state.in_(list(sources_of(wanted))))
            .values(state=wanted, changed_at=now, code=code, status=status, reply=reply, next_attempt_at=None)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        ).scalar()
    return moved is not None
