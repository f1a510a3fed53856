"""Deliveries: the page of a batch, marks before the wire, outcomes after it. Every UPDATE is guarded by state and fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Row, and_, any_, cast, false, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Text

from newsletter.model import Attempt, Batch, Delivery, Issue, Subscriber, Subscription, Suppression
from newsletter.model.states import Consent, DeliveryState, SubscriptionState, sources_of
from newsletter.store import suppressions


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


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one delivery, ready to be written."""

    delivery_id: int
    state: DeliveryState
    code: int | None = None
    status: str | None = None
    reply: str | None = None
    next_attempt_at: datetime | None = None

    @property
    def tried(self) -> bool:
        """Whether this counts as a try: what goes back to the queue without a word was never offered."""
        return self.state != DeliveryState.QUEUED or self.reply is not None


def page(session: Session, batch: Batch, publication_id: int, now: datetime) -> list[Recipient]:
    """Return the due deliveries of a batch, with standing and suppression as they are at this moment.

    The subscriber range is repeated on each table, so that every join walks two primary-key ranges side by side.
    """
    low, high = batch.first_subscriber_id, batch.last_subscriber_id
    listed = suppressions.in_force(publication_id, now).where(Suppression.address_hash == Subscriber.address_hash)
    theirs = and_(
        Subscription.publication_id == publication_id,
        Subscription.subscriber_id == Delivery.subscriber_id,
        Subscription.subscriber_id.between(low, high),
    )
    due = (Delivery.state == DeliveryState.QUEUED) | (
        (Delivery.state == DeliveryState.DEFERRED) & (Delivery.next_attempt_at <= now)
    )
    statement = (
        select(
            Delivery.id,
            Subscriber.address,
            Subscriber.name,
            Subscriber.domain,
            Delivery.attempts,
            # told by the database: hundreds of enums a page cost more than the page
            (func.coalesce(Subscription.state == SubscriptionState.ACTIVE, false()) & ~listed.exists()).label(
                "allowed"
            ),
            func.coalesce(Subscription.tracking == Consent.GRANTED, false()).label("tracked"),
        )
        .join(Subscriber, (Subscriber.id == Delivery.subscriber_id) & Subscriber.id.between(low, high))
        .outerjoin(Subscription, theirs)
        .where(
            Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id),
            Delivery.issue_id == batch.issue_id,
            due,
        )
        .order_by(Delivery.id)
    )
    return [Recipient._make(row) for row in session.execute(statement)]


def mark_submitting(session: Session, delivery_ids: Sequence[int], fence: int, now: datetime) -> None:
    """Mark deliveries as on their way to the wire; committed before the first octet is written."""
    values = {"state": DeliveryState.SUBMITTING, "fence": fence, "changed_at": now, "next_attempt_at": None}
    _update_ids(session, delivery_ids, DeliveryState.SUBMITTING, **values)


def skip(session: Session, delivery_ids: Sequence[int], why: str, now: datetime) -> None:
    """Mark deliveries whose reader may no longer be mailed."""
    _update_ids(session, delivery_ids, DeliveryState.SKIPPED, state=DeliveryState.SKIPPED, reply=why, changed_at=now)


def settle(
    session: Session,
    settled: Sequence[Settled],
    fence: int,
    now: datetime,
    moments: Mapping[int, datetime] = MappingProxyType({}),
) -> int:
    """Write outcomes in one statement; rows another claim has taken since are left alone. Return how many were written.

    `moments` says by delivery id when an answer was read; `now` stands for those it does not name.
    """
    if not settled:
        return 0
    if session.get_bind().dialect.name == "postgresql":
        return _settle_postgresql(session, settled, fence, [moments.get(s.delivery_id, now) for s in settled])
    return _settle_sqlite(session, settled, fence, [moments.get(s.delivery_id, now) for s in settled])


