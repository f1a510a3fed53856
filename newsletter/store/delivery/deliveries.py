"""Deliveries: the page of a batch and the marks before the wire. Every UPDATE is guarded by the state it comes from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    Update,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, String, Text

from newsletter.model import Attempt, Batch, CountedDomain, Delivery, Issue, Subscriber, Subscription, Suppression
from newsletter.model.base import Moment
from newsletter.model.states import Consent, DeliveryState, SubscriptionState, sources_of
from newsletter.store.arrays import array
from newsletter.store.audience import suppressions
from newsletter.store.delivery import kept_counts, kept_numbers
from newsletter.store.delivery.batches import Claimed
from newsletter.store.delivery.kept_counts import CountKey
from newsletter.store.delivery.outcomes import HELD


class Recipient(NamedTuple):
    """One delivery that is due, with what composing needs and whether it is still allowed (law 1)."""

    delivery_id: int
    address: str
    name: str
    domain: str
    attempts: int
    allowed: bool
    tracked: bool = False
    """Whether the reader agreed to be tracked."""
    counted_as: str = ""
    """The domain under which it is counted: see `kept_counts`."""
    deferred_for: str | None = None
    """For what it was deferred, as it is counted; None when it was not."""


def _page_statement() -> Select[int, str, str, str, int, bool, bool, str, str | None]:
    # The subscriber range is repeated on each table, so that every join walks two primary-key ranges side by side.
    first: BindParameter[int] = bindparam("first")
    last: BindParameter[int] = bindparam("last")
    publication: BindParameter[int] = bindparam("publication")
    now = bindparam("now", type_=Moment())
    listed = suppressions.in_force(publication, now).where(Suppression.address_hash == Subscriber.address_hash)
    theirs = and_(
        Subscription.publication_id == publication,
        Subscription.subscriber_id == Delivery.subscriber_id,
        Subscription.subscriber_id.between(first, last),
    )
    deferred = (Delivery.state == DeliveryState.DEFERRED) & (Delivery.next_attempt_at <= now)
    # Told by the database: hundreds of enums a page cost more than the page.
    active = func.coalesce(Subscription.state == SubscriptionState.ACTIVE, false())
    tracked = func.coalesce(Subscription.tracking == Consent.GRANTED, false())
    who = (Subscriber.address, Subscriber.name, Subscriber.domain)
    counted = func.coalesce(CountedDomain.domain, "")
    words = func.coalesce(cast(Delivery.code, String(6)), "") + " " + func.coalesce(Delivery.status, "")
    deferred_for = case((Delivery.state == DeliveryState.DEFERRED, func.trim(words)))
    apart = (CountedDomain.issue_id == bindparam("issue")) & (CountedDomain.domain == Subscriber.domain)
    return (
        select(Delivery.id, *who, Delivery.attempts, active & ~listed.exists(), tracked, counted, deferred_for)
        .join(Subscriber, (Subscriber.id == Delivery.subscriber_id) & Subscriber.id.between(first, last))
        .outerjoin(Subscription, theirs)
        .outerjoin(CountedDomain, apart)
        .where(
            Delivery.id.between(bindparam("low"), bindparam("high")),
            Delivery.issue_id == bindparam("issue"),
            (Delivery.state == DeliveryState.QUEUED) | deferred,
        )
        .order_by(Delivery.id)
    )


# The statements of every batch are built once, and run on the connection: building them costs twenty times what they do.
_PAGE = _page_statement()
# SQLite gives up the interpreter's lock for each row, and waits for it again: a page is one row there, in JSON.
_PAGE_AS_JSON = select(func.json_group_array(func.json_array(*_PAGE.subquery().c)))


def page(session: Session, batch: Claimed, now: datetime) -> list[Recipient]:
    """Return the due deliveries of a batch, with standing and suppression as they are at this moment (law 1)."""
    ranges = {
        "low": batch.first_delivery_id,
        "high": batch.last_delivery_id,
        "first": batch.first_subscriber_id,
        "last": batch.last_subscriber_id,
    }
    whose = {"publication": batch.publication_id, "issue": batch.issue_id, "now": now}
    if session.get_bind().dialect.name == "postgresql":
        return [Recipient._make(row) for row in session.connection().execute(_PAGE, ranges | whose)]
    rows = json.loads(session.connection().execute(_PAGE_AS_JSON, ranges | whose).scalar_one())
    return [
        Recipient._make((*who, bool(allowed), bool(tracked), counted, deferred_for))
        for *who, allowed, tracked, counted, deferred_for in rows
    ]


def mark_submitting(session: Session, delivery_ids: Sequence[int], fence: int, now: datetime) -> None:
    """Mark deliveries as on their way to the wire; committed before the first octet is written."""
    with kept_counts.moving(session, delivery_ids):
        _move(session, DeliveryState.SUBMITTING, delivery_ids, now=now, claim=fence)


def begin(
    session: Session,
    batch: Claimed,
    allowed: Sequence[Recipient],
    left_out: Sequence[Recipient],
    *,
    why: str,
    now: datetime,
) -> None:
    """Mark those of a locked batch's page who go now, skip those who may no longer be mailed, and keep the counts.

    The page tells what they were, so that nothing is counted from rows.
    """
    _move(session, DeliveryState.SKIPPED, [r.delivery_id for r in left_out], now=now, why=why)
    _move(session, DeliveryState.SUBMITTING, [r.delivery_id for r in allowed], now=now, claim=batch.fence)
    amounts: Counter[CountKey] = Counter()
    for each in (*allowed, *left_out):
        if each.deferred_for is not None:
            amounts[_place(batch, each, DeliveryState.DEFERRED, each.deferred_for)] -= 1
    for each in left_out:
        amounts[_place(batch, each, DeliveryState.SKIPPED)] += 1
    kept_counts.add(session, amounts)


def _place(batch: Claimed, recipient: Recipient, state: DeliveryState, reason: str = "") -> CountKey:
    block = recipient.delivery_id // kept_counts.BLOCK
    return CountKey(batch.issue_id, block, recipient.counted_as, state.value, reason)


def submitting_of(session: Session, batch: Batch, fence: int, states: Sequence[DeliveryState]) -> list[tuple[int, int]]:
    """Return (id, attempts) of a batch's deliveries that claim `fence` left in one of `states`."""
    rows = session.execute(
        select(Delivery.id, Delivery.attempts).where(
            Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id),
            Delivery.fence == fence,
            Delivery.state.in_(states),
        )
    )
    return [(i, attempts) for i, attempts in rows]


