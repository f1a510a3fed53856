"""What the audit trail says of the audience: ids and counts, never an address. Written in the transaction of the change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.model.actor import Actor
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Subject
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.publications import publications


def of_reader(session: Session, by: Actor, action: str, member: Membership, *, at: datetime, words: str = "") -> None:
    """Write down what somebody did to one subscription."""
    subject = Subject("subscription", member.subscription.id)
    audit.add(session, by, action, subject, at=at, publication_id=member.publication.id, new=words)


def of_list(
    session: Session, by: Actor, action: str, publication_id: int | None, *, at: datetime, words: str = ""
) -> None:
    """Write down what somebody did to many readers, of one publication or of all."""
    subject = Subject("audience")
    if publication_id is not None:
        owner = publications.by_id(session, publication_id)
        subject = Subject("publication", owner.id, owner.slug)
    audit.add(session, by, action, subject, at=at, publication_id=publication_id, new=words)


def of_person(
    session: Session,
    by: Actor,
    action: str,
    subscriber_id: int | None,
    *,
    at: datetime,
    publication_id: int | None = None,
) -> None:
    """Write down what somebody did to a person, or to an address of whom nothing else is known (None)."""
    audit.add(session, by, action, Subject("subscriber", subscriber_id), at=at, publication_id=publication_id)
