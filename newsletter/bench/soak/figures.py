"""Figures of one fault, read from the receiver's record: how long nothing came, what came meanwhile, how soon it was as before."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from newsletter.bench.soak.receiver import ReceivedRecord

WINDOW_SECONDS = 2.0
_STEP_SECONDS = 0.1
SHARE = 0.3
"""Of the mails a second before it: whoever sends as many again has recovered."""


@dataclass(frozen=True)
class Figures:
    """What a fault cost. Seconds; `recovered` is None when it did not recover, `meanwhile` counts mails by hosts that were well."""

    fault: str
    began: float  # seconds since the first mail
    lasted: float
    standstill: float
    meanwhile: int
    rate_before: float
    recovered: float | None
    mending: float = 0.0  # what it took to mend it: a server, or a host, takes its time to begin
    refused: int = 0
    told_after: float | None = None
    said: tuple[str, ...] = ()
    silent: int = 0  # things that had to be said and were not
    was_under_way: bool = True


def count_between(record: ReceivedRecord, first: float, last: float, *, only: int = 0, without: int = 0) -> int:
    """Count mails taken from `first` to before `last`, of host `only`, or of all but host `without`."""
    hosts = record.hosts[bisect_left(record.moments, first) : bisect_left(record.moments, last)]
    return hosts.count(only) if only else len(hosts) - (hosts.count(without) if without else 0)


def standstill(record: ReceivedRecord, first: float, last: float) -> float:
    """Return the longest time between `first` and `last` in which no mail was taken of anybody."""
    inside = record.moments[bisect_left(record.moments, first) : bisect_left(record.moments, last)]
    return max(later - sooner for sooner, later in pairwise((first, *inside, last)))


def recovered_after(record: ReceivedRecord, mended: float, now: float, *, rate: float, only: int = 0) -> float | None:
    """Return the seconds from `mended` to the first mail of a window in which so many went as before; None when there is none yet."""
    enough, next_look = max(rate * WINDOW_SECONDS * SHARE, 1), mended
    for at in range(bisect_left(record.moments, mended), len(record.moments)):
        moment = record.moments[at]
        if moment + WINDOW_SECONDS > now:
            return None
        if moment < next_look or (only and record.hosts[at] != only):
            continue
        next_look = moment + _STEP_SECONDS
        if count_between(record, moment, moment + WINDOW_SECONDS, only=only) >= enough:
            return moment - mended
    return None
