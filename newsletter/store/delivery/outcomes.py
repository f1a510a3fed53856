"""What became of deliveries, written in bulk: one statement a batch, guarded by state and fence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from newsletter.model import Attempt
from newsletter.model.states import DeliveryState
from newsletter.store.arrays import array, quoted_array
from newsletter.store.delivery import kept_counts
from newsletter.store.delivery.batches import Claimed
from newsletter.store.delivery.kept_counts import CountKey

HELD = "held"
"""The outcome of attempts that were refused because of us."""


class Settled(NamedTuple):
    """What became of one delivery, ready to be written."""

    delivery_id: int
    state: DeliveryState
    code: int | None = None
    status: str | None = None
    reply: str | None = None
    next_attempt_at: datetime | None = None

    @property
    def tried(self) -> bool:
        """Whether this counts as a try: what goes back to the queue without a word was never offered, with a code it is held."""
        return self.state != DeliveryState.QUEUED or (self.reply is not None and self.code is None)


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
    with kept_counts.moving(session, [each.delivery_id for each in settled]):
        return _write(session, settled, fence, now, moments)


def settle_submitting(
    session: Session,
    batch: Claimed,
    settled: Sequence[Settled],
    counted_as: Sequence[str],
    *,
    now: datetime,
    moments: Mapping[int, datetime] = MappingProxyType({}),
) -> int:
    """Do the same for deliveries that a locked batch has on the wire; `counted_as` are their domains, in the same order.

    What they were is known, so that nothing is counted from rows.
    """
    written = _write(session, settled, batch.fence, now, moments)
    if written == len(settled):
        kept_counts.add(session, _amounts(batch.issue_id, settled, counted_as))
    else:  # it cannot be under the lock of the batch; and if it is, the counts are right all the same
        kept_counts.recount(session, batch.issue_id)
    return written


def _amounts(issue_id: int, settled: Sequence[Settled], counted_as: Sequence[str]) -> Counter[CountKey]:
    # Nearly all were taken: those are counted by domain first, at a fraction of the cost.
    size, taken = kept_counts.BLOCK, DeliveryState.SUBMITTED
    pairs = zip(settled, counted_as, strict=True)
    accepted = Counter([(each.delivery_id // size, domain) for each, domain in pairs if each.state is taken])
    amounts: Counter[CountKey] = Counter()
    for (block, domain), number in accepted.items():
        amounts[CountKey(issue_id, block, domain, taken.value, "")] = number
    for each, domain in zip(settled, counted_as, strict=True):
        if each.state is not taken and each.state is not DeliveryState.QUEUED:
            reason = kept_counts.reason_of(each.state, each.code, each.status)
            amounts[CountKey(issue_id, each.delivery_id // size, domain, each.state.value, reason)] += 1
    return amounts


def _write(
    session: Session, settled: Sequence[Settled], fence: int, now: datetime, moments: Mapping[int, datetime]
) -> int:
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
            "reply": (s.reply or "").replace("\0", ""),  # PostgreSQL keeps no NUL in a text
            "transport": transport,
        }
        for s in settled
        if s.delivery_id in outcome_of
    ]
    if rows:
        session.execute(insert(Attempt), rows)


def held_of(session: Session, first: int, last: int) -> dict[int, datetime]:
    """Return when deliveries of a range of ids were held the last time because of us, by id."""
    rows = session.execute(
        select(Attempt.delivery_id, func.max(Attempt.at))
        .where(Attempt.delivery_id.between(first, last), Attempt.outcome == HELD)
        .group_by(Attempt.delivery_id)
    )
    return dict(iter(rows))


_POSTGRESQL = text(
    """
    UPDATE deliveries AS d
       SET state = v.state, code = v.code, status = v.status, reply = v.reply, next_attempt_at = v.next_at,
           changed_at = to_timestamp(v.at), attempts = d.attempts + (v.state <> 'queued' OR v.reply IS NOT NULL AND v.code IS NULL)::int
      FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:codes AS smallint[]), CAST(:statuses AS text[]),
                  CAST(:replies AS text[]), CAST(:nexts AS timestamptz[]), CAST(:ats AS float8[]))
           AS v (id, state, code, status, reply, next_at, at)
     WHERE d.id = v.id AND d.id BETWEEN :low AND :high
       AND CASE WHEN d.fence = :fence THEN d.state IN ('submitting', 'uncertain') ELSE FALSE END
    """
)
# CASE keeps the planner from guessing how many rows match: statistics from before the marks say none, and for none it
# compares each row with each outcome, which takes 25 ms for 500 instead of 3.


def _settle_postgresql(session: Session, settled: Sequence[Settled], fence: int, ats: list[datetime]) -> int:
    ids, states, codes, statuses, replies, nexts = zip(*settled, strict=True)
    result = session.connection().execute(
        _POSTGRESQL,
        {
            "ids": array(ids),
            "states": array(states),
            "codes": array(codes),
            "statuses": quoted_array(statuses),
            "replies": quoted_array(replies),
            "nexts": array([at.isoformat() if at else None for at in nexts]),
            "ats": array([at.timestamp() for at in ats]),
            "low": min(ids),
            "high": max(ids),
            "fence": fence,
        },
    )
    return result.rowcount


_SQLITE = """
    UPDATE deliveries
       SET state = v.value ->> 1, code = v.value ->> 2, status = v.value ->> 3, reply = v.value ->> 4,
           next_attempt_at = v.value ->> 5, changed_at = v.value ->> 6, attempts = attempts + (v.value ->> 7)
      FROM json_each(?) AS v
     WHERE deliveries.id = v.value ->> 0 AND fence = ? AND state IN ('submitting', 'uncertain')
"""


def _settle_sqlite(session: Session, settled: Sequence[Settled], fence: int, ats: list[datetime]) -> int:
    # One statement for all: SQLite gives up the interpreter's lock for each one, and waits for it again.
    rows = [
        (
            s.delivery_id,
            s.state,
            s.code,
            s.status,
            s.reply,
            _sqlite_moment(s.next_attempt_at),
            _sqlite_moment(at),
            s.tried,
        )
        for s, at in zip(settled, ats, strict=True)
    ]
    return session.connection().exec_driver_sql(_SQLITE, (json.dumps(rows, ensure_ascii=False), fence)).rowcount


def _sqlite_moment(at: datetime | None) -> str | None:
    """Write a moment as `newsletter.model.base.Moment` keeps it on SQLite: UTC, without its zone."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") if at else None
