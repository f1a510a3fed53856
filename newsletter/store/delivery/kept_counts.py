"""Counts of deliveries, kept beside the rows in the transactions that change them, so that no page counts a million.

A row of `delivery_counts` says how many of a block of 8,192 delivery ids are in one state, at one domain, for one reason. What is
queued or submitting has none: it is what is left of the plan, so that planning and marking write nothing here. Whoever moves
deliveries does so within `moving`; the loop that sends adds what it knows already (`add`). A transaction writes its counts last, in
one statement and in the order of their key, so that no two wait for each other.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from newsletter.model import Delivery
from newsletter.model.states import DeliveryState
from newsletter.store import at_the_end
from newsletter.store.arrays import array, quoted_array

BLOCK = 8192
"""Delivery ids of a block: a batch lies in one or two."""
DOMAINS = 20
"""Domains of an issue that are counted apart: the largest when it was planned."""
REASONED = frozenset({DeliveryState.DEFERRED, DeliveryState.REJECTED, DeliveryState.BOUNCED})
"""States that are counted by reply code and status."""
UNKEPT = frozenset({DeliveryState.QUEUED, DeliveryState.SUBMITTING})
"""States that have no counts."""
_CHUNK = 5000
_WAITING = "delivery counts"


class CountKey(NamedTuple):
    """What a count is of; `domain` is empty for all that are not counted apart."""

    issue_id: int
    block: int
    domain: str
    state: str
    reason: str


def reason_of(state: DeliveryState, code: int | None, status: str | None) -> str:
    """Return the words under which a state is counted: reply code and status, `550 5.1.1`."""
    return f"{'' if code is None else code} {status or ''}".strip(" ") if state in REASONED else ""


def add(session: Session, amounts: Mapping[CountKey, int]) -> None:
    """Add to the counts when this transaction ends: in one statement, whatever it moves until then."""
    waiting: Counter[CountKey] = session.info.setdefault(_WAITING, Counter())
    for place, amount in amounts.items():
        waiting[place] += amount
    at_the_end.later(session, _WAITING, _write)


def _write(session: Session) -> None:
    waiting: Counter[CountKey] = session.info.pop(_WAITING, Counter())
    rows = sorted((place, amount) for place, amount in waiting.items() if amount)
    if not rows:
        return
    if not _is_postgresql(session):
        values = json.dumps([(*place, amount) for place, amount in rows], ensure_ascii=False)
        session.connection().exec_driver_sql(_ADD_SQLITE, (values,))
        return
    issues, blocks, domains, states, reasons = zip(*(place for place, _ in rows), strict=True)
    given = {
        "issues": array(issues),
        "blocks": array(blocks),
        "domains": quoted_array(domains),
        "states": array(states),
        "reasons": quoted_array(reasons),
        "amounts": array([amount for _, amount in rows]),
    }
    session.connection().execute(_ADD_POSTGRESQL, given)


@contextmanager
def moving(session: Session, delivery_ids: Sequence[int]) -> Iterator[None]:
    """Keep the counts of deliveries that the body moves, whatever it makes of them; they are locked first."""
    ids = _locked(session, delivery_ids)
    before = _counted(session, ids)
    yield
    after = _counted(session, ids)
    after.subtract(before)
    add(session, after)


def count_domains(session: Session, issue_id: int, first_id: int) -> None:
    """Note the largest domains of an issue that is planned; deliveries that join it later, from `first_id` on, are added to them."""
    known = session.execute(_KNOWN, {"issue": issue_id}).scalar()
    session.execute(_MORE if known else _DOMAINS, {"issue": issue_id, "first": first_id, "most": DOMAINS})


@contextmanager
def erasing(session: Session, delivery_ids: Sequence[int], domain: str) -> Iterator[None]:
    """Keep the counts while the body erases the reader of these deliveries, who was at `domain`: they become one of all others."""
    with moving(session, delivery_ids):
        yield
    given = {"ids": json.dumps(list(delivery_ids)), "domain": domain}
    session.execute(_FORGET_POSTGRESQL if _is_postgresql(session) else _FORGET_SQLITE, given)


def recount(session: Session, issue_id: int) -> None:
    """Count an issue anew from its rows, while nobody writes counts."""
    at_the_end.write_now(session)
    if _is_postgresql(session):
        # Whoever moved deliveries has committed, or waits here: what they changed is not seen yet, and is added after.
        session.execute(text("LOCK TABLE delivery_counts IN SHARE ROW EXCLUSIVE MODE"))
    for statement in (_EMPTY_DOMAINS, _EMPTY, _DOMAINS, _COUNT_ANEW):
        session.execute(statement, {"issue": issue_id, "first": 0, "most": DOMAINS})


def _locked(session: Session, delivery_ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    wanted = sorted(delivery_ids)
    for start in range(0, len(wanted), _CHUNK):
        among = Delivery.id.in_(wanted[start : start + _CHUNK])
        found += session.scalars(select(Delivery.id).where(among).order_by(Delivery.id).with_for_update())
    return found


def _counted(session: Session, ids: Sequence[int]) -> Counter[CountKey]:
    """Count deliveries as they stand in their rows."""
    counts: Counter[CountKey] = Counter()
    statement = _COUNTED_POSTGRESQL if _is_postgresql(session) else _COUNTED_SQLITE
    for start in range(0, len(ids), _CHUNK):
        rows = session.connection().execute(statement, {"ids": json.dumps(list(ids[start : start + _CHUNK]))})
        for *place, number in rows:
            counts[CountKey._make(place)] += number
    return counts


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


_ADD_POSTGRESQL = text(
    """
    INSERT INTO delivery_counts AS kept (issue_id, block, domain, state, reason, count)
    SELECT * FROM unnest(CAST(:issues AS bigint[]), CAST(:blocks AS bigint[]), CAST(:domains AS text[]), CAST(:states AS text[]),
                         CAST(:reasons AS text[]), CAST(:amounts AS bigint[]))
        ON CONFLICT (issue_id, block, domain, state, reason) DO UPDATE SET count = kept.count + excluded.count
    """
)
_ADD_SQLITE = """
    INSERT INTO delivery_counts (issue_id, block, domain, state, reason, count)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?) WHERE true
        ON CONFLICT (issue_id, block, domain, state, reason) DO UPDATE SET count = delivery_counts.count + excluded.count
