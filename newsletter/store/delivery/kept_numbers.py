"""What the kept counts of an issue say: sums over some thousand rows, however many deliveries there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from newsletter.model import CountedDomain, DeliveryCount
from newsletter.model.states import DeliveryState
from newsletter.store import at_the_end
from newsletter.store.delivery import kept_counts


class KeptCount(NamedTuple):
    """How many deliveries of an issue are in a state, at a domain, for a reason; `domain` is empty for all others."""

    domain: str
    state: DeliveryState
    reason: str
    number: int


class CountedBlock(NamedTuple):
    """The deliveries of an issue whose ids are of one block."""

    issue_id: int
    block: int

    @property
    def first_id(self) -> int:
        """The lowest id that may lie in it."""
        return self.block * kept_counts.BLOCK

    @property
    def last_id(self) -> int:
        """The highest id that may lie in it."""
        return self.first_id + kept_counts.BLOCK - 1


ComparedPlace: TypeAlias = tuple[CountedBlock, str, str, str]
"""A block, and a domain, a state and a reason within it."""


def by_state(session: Session, issue_id: int) -> dict[DeliveryState, int]:
    """Return how many deliveries of an issue are in each state that is kept: all but queued and submitting."""
    at_the_end.write_now(session)
    number = func.sum(DeliveryCount.count)
    rows = session.execute(
        select(DeliveryCount.state, number).where(DeliveryCount.issue_id == issue_id).group_by(DeliveryCount.state)
    )
    return {state: int(count) for state, count in rows if count}


def by_reason(session: Session, issue_id: int) -> list[KeptCount]:
    """Return how many deliveries of an issue are in each kept state, by domain and reason."""
    at_the_end.write_now(session)
    columns = (DeliveryCount.domain, DeliveryCount.state, DeliveryCount.reason)
    rows = session.execute(
        select(*columns, func.sum(DeliveryCount.count)).where(DeliveryCount.issue_id == issue_id).group_by(*columns)
    )
    return [KeptCount(domain, state, reason, int(count)) for domain, state, reason, count in rows if count]


def states_of(rows: Iterable[KeptCount]) -> dict[DeliveryState, int]:
    """Return what `by_state` would, of what `by_reason` found."""
    found = Counter[DeliveryState]()
    for row in rows:
        found[row.state] += row.number
    return found


def planned_by_domain(session: Session, issue_id: int) -> dict[str, int]:
    """Return how many deliveries of an issue were planned at each domain that is counted apart."""
    rows = session.execute(
        select(CountedDomain.domain, CountedDomain.planned).where(CountedDomain.issue_id == issue_id)
    )
    return dict(iter(rows))


def states_of_issues(session: Session, issue_ids: Sequence[int]) -> dict[int, dict[DeliveryState, int]]:
    """Return the kept states of several issues, by id."""
    columns = (DeliveryCount.issue_id, DeliveryCount.state)
    rows = session.execute(
        select(*columns, func.sum(DeliveryCount.count)).where(DeliveryCount.issue_id.in_(issue_ids)).group_by(*columns)
    )
    found: dict[int, dict[DeliveryState, int]] = {}
    for issue_id, state, count in rows:
        found.setdefault(issue_id, {})[state] = int(count)
    return found


def blocks_of(session: Session, issue_id: int) -> list[CountedBlock]:
    """Return the blocks of an issue, in order."""
    rows = session.execute(_BLOCKS, {"issue": issue_id}).all()
    return [CountedBlock(issue_id, block) for low, high in rows for block in range(low, high + 1)]


def blocks_with(session: Session, issue_id: int, state: DeliveryState, after: int) -> list[CountedBlock]:
    """Return the blocks of an issue that have deliveries in a kept state, in order, from the one on in which an id lies."""
    at_the_end.write_now(session)
    rows = session.scalars(
        select(DeliveryCount.block)
        .where(
            DeliveryCount.issue_id == issue_id,
            DeliveryCount.state == state,
            DeliveryCount.block >= after // kept_counts.BLOCK,
        )
        .group_by(DeliveryCount.block)
        .having(func.sum(DeliveryCount.count) > 0)
        .order_by(DeliveryCount.block)
    )
    return [CountedBlock(issue_id, block) for block in rows]


def differing(session: Session, blocks: Iterable[CountedBlock]) -> dict[ComparedPlace, tuple[int, int]]:
    """Compare the counts of blocks with their rows; return (kept, counted) by block, domain, state and reason where they differ.

    A reader may be erased while a message to them is on the wire: it is counted at the domain they had, and stands at none. So many
    as were erased a domain may have more than its rows say, and those of all others less.
    """
    found: dict[ComparedPlace, tuple[int, int]] = {}
    for block in blocks:
        here = block._asdict() | {"low": block.first_id, "high": block.last_id}
        rows = session.execute(_COMPARED, here).all()
        erased, more = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for _, state, reason, kept, counted, gone in rows:
            erased[state, reason] += int(gone)
            more[state, reason] += int(kept - counted)
        for domain, state, reason, kept, counted, _ in rows:
            spared = erased[state, reason] if not more[state, reason] else 0
            least, most = (counted, counted + spared) if domain else (counted - spared, counted)
            if not least <= kept <= most:
                found[block, domain, state, reason] = int(kept), int(counted)
    return found


_BLOCKS = text(
    f"""
    SELECT min(first_delivery_id) / {kept_counts.BLOCK}, max(last_delivery_id) / {kept_counts.BLOCK}
      FROM batches WHERE issue_id = :issue HAVING count(*) > 0
    """  # noqa: S608 - words of ours
)
# Both in one statement: one moment is seen, however many deliveries move meanwhile.
_COMPARED = text(
    f"""
    SELECT domain, state, reason, sum(kept), sum(found), sum(erased) FROM (
        SELECT domain, state, reason, count AS kept, 0 AS found, 0 AS erased
          FROM delivery_counts WHERE issue_id = :issue_id AND block = :block
        UNION ALL
        SELECT coalesce(c.domain, ''), d.state, {kept_counts.REASON}, 0, 1, CASE WHEN coalesce(s.domain, '') = '' THEN 1 ELSE 0 END
          FROM deliveries AS d
          LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
          LEFT JOIN counted_domains AS c ON c.issue_id = d.issue_id AND c.domain = s.domain
         WHERE d.id BETWEEN :low AND :high AND d.issue_id = :issue_id AND d.state NOT IN ('queued', 'submitting')
    ) AS both_of_them GROUP BY domain, state, reason
    """  # noqa: S608 - words of ours
)