def add_attempts(
    session: Session, settled: Sequence[Settled], outcome_of: dict[int, str], transport: str, now: datetime
) -> None:
    """Keep each try that did not go through, with the reply verbatim."""
    rows = [
        {
            "delivery_id": s.delivery_id,
            "at": now,
            "outcome": outcome_of[s.delivery_id],
            "code": s.code,
            "status": s.status,
            "reply": s.reply or "",
            "transport": transport,
        }
        for s in settled
        if s.delivery_id in outcome_of
    ]
    if rows:
        session.execute(insert(Attempt), rows)


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
    result = session.execute(
        update(Delivery)
        .where(
            Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id),
            Delivery.issue_id == batch.issue_id,
            Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.DEFERRED]),
        )
        .values(state=DeliveryState.SKIPPED, reply=why, changed_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(result.all())


def requeue_uncertain(session: Session, issue_id: int, before: datetime, now: datetime) -> list[int]:
    """Put uncertain deliveries that changed before `before` back in the queue; return their ids."""
    return list(
        session.scalars(
            update(Delivery)
            .where(
                Delivery.issue_id == issue_id, Delivery.state == DeliveryState.UNCERTAIN, Delivery.changed_at <= before
            )
            .values(state=DeliveryState.QUEUED, changed_at=now)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
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
    if state is not None:
        statement = statement.where(Delivery.state == state)
    return session.execute(statement).all()


def by_id(session: Session, delivery_id: int) -> Delivery | None:
    """Return a delivery."""
    return session.get(Delivery, delivery_id)


def _update_ids(session: Session, delivery_ids: Sequence[int], wanted: DeliveryState, **values: object) -> None:
    if not delivery_ids:
        return
    statement = update(Delivery).where(Delivery.state.in_(list(sources_of(wanted)))).values(**values)
    if session.get_bind().dialect.name == "postgresql":
        # one array instead of hundreds of parameters, which the driver would parse each time
        ids = cast(literal(_array(delivery_ids), Text), ARRAY(BigInteger))
        session.connection().execute(statement.where(Delivery.id == any_(ids)))
        return
    for start in range(0, len(delivery_ids), 5000):  # SQLite caps the variables of one statement
        session.connection().execute(statement.where(Delivery.id.in_(delivery_ids[start : start + 5000])))


_POSTGRESQL = text(
    """
    UPDATE deliveries AS d
       SET state = v.state, code = v.code, status = v.status, reply = v.reply, next_attempt_at = v.next_at,
           changed_at = v.at, attempts = d.attempts + (v.state <> 'queued' OR v.reply IS NOT NULL)::int
      FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:codes AS smallint[]), CAST(:statuses AS text[]),
                  CAST(:replies AS text[]), CAST(:nexts AS timestamptz[]), CAST(:ats AS timestamptz[]))
           AS v (id, state, code, status, reply, next_at, at)
     WHERE d.id = v.id AND d.id BETWEEN :low AND :high AND d.fence = :fence AND d.state IN ('submitting', 'uncertain')
    """
)


def _settle_postgresql(session: Session, settled: Sequence[Settled], fence: int, ats: list[datetime]) -> int:
    ids = [s.delivery_id for s in settled]
    result = session.connection().execute(
        _POSTGRESQL,
        {
            "ids": _array(ids),
            "states": _array([s.state.value for s in settled]),
            "codes": _array([s.code for s in settled]),
            "statuses": _quoted_array([s.status for s in settled]),
            "replies": _quoted_array([s.reply for s in settled]),
            "nexts": _array([s.next_attempt_at.isoformat() if s.next_attempt_at else None for s in settled]),
            "ats": _array([at.isoformat() for at in ats]),
            "low": min(ids),
            "high": max(ids),
            "fence": fence,
        },
    )
    return result.rowcount


def _array(values: Sequence[int | str | None]) -> str:
    """Write a PostgreSQL array (documentation section 8.15.2) of words that need no quotes: the driver takes far longer."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _quoted_array(values: Sequence[str | None]) -> str:
    """Write a PostgreSQL array of any text; its text holds no NUL, and a hostile server may send one."""
    escaped = (v if v is None else v.replace("\\", "\\\\").replace('"', '\\"').replace("\x00", "") for v in values)
    return _array([v if v is None else f'"{v}"' for v in escaped])


_SQLITE = """
    UPDATE deliveries
       SET state = ?, code = ?, status = ?, reply = ?, next_attempt_at = ?, changed_at = ?, attempts = attempts + ?
     WHERE id = ? AND fence = ? AND state IN ('submitting', 'uncertain')
"""


def _settle_sqlite(session: Session, settled: Sequence[Settled], fence: int, ats: list[datetime]) -> int:
    # straight to the driver: converting each value of each row would cost more than the statement
    rows: list[tuple[object, ...]] = [
        (
            s.state.value,
            s.code,
            s.status,
            s.reply,
            _sqlite_moment(s.next_attempt_at),
            _sqlite_moment(at),
            s.tried,
            s.delivery_id,
            fence,
        )
        for s, at in zip(settled, ats, strict=True)
    ]
    return session.connection().exec_driver_sql(_SQLITE, rows).rowcount


def _sqlite_moment(at: datetime | None) -> str | None:
    """Write a moment as `newsletter.model.base.Moment` keeps it on SQLite: UTC, without its zone."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") if at else None