def skip_open(session: Session, batch: Batch, why: str, now: datetime) -> int:
    """Skip what is queued or deferred in a batch of a cancelled issue; return how many."""
    open_ = session.scalars(
        select(Delivery.id)
        .where(
            Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id),
            Delivery.issue_id == batch.issue_id,
            Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.DEFERRED]),
        )
        .order_by(Delivery.id)
        .with_for_update()
    ).all()
    with kept_counts.moving(session, open_):
        _move(session, DeliveryState.SKIPPED, open_, now=now, why=why)
    return len(open_)


def requeue(
    session: Session, issue_id: int, states: Sequence[DeliveryState], before: datetime, now: datetime
) -> list[int]:
    """Put deliveries in one of `states` that changed before `before` back in the queue, as if never tried; return their ids."""
    of_these = (
        Delivery.issue_id == issue_id,
        Delivery.state.in_(set(states) & sources_of(DeliveryState.QUEUED)),
        Delivery.changed_at <= before,
    )
    ids = list(session.scalars(select(Delivery.id).where(*of_these).order_by(Delivery.id).with_for_update()))
    with kept_counts.moving(session, ids):
        put_back(session, ids, {"attempts": 0, "changed_at": now})
    return ids


def put_back(session: Session, delivery_ids: Sequence[int], values: Mapping[str, object]) -> None:
    """Put locked deliveries back in the queue, within `kept_counts.moving`."""
    for start in range(0, len(delivery_ids), 500):
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(delivery_ids[start : start + 500]))
            .values(state=DeliveryState.QUEUED, **values)
            .execution_options(synchronize_session=False)
        )


