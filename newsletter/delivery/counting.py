"""Count outcomes by state and group of receivers, in the transaction that writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.delivery.grouping import Groups
from newsletter.model.states import DeliveryState
from newsletter.store import counters
from newsletter.store.deliveries import Recipient
from newsletter.store.settling import Settled

_D = DeliveryState
HELD_BACK = "held"
"""Stands for those who keep their place because a server's words were about us."""
COUNTED = (
    *(_D.SUBMITTED.value, _D.DEFERRED.value, _D.REJECTED.value, _D.UNCERTAIN.value, _D.SKIPPED.value),
    HELD_BACK,
)
"""What is counted: states that a delivery reaches while it is sent, each time it does."""
UNGROUPED = ""
"""Group of those of whom only the id is known: a journal told of them, or an issue was cancelled."""


def count_settled(
    session: Session, settled: Iterable[Settled], now: datetime, group_of: Mapping[int, str] | None = None
) -> None:
    """Count what became of deliveries; `group_of` says by id to which receivers they went."""
    amounts: Counter[tuple[str, ...]] = Counter()
    for each in settled:
        state = _word(each)
        if state:
            amounts[state, group_of[each.delivery_id] if group_of else UNGROUPED] += 1
    counters.add(session, counters.DELIVERIES, amounts, now)


def count_skipped(session: Session, groups: Iterable[str], now: datetime) -> None:
    """Count deliveries that were skipped, by the group of each."""
    counters.add(session, counters.DELIVERIES, Counter((DeliveryState.SKIPPED.value, group) for group in groups), now)


def groups_of(groups: Groups, recipients: Iterable[Recipient]) -> dict[int, str]:
    """Return the group of receivers by delivery id."""
    return {each.delivery_id: groups.of(each.domain) for each in recipients}


def _word(settled: Settled) -> str:
    """The state it reached; none for what was never offered."""
    if settled.state != DeliveryState.QUEUED:
        return settled.state.value
    return HELD_BACK if settled.code is not None else ""
