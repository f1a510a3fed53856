"""Rehearsals, and the readers for whom they compose; and the addresses to which tests of a publication went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Rehearsal, Subscriber, Subscription, Suppression, TestReader
from newsletter.model.states import Consent, SubscriptionState
from newsletter.store.audience import suppressions
from newsletter.store.inserting import insert_new

MOST_REMEMBERED = 20
"""Addresses of tests that one publication remembers."""


class StandingReader(NamedTuple):
    """A reader who would get an issue now, with what composing needs."""

    subscriber_id: int
    address: str
    name: str
    domain: str
    tracked: bool


def readers(session: Session, publication_id: int, now: datetime, *, after: int, limit: int) -> list[StandingReader]:
    """Return readers who would get an issue now, in the order of their ids, from behind `after` on."""
    listed = suppressions.in_force(publication_id, now).where(Suppression.address_hash == Subscriber.address_hash)
    tracked = Subscription.tracking == Consent.GRANTED
    query = (
        select(Subscriber.id, Subscriber.address, Subscriber.name, Subscriber.domain, tracked)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(
            Subscription.publication_id == publication_id,
            Subscription.subscriber_id > after,
            Subscription.state == SubscriptionState.ACTIVE,
            ~listed.exists(),
        )
        .order_by(Subscription.subscriber_id)
        .limit(limit)
    )
    return [StandingReader(*row) for row in session.execute(query)]


def add(session: Session, rehearsal: Rehearsal) -> Rehearsal:
    """Store a rehearsal; its id is set on return."""
    session.add(rehearsal)
    session.flush()
    return rehearsal


def begin(session: Session, rehearsal_id: int, now: datetime) -> Rehearsal | None:
    """Take a rehearsal that nobody has begun; None when somebody has, or there is none."""
    taken = session.execute(
        update(Rehearsal)
        .where(Rehearsal.id == rehearsal_id, Rehearsal.begun_at.is_(None))
        .values(begun_at=now)
        .returning(Rehearsal.id),
        execution_options={"synchronize_session": False},
    ).scalar()
    return session.get(Rehearsal, taken, populate_existing=True) if taken is not None else None


def last(session: Session, issue_id: int) -> Rehearsal | None:
    """Return the newest rehearsal of an issue, or None."""
    query = select(Rehearsal).where(Rehearsal.issue_id == issue_id)
    return session.scalar(query.order_by(Rehearsal.id.desc()).limit(1))


def not_begun(session: Session, before: datetime, *, limit: int = 20) -> list[int]:
    """Return the rehearsals that were asked for before a moment and nobody has begun: their ring was lost."""
    waiting = select(Rehearsal.id).where(Rehearsal.begun_at.is_(None), Rehearsal.asked_at < before)
    return list(session.scalars(waiting.order_by(Rehearsal.id).limit(limit)))


def remember(session: Session, publication_id: int, address: str, now: datetime) -> None:
    """Remember an address to which a test went, and forget the oldest beyond those that are kept."""
    row = {"publication_id": publication_id, "address": address, "name": "", "used_at": now}
    unique = ["publication_id", "address"]
    if not insert_new(session, TestReader, [row], unique=unique, returning=[TestReader.address]):
        session.get_one(TestReader, (publication_id, address)).used_at = now
        return
    kept = select(TestReader.address).where(TestReader.publication_id == publication_id)
    beyond = list(session.scalars(kept.order_by(TestReader.used_at.desc(), TestReader.address).offset(MOST_REMEMBERED)))
    if beyond:
        session.execute(
            delete(TestReader).where(TestReader.publication_id == publication_id, TestReader.address.in_(beyond))
        )


def remembered(session: Session, publication_id: int) -> Sequence[str]:
    """Return the addresses to which tests of a publication went, last used first."""
    kept = select(TestReader.address).where(TestReader.publication_id == publication_id)
    return session.scalars(kept.order_by(TestReader.used_at.desc(), TestReader.address).limit(MOST_REMEMBERED)).all()


def count_under_way(session: Session, issue_id: int, since: datetime) -> int:
    """Return how many rehearsals of an issue were asked for since a moment and have not ended."""
    open_ones = select(func.count()).where(
        Rehearsal.issue_id == issue_id, Rehearsal.ended_at.is_(None), Rehearsal.asked_at >= since
    )
    return session.scalar(open_ones) or 0