def rejected(session: Session, issue_id: int) -> Sequence[Row[int, int | None, str | None, str | None]]:
    """Return (id, code, status, reply) of the rejected deliveries of an issue."""
    columns = (Delivery.id, Delivery.code, Delivery.status, Delivery.reply)
    return session.execute(
        select(*columns).where(Delivery.issue_id == issue_id, Delivery.state == DeliveryState.REJECTED)
    ).all()


def hold(session: Session, delivery_ids: Sequence[int], now: datetime) -> None:
    """Put rejected deliveries back in the queue, and note that they were refused because of us; the words stay."""
    still = select(Delivery.id).where(Delivery.state == DeliveryState.REJECTED)
    for start in range(0, len(delivery_ids), 500):
        some = delivery_ids[start : start + 500]
        with kept_counts.moving(session, some):
            put_back(
                session, session.scalars(still.where(Delivery.id.in_(some))).all(), {"attempts": 0, "changed_at": now}
            )
        session.execute(
            update(Attempt)
            .where(Attempt.delivery_id.in_(some), Attempt.outcome == "refused")
            .values(outcome=HELD)
            .execution_options(synchronize_session=False)
        )


def listing(
    session: Session, issue: Issue, *, state: DeliveryState | None, after: int, limit: int
) -> Sequence[Row[Delivery, str]]:
    """Return deliveries of an issue with their addresses, by id, after id `after`."""
    statement = (
        select(Delivery, Subscriber.address)
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.issue_id == issue.id, Delivery.id > after)
        .order_by(Delivery.id)
        .limit(limit)
    )
    if state is None:
        return session.execute(statement).all()
    statement = statement.where(Delivery.state == state)
    if state in kept_counts.UNKEPT:
        return session.execute(statement).all()
    # Only where the counts say that there are some: of a state that few are in, all others would be read to find them.
    found: list[Row[Delivery, str]] = []
    for block in kept_numbers.blocks_with(session, issue.id, state, after):
        here = Delivery.id.between(block.first_id, block.last_id)
        found += session.execute(statement.where(here).limit(limit - len(found)))
        if len(found) == limit:
            break
    return found


def by_id(session: Session, delivery_id: int) -> Delivery | None:
    """Return a delivery."""
    return session.get(Delivery, delivery_id)


_CHANGES: dict[DeliveryState, dict[str, Any]] = {
    DeliveryState.SUBMITTING: {"fence": bindparam("claim"), "next_attempt_at": None},
    DeliveryState.SKIPPED: {"reply": bindparam("why")},
}


def _moving(wanted: DeliveryState, among: ColumnElement[bool]) -> Update:
    changes = {"state": wanted, "changed_at": bindparam("now", type_=Moment()), **_CHANGES[wanted]}
    return update(Delivery).where(Delivery.state.in_(list(sources_of(wanted))), among).values(changes)


# One array instead of hundreds of parameters, which the driver would parse each time.
_MOVES_POSTGRESQL = {
    state: _moving(state, Delivery.id == any_(cast(bindparam("ids", type_=Text()), ARRAY(BigInteger))))
    for state in _CHANGES
}
_MOVES_SQLITE = {
    state: _moving(state, Delivery.id.in_(select(func.json_each(bindparam("ids")).table_valued("value").c.value)))
    for state in _CHANGES
}


def _move(session: Session, wanted: DeliveryState, delivery_ids: Sequence[int], **values: object) -> None:
    if not delivery_ids:
        return
    if session.get_bind().dialect.name == "postgresql":
        statement, ids = _MOVES_POSTGRESQL[wanted], array(delivery_ids)
    else:
        statement, ids = _MOVES_SQLITE[wanted], json.dumps(delivery_ids)
    session.connection().execute(statement, values | {"ids": ids})
