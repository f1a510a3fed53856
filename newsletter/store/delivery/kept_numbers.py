"""What the kept counts of an issue say: sums over some thousand rows, however many deliveries there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

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


def differing(session: Session, blocks: Iterable[CountedBlock]) -> dict[tuple[CountedBlock, str, str], tuple[int, int]]:
    """Compare the counts of blocks with their rows; return (kept, counted) by block, state and reason where they differ.

    Not by domain: a reader may be erased while a message to them is on the wire.
    """
    kept: Counter[tuple[CountedBlock, str, str]] = Counter()
    counted: Counter[tuple[CountedBlock, str, str]] = Counter()
    size = kept_counts.BLOCK
    for block in blocks:
        here = block._asdict() | {"low": block.block * size, "high": block.block * size + size - 1}
        for state, reason, told, found in session.execute(_COMPARED, here):
            kept[block, state, reason] += int(told)
            counted[block, state, reason] += int(found)
    return {place: (kept[place], counted[place]) for place in kept if kept[place] != counted[place]}


_BLOCKS = text(
    f"""
    SELECT min(first_delivery_id) / {kept_counts.BLOCK}, max(last_delivery_id) / {kept_counts.BLOCK}
      FROM batches WHERE issue_id = :issue HAVING count(*) > 0
    """  # noqa: S608 - words of ours
)
# Both in one statement: one moment is seen, however many deliveries move meanwhile.
_COMPARED = text(
    f"""
    SELECT state, reason, sum(kept), sum(found) FROM (
        SELECT state, reason, count AS kept, 0 AS found FROM delivery_counts WHERE issue_id = :issue_id AND block = :block
        UNION ALL
        SELECT d.state, {kept_counts.REASON}, 0, 1 FROM deliveries AS d
         WHERE d.id BETWEEN :low AND :high AND d.issue_id = :issue_id AND d.state NOT IN ('queued', 'submitting')
    ) AS both_of_them GROUP BY state, reason
    """  # noqa: S608 - words of ours
)