"""
REASON = """
    CASE WHEN d.state IN ('deferred', 'rejected', 'bounced')
         THEN trim(coalesce(CAST(d.code AS VARCHAR(6)), '') || ' ' || coalesce(d.status, '')) ELSE '' END
"""
_ROWS = f"""
    SELECT d.issue_id, d.id / {BLOCK} AS block, coalesce(c.domain, '') AS domain, d.state, {REASON} AS reason, count(*)
      FROM deliveries AS d
      LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
      LEFT JOIN counted_domains AS c ON c.issue_id = d.issue_id AND c.domain = s.domain
     WHERE d.state NOT IN ('queued', 'submitting') AND """  # noqa: S608 - words of ours
_GROUPED = " GROUP BY 1, 2, 3, 4, 5"
_JSON_POSTGRESQL = "(SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json)))"
_JSON_SQLITE = "(SELECT value FROM json_each(:ids))"
_COUNTED_POSTGRESQL = text(
    f"{_ROWS} d.id = ANY (ARRAY{_JSON_POSTGRESQL}) {_GROUPED}"  # an array, so that the keys are looked up
)
_COUNTED_SQLITE = text(f"{_ROWS} d.id IN {_JSON_SQLITE} {_GROUPED}")
_COUNT_ANEW = text(
    f"INSERT INTO delivery_counts (issue_id, block, domain, state, reason, count) {_ROWS} d.issue_id = :issue {_GROUPED}"
)
_EMPTY = text("DELETE FROM delivery_counts WHERE issue_id = :issue")
_EMPTY_DOMAINS = text("DELETE FROM counted_domains WHERE issue_id = :issue")
_KNOWN = text("SELECT 1 FROM counted_domains WHERE issue_id = :issue LIMIT 1")
_OF_DOMAINS = """
      FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id
     WHERE d.issue_id = :issue AND d.id >= :first AND s.domain <> ''
"""
_DOMAINS = text(
    f"""
    INSERT INTO counted_domains (issue_id, domain, planned)
    SELECT d.issue_id, s.domain, count(*) {_OF_DOMAINS}
     GROUP BY d.issue_id, s.domain ORDER BY count(*) DESC, s.domain LIMIT :most
    """
)
_MORE = text(
    f"""
    UPDATE counted_domains SET planned = planned + more.number
      FROM (SELECT s.domain, count(*) AS number {_OF_DOMAINS} GROUP BY s.domain) AS more
     WHERE counted_domains.issue_id = :issue AND counted_domains.domain = more.domain
    """  # noqa: S608 - words of ours
)
_FORGET = "UPDATE counted_domains SET planned = planned - 1 WHERE domain = :domain AND issue_id IN "
_FORGET_POSTGRESQL = text(f"{_FORGET} (SELECT issue_id FROM deliveries WHERE id IN {_JSON_POSTGRESQL})")  # noqa: S608
_FORGET_SQLITE = text(f"{_FORGET} (SELECT issue_id FROM deliveries WHERE id IN {_JSON_SQLITE})")  # noqa: S608
