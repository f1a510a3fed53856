"""Whether the memory of a process grows with what it sends: octets in memory over mails, by least squares."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, linear_regression

from newsletter.bench import accounting
from newsletter.bench.soak.case import PROCESSES
from newsletter.bench.soak.groups import ReceiverGroup
from newsletter.bench.soak.hosts import Host
from newsletter.bench.soak.receiver import ReceivedRecord

_EVERY_SECONDS = 1.0
_LEAST_LOOKS = 20
LEAST_MAILS = 15_000
"""Of a process's own; what it needs once, to begin, tells nothing of what it needs for each mail."""
_WARM_UP = 0.2
"""Of the first looks: buffers, pools and caches are filled then."""
MOST_GROWTH = 5_000_000
"""Octets for 100,000 mails, by the line of least squares..."""
MOST_MORE = 10_000_000
"""... and octets that the last quarter may have more than the first."""


@dataclass
class Series:
    """Looks at one process: mails of its own (its share of what its host sent since it began), and octets in memory."""

    mails: list[float] = field(default_factory=list)
    octets: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Growth:
    """What the looks at a process say; `is_judged` is False where it sent too little."""

    process: str
    mails: int
    per_100_000: float  # octets
    first_quarter: float
    last_quarter: float
    is_judged: bool

    @property
    def grows(self) -> bool:
        """Whether it needs more with each mail, and not only what one place more or less in memory makes."""
        more = self.last_quarter - self.first_quarter
        return self.is_judged and self.per_100_000 > MOST_GROWTH and more > MOST_MORE


class Memory:
    """Looks at all processes once a second."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self._begun: dict[str, int] = {}
        self._sent: Counter[int] = Counter()
        self._seen, self._next = 0, 0.0

    def look(self, hosts: Sequence[Host], others: Mapping[str, ReceiverGroup], record: ReceivedRecord) -> None:
        """Note what each process has in memory, and how much was sent by then."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY_SECONDS
        self._sent.update(record.hosts[self._seen :])
        self._seen = len(record.hosts)
        for host in hosts:
            for pid in host.workers:
                self._note(f"{host.name} worker {pid}", pid, self._sent[host.number], PROCESSES)
        for name, group in others.items():
            if group.runs:
                self._note(f"{name} {group.pid}", group.pid, self._seen, 1)

    def _note(self, name: str, pid: int, sent: int, sharers: int) -> None:
        octets = accounting.resident(pid)
        if octets:
            began = self._begun.setdefault(name, sent)
            series = self.series.setdefault(name, Series())
            series.mails.append((sent - began) / sharers)
            series.octets.append(octets)

    def growths(self) -> list[Growth]:
        """Judge every process that was looked at."""
        return [growth_of(name, series) for name, series in self.series.items()]


def growth_of(process: str, series: Series) -> Growth:
    """Return how the memory of a process grows, its beginning left out."""
    first = int(len(series.mails) * _WARM_UP)
    mails, octets = series.mails[first:], series.octets[first:]
    sent = int(mails[-1] - mails[0]) if mails else 0
    quarter = max(len(octets) // 4, 1)
    is_judged = len(octets) >= _LEAST_LOOKS and sent >= LEAST_MAILS
    slope = linear_regression(mails, octets).slope * 100_000 if is_judged else 0.0
    return Growth(process, int(series.mails[-1]), slope, fmean(octets[:quarter]), fmean(octets[-quarter:]), is_judged)
