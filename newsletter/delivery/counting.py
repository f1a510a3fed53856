"""Count outcomes by state and group of receivers, in the transaction that writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.delivery.pace.grouping import Groups
from newsletter.model.states import DeliveryState
from newsletter.store import counters
from newsletter.store.delivery.deliveries import Recipient
from newsletter.store.delivery.outcomes import Settled

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
    session: Session,
    settled: Sequence[Settled],
    now: datetime,
    groups: Groups | None = None,
    recipients: Sequence[Recipient] = (),
) -> None:
    """Count what became of deliveries; `recipients`, in the same order, and `groups` say to which receivers they went."""
    whose = [each.domain for each in recipients] if groups else [UNGROUPED] * len(settled)
    # Nearly all of a batch were taken: those are counted by domain first, at a tenth of the cost.
    taken = Counter([domain for each, domain in zip(settled, whose, strict=True) if each.state is _D.SUBMITTED])
    amounts: Counter[tuple[str, ...]] = Counter()
    for domain, many in taken.items():
        amounts[_D.SUBMITTED.value, groups.of(domain) if groups else domain] += many
    for each, domain in zip(settled, whose, strict=True):
        if each.state is not _D.SUBMITTED and (word := _word(each)):
            amounts[word, groups.of(domain) if groups else domain] += 1
    counters.add(session, counters.DELIVERIES, amounts, now)


def count_skipped(session: Session, groups: Iterable[str], now: datetime) -> None:
    """Count deliveries that were skipped, by the group of each."""
    counters.add(session, counters.DELIVERIES, Counter((DeliveryState.SKIPPED.value, group) for group in groups), now)


def _word(settled: Settled) -> str:
    """The state it reached; none for what was never offered."""
    if settled.state != DeliveryState.QUEUED:
        return settled.state.value
    return HELD_BACK if settled.code is not None else ""
