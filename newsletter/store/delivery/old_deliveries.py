"""Deliveries of issues that were rolled up: found again by links and bounces that come late; nobody is sent such an issue any more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError
from newsletter.model import Batch, Issue, OldDelivery, RollUp


def find(session: Session, delivery_id: int) -> OldDelivery | None:
    """Return what is left of an old delivery, or None."""
    return session.get(OldDelivery, delivery_id)


def edition_of() -> ScalarSelect[int]:
    """Return, for an `OldDelivery` of the statement around it, the edition it was of: that of its batch."""
    its = (
        Batch.issue_id == OldDelivery.issue_id,
        OldDelivery.id.between(Batch.first_delivery_id, Batch.last_delivery_id),
    )
    return select(Batch.edition_id).where(*its).correlate(OldDelivery).limit(1).scalar_subquery()


def roll_up_of(session: Session, issue_id: int) -> RollUp | None:
    """Return since when and how far the single deliveries of an issue are gone; None where they are all there."""
    return session.get(RollUp, issue_id)


def rolled_up(session: Session, publication_id: int) -> dict[int, bool]:
    """Return the issues of a publication that are rolled up, by id, and whether that has ended: till then some of each are in both tables."""
    rows = select(RollUp.issue_id, RollUp.ended_at.is_not(None)).join(Issue, Issue.id == RollUp.issue_id)
    return dict(iter(session.execute(rows.where(Issue.publication_id == publication_id))))


def of_subscriber(session: Session, subscriber_id: int) -> Sequence[tuple[OldDelivery, RollUp, Issue]]:
    """Return what is left of a reader's old deliveries, with roll-up and issue, oldest first."""
    rows = session.execute(
        select(OldDelivery, RollUp, Issue)
        .join(RollUp, RollUp.issue_id == OldDelivery.issue_id)
        .join(Issue, Issue.id == OldDelivery.issue_id)
        # Issue by issue through UNIQUE(issue, subscriber), as of deliveries.
        .where(OldDelivery.issue_id.in_(select(RollUp.issue_id)), OldDelivery.subscriber_id == subscriber_id)
        .order_by(OldDelivery.id)
    )
    return [(old, roll_up, issue) for old, roll_up, issue in rows]


def see_open(session: Session, issue: Issue) -> None:
    """Raise ConflictError for a locked issue that is rolled up: who got it is nothing to send by any more."""
    roll_up = roll_up_of(session, issue.id)
    if roll_up is not None:
        raise ConflictError(
            f"its single deliveries are gone since {roll_up.began_at:%Y-%m-%d}, and it is closed for good",
            where=f"issue {issue.slug}",
            remedy="write a new issue; NEWSLETTER_DELIVERY_DAYS says when deliveries go",
        )
