"""Subscribers: the addresses of persons, found by the hash of the address; and their erasure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from newsletter.model import Attempt, ConsentRecord, Delivery, Issue, Notice, Subscriber, Subscription
from newsletter.model.states import NoticeState
from newsletter.store.audience import reader_fields, reader_notes
from newsletter.store.delivery import kept_counts
from newsletter.store.feedback import events, reports
from newsletter.store.inserting import insert_new

_IMPORT_LOCK = 0x6E6C_696D_706F_7274
"""Key of the PostgreSQL advisory lock under which imports take turns ("nlimport")."""
_ERASED = "(erased)"


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """What is stored of a person: `address_hash` is 32 octets, `domain` A-labels in lower case."""

    address: str
    address_hash: bytes
    domain: str
    name: str = ""


def take_turn(session: Session) -> None:
    """Let one import at a time write, until this transaction ends.

    Two of them that name the same addresses in different order would otherwise end in a deadlock on PostgreSQL. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _IMPORT_LOCK})


def ensure(session: Session, people: Sequence[NewSubscriber], now: datetime) -> dict[bytes, int]:
    """Store those of `people` who are not known (1,000 at most); return the ids of all by address hash."""
    rows = [
        {
            "address": person.address,
            "address_hash": person.address_hash,
            "domain": person.domain,
            "name": person.name,
            "created_at": now,
        }
        for person in people
    ]
    insert_new(session, Subscriber, rows, unique=["address_hash"], returning=[Subscriber.id])
    wanted = [person.address_hash for person in people]
    found = session.execute(select(Subscriber.address_hash, Subscriber.id).where(Subscriber.address_hash.in_(wanted)))
    return {row.address_hash: row.id for row in found}


def find(session: Session, address_hash: bytes) -> Subscriber | None:
    """Return the subscriber with this address, or None."""
    return session.scalar(select(Subscriber).where(Subscriber.address_hash == address_hash))


def by_id(session: Session, subscriber_id: int) -> Subscriber | None:
    """Return the subscriber with this key, or None."""
    return session.get(Subscriber, subscriber_id)


def lock(session: Session, address_hash: bytes) -> Subscriber | None:
    """Return the subscriber with this address, locked until the transaction ends, or None."""
    return session.scalar(select(Subscriber).where(Subscriber.address_hash == address_hash).with_for_update())


def erase(session: Session, subscriber: Subscriber, random_hash: bytes) -> None:
    """Take from every table what tells who this subscriber is; rows, states and codes stay, so that sums still hold."""
    subscriptions = select(Subscription.id).where(Subscription.subscriber_id == subscriber.id)
    blank_notices(session, subscriber)
    session.execute(update(ConsentRecord).where(ConsentRecord.subscription_id.in_(subscriptions)).values(ip=""))
    reader_fields.forget(session, subscriptions)
    reader_notes.forget(session, subscriptions)
    _blank_replies(session, subscriber.id)
    reports.blank(session, subscriber.id)
    events.forget_reader(session, subscriber.id)
    theirs = (Delivery.issue_id.in_(select(Issue.id)), Delivery.subscriber_id == subscriber.id)
    with kept_counts.erasing(session, session.scalars(select(Delivery.id).where(*theirs)).all(), subscriber.domain):
        subscriber.address = subscriber.domain = subscriber.name = ""
        subscriber.address_hash = random_hash
        session.flush()


def blank_notices(session: Session, subscriber: Subscriber) -> None:
    """Empty every notice to this subscriber; those not sent yet are given up."""
    subscriptions = select(Subscription.id).where(Subscription.subscriber_id == subscriber.id)
    theirs = (Notice.subscription_id.in_(subscriptions)) | (
        func.lower(Notice.to_address) == func.lower(subscriber.address)
    )
    queued = update(Notice).where(theirs, Notice.state == NoticeState.QUEUED)
    session.execute(queued.values(state=NoticeState.REJECTED), execution_options={"synchronize_session": False})
    session.execute(
        update(Notice).where(theirs).values(to_address="", to_name="", subject="", text="", html="", reply=_ERASED),
        execution_options={"synchronize_session": False},
    )


def deliveries_of(session: Session, subscriber_id: int) -> Sequence[tuple[Delivery, Issue]]:
    """Return every delivery to a subscriber with its issue, oldest first."""
    rows = session.execute(
        select(Delivery, Issue)
        .join(Issue, Issue.id == Delivery.issue_id)
        # Issue by issue through UNIQUE(issue, subscriber): the ledger has no index on the subscriber alone, by design.
        .where(Delivery.issue_id.in_(select(Issue.id)), Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.id)
    )
    return [(delivery, issue) for delivery, issue in rows]


def _blank_replies(session: Session, subscriber_id: int) -> None:
    # Servers like to repeat the address in a refusal ("550 <name@host>: no such mailbox").
    theirs = (Delivery.issue_id.in_(select(Issue.id)), Delivery.subscriber_id == subscriber_id)
    options = {"synchronize_session": False}
    tried = select(Delivery.id).where(*theirs)
    session.execute(
        update(Attempt).where(Attempt.delivery_id.in_(tried)).values(reply=_ERASED), execution_options=options
    )
    replied = update(Delivery).where(*theirs, Delivery.reply.is_not(None))
    session.execute(replied.values(reply=_ERASED), execution_options=options)
