"""Invitations: who of the imported is asked once whether they want it, and who was asked ever."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import ConsentRecord, Invitation, Subscriber, Subscription, Suppression
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import suppressions
from newsletter.store.audience.consents import ConsentAction

_ASKED_BY_THEMSELVES = (ConsentAction.ASKED, ConsentAction.INVITED)
_Rows = Select[*tuple[Any, ...]]
_OPTIONS = {"synchronize_session": False}


def may_be_asked(now: datetime) -> ColumnElement[bool]:
    """Return the condition on `Subscription`, joined with `Subscriber`, that a mail may ask whether they want it.

    They wait, came with a list that says so, never asked nor were asked before, and are ruled out by no publication.
    """
    theirs = ConsentRecord.subscription_id == Subscription.id
    ruled_out = or_(Suppression.expires_at.is_(None), Suppression.expires_at > now)
    return and_(
        Subscription.state == SubscriptionState.PENDING,
        Subscriber.address != "",
        exists().where(theirs, ConsentRecord.action == ConsentAction.IMPORTED),
        ~exists().where(theirs, ConsentRecord.action.in_(_ASKED_BY_THEMSELVES)),
        ~exists().where(Suppression.address_hash == Subscriber.address_hash, ruled_out),
    )


def _candidates(publication_id: int, now: datetime) -> _Rows:
    unknown = ~exists().where(Invitation.address_hash == Subscriber.address_hash)
    return (
        select(
            Subscriber.address_hash, literal(publication_id), Subscription.id, literal(now, Invitation.queued_at.type)
        )
        .select_from(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        # The sum keeps the index of publications out: what is looked at is a range of ids, however many readers there are.
        .where(Subscription.publication_id + 0 == publication_id, may_be_asked(now), unknown)
    )


def queue_among(session: Session, publication_id: int, among: ColumnElement[bool], now: datetime) -> int:
    """Let those of `among` (a condition on `Subscription`) who may be asked wait for their turn; return how many are new."""
    return _queue(session, _candidates(publication_id, now).where(among).order_by(Subscription.id))


def queue_range(session: Session, publication_id: int, ids: tuple[int, int], most: int, now: datetime) -> int:
    """The same for subscriptions from the first to the last of two ids, `most` of them."""
    found = _candidates(publication_id, now).where(Subscription.id.between(*ids))
    return _queue(session, found.order_by(Subscription.id).limit(most))


def count_range(session: Session, publication_id: int, ids: tuple[int, int], now: datetime) -> int:
    """Count whom `queue_range` would let wait."""
    found = _candidates(publication_id, now).where(Subscription.id.between(*ids))
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _queue(session: Session, rows: _Rows) -> int:
    columns = ["address_hash", "publication_id", "subscription_id", "queued_at"]
    return _insert(session, columns, rows)


def note(session: Session, columns: list[str], rows: _Rows) -> int:
    """Keep that these people were invited elsewhere; who waits here waits no longer. Rows: see `newsletter.store.audience.admitting`."""
    hashes = select(rows.subquery().c.address_hash)
    waits = delete(Invitation).where(Invitation.address_hash.in_(hashes), Invitation.invited_at.is_(None))
    session.execute(waits, execution_options=_OPTIONS)
    return _insert(session, columns, rows)


def _insert(session: Session, columns: list[str], rows: _Rows) -> int:
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(Invitation.__table__).from_select(columns, rows, include_defaults=False)  # type: ignore[arg-type]
    new = statement.on_conflict_do_nothing(index_elements=["address_hash"])
    return session.connection().execute(new, execution_options={"preserve_rowcount": True}).rowcount


def last_subscription(session: Session) -> int:
    """Return the greatest id of any subscription."""
    return session.scalar(select(func.max(Subscription.id))) or 0


def find(session: Session, invitation_id: int) -> Invitation | None:
    """Return one whose turn it is and whose mail was not written; else None."""
    return session.scalar(_open(invitation_id))


def lock(session: Session, invitation_id: int) -> Invitation | None:
    """Return the same, locked until the transaction ends."""
    return session.scalar(_open(invitation_id).with_for_update().execution_options(populate_existing=True))


def _open(invitation_id: int) -> Select[Invitation]:
    return select(Invitation).where(
        Invitation.id == invitation_id, Invitation.turn_at.is_not(None), Invitation.invited_at.is_(None)
    )


def still_wanted(session: Session, subscription_id: int, now: datetime, *, written: bool) -> bool:
    """Tell whether a reader may be asked at this moment; with `written` their invitation is on record, and is no hindrance."""
    member = session.execute(
        select(Subscription.state, Subscriber.address_hash)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.id == subscription_id, Subscriber.address != "")
    ).one_or_none()
    if member is None or member.state is not SubscriptionState.PENDING:
        return False
    if suppressions.in_force_anywhere(session, member.address_hash, now):
        return False
    barred = (ConsentAction.ASKED,) if written else _ASKED_BY_THEMSELVES
    asked = select(ConsentRecord.id).where(
        ConsentRecord.subscription_id == subscription_id, ConsentRecord.action.in_(barred)
    )
    return session.scalar(asked.limit(1)) is None


def invited_among(session: Session, address_hashes: Collection[bytes]) -> dict[bytes, datetime]:
    """Return when those of these people (1,000 at most) who were invited ever were."""
    if session.scalar(select(Invitation.id).limit(1)) is None:  # most services ask nobody, and export page by page
        return {}
    rows = session.execute(
        select(Invitation.address_hash, Invitation.invited_at).where(
            Invitation.address_hash.in_(address_hashes), Invitation.invited_at.is_not(None)
        )
    )
    return {address_hash: invited_at for address_hash, invited_at in rows if invited_at is not None}


def page_of_strangers(session: Session, *, after: int, limit: int) -> Sequence[Invitation]:
    """Return those invited of whom nothing else is known any more, with an id above `after`, by id."""
    known = exists().where(Subscriber.address_hash == Invitation.address_hash)
    return session.scalars(
        select(Invitation)
        .where(Invitation.id > after, Invitation.invited_at.is_not(None), ~known)
        .order_by(Invitation.id)
        .limit(limit)
    ).all()


def forget(session: Session, address_hash: bytes) -> None:
    """Let nobody wait any more under this hash; that they were invited stays, and nothing of where."""
    theirs = Invitation.address_hash == address_hash
    session.execute(delete(Invitation).where(theirs, Invitation.invited_at.is_(None)), execution_options=_OPTIONS)
    session.execute(
        update(Invitation).where(theirs).values(publication_id=None, subscription_id=None), execution_options=_OPTIONS
    )


def stop(session: Session, publication_id: int) -> int:
    """Let nobody of a publication wait any more; return how many did."""
    waiting = delete(Invitation).where(Invitation.publication_id == publication_id, Invitation.invited_at.is_(None))
    return len(session.scalars(waiting.returning(Invitation.id), execution_options=_OPTIONS).all())


def counts(session: Session, publication_id: int) -> tuple[int, dict[SubscriptionState, int]]:
    """Return how many wait, and how many were invited, by where they stand now; who was erased is not among them."""
    of_publication = Invitation.publication_id == publication_id
    waiting = select(func.count()).select_from(Invitation).where(of_publication, Invitation.invited_at.is_(None))
    invited = (
        select(Subscription.state, func.count())
        .select_from(Invitation)
        .join(Subscription, Subscription.id == Invitation.subscription_id)
        .where(of_publication, Invitation.invited_at.is_not(None))
        .group_by(Subscription.state)
    )
    return session.scalar(waiting) or 0, {row[0]: row[1] for row in session.execute(invited)}


def ahead(session: Session) -> int:
    """Count all who wait, of every publication."""
    return session.scalar(select(func.count()).select_from(Invitation).where(Invitation.invited_at.is_(None))) or 0
