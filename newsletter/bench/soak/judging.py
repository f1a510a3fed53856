"""The verdict of a soak: who got it, by the receiver's own record and by the ledger, and what else must hold. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.bench.soak.figures import Figures
from newsletter.bench.soak.memory import Growth
from newsletter.model.states import DeliveryState

MOST_REFUSED = 200
"""Mails that a server which refuses everybody is offered before the issue stops (docs/sending.md)."""


@dataclass
class Count:
    """Readers by what became of them, by the receiver and by the ledger."""

    readers: int
    mails: int = 0
    doubled: int = 0  # the receiver took more than one for them
    missing: int = 0  # the receiver took none, and nobody doubts it
    lost: int = 0  # of the missing: the ledger says that a server took it
    untold: int = 0  # the receiver took one, and the ledger knows nothing of it
    uncertain: int = 0  # nobody can know, says the ledger
    uncertain_taken: int = 0  # of them: the receiver has it
    states: dict[str, int] = field(default_factory=dict)


def count(readers: int, taken: Iterable[int], outcomes: Iterable[tuple[int, DeliveryState]]) -> Count:
    """Compare the numbers of the readers for whom a mail was taken with what the ledger says of each."""
    times = bytearray(readers)
    found, states = Count(readers), Counter[str]()
    for number in taken:
        found.mails += 1
        times[number] = min(times[number] + 1, 255)
    seen = bytearray(readers)
    for number, state in outcomes:
        states[state.value] += 1
        seen[number] = 1
        is_taken, is_doubtful = times[number] > 0, state is DeliveryState.UNCERTAIN
        found.uncertain += is_doubtful
        found.uncertain_taken += is_doubtful and is_taken
        found.missing += not is_taken and not is_doubtful
        found.lost += not is_taken and state is DeliveryState.SUBMITTED
        found.untold += is_taken and not is_doubtful and state is not DeliveryState.SUBMITTED
    found.missing += sum(not has_row and not mails for has_row, mails in zip(seen, times, strict=True))
    found.doubled = sum(mails > 1 for mails in times)
    found.states = dict(states)
    return found


def wrongs(
    found: Count,
    sums: Mapping[str, int | str],
    figures: Sequence[Figures],
    growths: Sequence[Growth],
    *,
    doubts_allowed: int,
    strange: Sequence[str] = (),
) -> list[str]:
    """Say in a sentence each what must not be; empty when all is well."""
    return [
        *_of_readers(found, doubts_allowed),
        *_of_sums(found, sums),
        *(words for each in figures for words in _of_fault(each)),
        *(
            f"the memory of {each.process} grows by {each.per_100_000 / 1e6:,.1f} MB for 100,000 mails"
            for each in growths
            if each.grows
        ),
        *(f"the receiver took what nobody should have sent: {line}" for line in strange[:3]),
    ]


def _of_readers(found: Count, doubts_allowed: int) -> Iterable[str]:
    if found.missing:
        yield f"{found.missing:,} readers got nothing, and of {found.lost:,} of them the ledger says that they did"
    if found.doubled:
        yield f"{found.doubled:,} readers got it more than once"
    if found.untold:
        yield f"{found.untold:,} readers got it, and the ledger does not know"
    if found.uncertain > doubts_allowed:
        yield f"of {found.uncertain:,} readers nobody knows, where {doubts_allowed:,} can be explained by what was cut"


def _of_sums(found: Count, sums: Mapping[str, int | str]) -> Iterable[str]:
    if sums["state"] != "sent":
        yield f"the issue is {sums['state']} at the end, not sent"
    if sums["open_batches"]:
        yield f"{sums['open_batches']} batches have work left"
    parts = {
        "candidates less those excluded": int(sums["candidates"]) - int(sums["excluded"]),
        "planned": int(sums["planned"]),
        "deliveries": int(sums["deliveries"]),
        "deliveries in batches": int(sums["in_batches"]),
        "deliveries by state": sum(found.states.values()),
        "readers": found.readers,
    }
    if len(set(parts.values())) > 1:
        yield f"the sums of the ledger do not agree: {', '.join(f'{name} {n:,}' for name, n in parts.items())}"


def _of_fault(figures: Figures) -> Iterable[str]:
    if not figures.was_under_way:
        yield f"{figures.fault}: everybody had it before that, so it shows nothing: take more --deliveries"
    elif figures.recovered is None:
        yield f"{figures.fault}: it was not as before once it was mended"
    if figures.silent:
        yield f"{figures.fault}: {figures.silent} of what an operator must be told was not said; said was: {'; '.join(figures.said) or 'nothing'}"
    if figures.refused > MOST_REFUSED:
        yield f"{figures.fault}: a server that refuses everybody was offered {figures.refused:,} mails"
