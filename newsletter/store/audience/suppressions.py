"""Suppressions: addresses that must not be mailed, everywhere or by one publication, for good or until a moment.

A suppression is in force while `expires_at` is empty or lies ahead. Lifting one ends it and keeps the row: it is history.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, func, insert, or_, select, union_all, update
from sqlalchemy.orm import Session

from newsletter.model import Subscriber, Subscription, Suppression


def in_force(publication_id: int | BindParameter[Any] | None, now: datetime | BindParameter[Any]) -> Select[bytes]:
    """Return the SELECT of every address hash that `publication_id` must not mail at `now`.

    It correlates: add `.where(Suppression.address_hash == Subscriber.address_hash).exists()` for an anti-join.
    """
    return select(Suppression.address_hash).where(*_applies(publication_id, now))


def is_suppressed(session: Session, address_hash: bytes, publication_id: int | None, now: datetime) -> bool:
    """Tell whether `publication_id` must not mail this address at `now`."""
    statement = in_force(publication_id, now).where(Suppression.address_hash == address_hash).limit(1)
    return session.scalar(statement) is not None


def in_force_anywhere(session: Session, address_hash: bytes, now: datetime) -> bool:
    """Tell whether any publication must not mail this address at `now`."""
    statement = select(Suppression.id).where(Suppression.address_hash == address_hash, _unexpired(now)).limit(1)
    return session.scalar(statement) is not None


def applying_to(
    session: Session, address_hash: bytes, publication_id: int | None, now: datetime
) -> Sequence[Suppression]:
    """Return the suppressions of an address in force for `publication_id` at `now`, oldest first."""
    return session.scalars(
        select(Suppression)
        .where(Suppression.address_hash == address_hash, *_applies(publication_id, now))
        .order_by(Suppression.id)
    ).all()


def of(session: Session, address_hash: bytes) -> Sequence[Suppression]:
    """Return every suppression an address ever had, oldest first."""
    return session.scalars(
        select(Suppression).where(Suppression.address_hash == address_hash).order_by(Suppression.id)
    ).all()


def of_subscriptions(
    session: Session, subscription_ids: Select[int], publication_id: int, now: datetime
) -> dict[bytes, list[Suppression]]:
    """Return the suppressions in force for `publication_id` of the people of several subscriptions, oldest first, by address hash."""
    theirs = (
        select(Subscriber.address_hash)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(Subscription.id.in_(subscription_ids))
    )
    found: dict[bytes, list[Suppression]] = {}
    rows = select(Suppression).where(Suppression.address_hash.in_(theirs), *_applies(publication_id, now))
    for row in session.scalars(rows.order_by(Suppression.id)):
        found.setdefault(row.address_hash, []).append(row)
    return found


def held_among(session: Session, publication_id: int, address_hashes: Collection[bytes], now: datetime) -> set[bytes]:
    """Return those of these people (1,000 at most) whom `publication_id` must not mail at `now`."""
    return set(session.scalars(in_force(publication_id, now).where(Suppression.address_hash.in_(address_hashes))))


def add(
    session: Session,
    *,
    address: str,
    address_hash: bytes,
    publication_id: int | None,
    reason: str,
    now: datetime,
    expires_at: datetime | None = None,
    unproven: bool = False,
) -> bool:
    """Suppress an address; return False when it is so already, for the same reason, no shorter and as well proven.

    `unproven`: anyone may have written the report it follows from, and so the reader's own confirmation lifts it.
    """
    terms = {"address_hash": address_hash, "publication_id": publication_id, "reason": reason}
    same = _in_force_for(session, address_hash, publication_id, reason, now)
    if same is None:
        row = Suppression(**terms, address=address, created_at=now, expires_at=expires_at, unproven=unproven)
        session.add(row)
        session.flush()
        return True
    longer = same.expires_at is not None and (expires_at is None or expires_at > same.expires_at)
    surer = same.unproven and not unproven
    if longer:
        same.expires_at = expires_at
    if surer:
        same.unproven = False
    session.flush()
    return longer or surer


def _in_force_for(
    session: Session, address_hash: bytes, publication_id: int | None, reason: str, now: datetime
) -> Suppression | None:
    return session.scalars(
        select(Suppression).where(
            Suppression.address_hash == address_hash,
            Suppression.publication_id.is_not_distinct_from(publication_id),
            Suppression.reason == reason,
            _unexpired(now),
        )
    ).first()


def add_many(
    session: Session,
    people: Collection[tuple[str, bytes]],
    *,
    publication_id: int | None,
    reason: str,
    now: datetime,
    expires_at: datetime | None = None,
    unproven: bool = False,
) -> int:
    """Suppress those of `people` (address, hash; 1,000 at most) who are not so in this scope, or not for as long; return how many."""
    wanted = {address_hash: address for address, address_hash in people}
    long_enough: ColumnElement[bool] = Suppression.expires_at.is_(None)
    if expires_at is not None:
        long_enough = or_(long_enough, Suppression.expires_at >= expires_at)
    known = select(Suppression.address_hash).where(
        Suppression.address_hash.in_(wanted),
        Suppression.publication_id.is_not_distinct_from(publication_id),
        long_enough,
    )
    if not unproven:
        known = known.where(Suppression.unproven.is_(False))
    for address_hash in session.scalars(known):
        wanted.pop(address_hash, None)
    terms = {"publication_id": publication_id, "reason": reason, "created_at": now, "expires_at": expires_at}
    terms |= {"unproven": unproven}
    rows = [{"address_hash": address_hash, "address": address, **terms} for address_hash, address in wanted.items()]
    if rows:
        session.connection().execute(insert(Suppression.__table__), rows)  # type: ignore[arg-type]
    return len(rows)


def lift(session: Session, suppression_ids: Collection[int], now: datetime) -> None:
    """End these suppressions at `now`."""
    session.execute(update(Suppression).where(Suppression.id.in_(suppression_ids)).values(expires_at=now))


def in_scope(session: Session, address_hash: bytes, publication_id: int | None, now: datetime) -> list[int]:
    """Return ids of the suppressions of an address in force in exactly this scope (None: everywhere)."""
    return list(
        session.scalars(
            select(Suppression.id).where(
                Suppression.address_hash == address_hash,
                Suppression.publication_id.is_not_distinct_from(publication_id),
                _unexpired(now),
            )
        )
    )


def blank(session: Session, address_hash: bytes) -> None:
    """Forget the address of every suppression with this hash; the hash stays, so that it is not mailed again."""
    session.execute(update(Suppression).where(Suppression.address_hash == address_hash).values(address=""))


def page(
    session: Session, *, now: datetime, publication_id: int | None, after: int, limit: int
) -> Sequence[Suppression]:
    """Return suppressions in force with an id above `after`, by id: those one publication obeys, or all for None."""
    statement = select(Suppression).order_by(Suppression.id).limit(limit)
    if publication_id is None:
        return session.scalars(statement.where(Suppression.id > after, _unexpired(now))).all()
    # Each scope by itself, in the order of its index: both at once would be read with those of all other publications.
    scopes = (Suppression.publication_id.is_(None), Suppression.publication_id == publication_id)
    first = [
        select(Suppression.id)
        .where(scope, Suppression.id > after, _unexpired(now))
        .order_by(Suppression.publication_id, Suppression.id)
        .limit(limit)
        .subquery()
        for scope in scopes
    ]
    found = union_all(*(select(each.c.id) for each in first))
    return session.scalars(statement.where(Suppression.id.in_(found))).all()


def count(session: Session, now: datetime) -> int:
    """Count the suppressions in force."""
    return session.scalar(select(func.count()).select_from(Suppression).where(_unexpired(now))) or 0


def _applies(
    publication_id: int | BindParameter[Any] | None, now: datetime | BindParameter[Any]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _scope(publication_id), _unexpired(now)


def _scope(publication_id: int | BindParameter[Any] | None) -> ColumnElement[bool]:
    everywhere = Suppression.publication_id.is_(None)
    return everywhere if publication_id is None else or_(everywhere, Suppression.publication_id == publication_id)


def _unexpired(now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    return or_(Suppression.expires_at.is_(None), Suppression.expires_at > now)
