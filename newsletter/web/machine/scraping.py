"""What `/metrics` answers: the measures that rooms read from the ledger, the queue's depth, and this process's own counters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from newsletter.audience import sign_up_rounds
from newsletter.bootstrap import Parts
from newsletter.delivery import measuring, signs_of_life
from newsletter.errors import NewsletterError, QueueError, StoreError
from newsletter.feedback import overview
from newsletter.measures import Family, Measure
from newsletter.sources import measuring as gathered

UP = Family("gauge", "newsletter_up", "Whether a part answered this scrape: 1 or 0.", ("part",))
RINGS = Family("gauge", "newsletter_queue_rings", "Rings that no worker has taken yet.", ("queue",))
_ROOMS = (measuring, signs_of_life, overview, sign_up_rounds, gathered)
FAMILIES: tuple[Family, ...] = (UP, RINGS, *(family for room in _ROOMS for family in room.FAMILIES))
"""Every family but those of the process itself."""


def scrape(parts: Parts) -> bytes:
    """Return all of it in Prometheus' text format. A part that does not answer is told by `newsletter_up`, and keeps no other back."""
    return generate_latest(_Everything(parts))


class _Everything(Collector):
    """What is asked of the ledger anew each time, behind what the process counts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()
        yield from _families(_measures(self._parts))


def _measures(parts: Parts) -> Iterator[Measure]:
    yield from _ask("ledger", StoreError, lambda: _ledger(parts))
    yield from _ask("queue", QueueError, lambda: [RINGS.of(n, name) for name, n in parts.queue.depths().items()])


def _ledger(parts: Parts) -> list[Measure]:
    return [
        *measuring.measure(parts.database, clock=parts.clock, settings=parts.settings),
        *signs_of_life.measure(parts.database, clock=parts.clock),
        *overview.measure(parts.database, clock=parts.clock),
        *sign_up_rounds.measure(parts.database),
        *gathered.measure(parts.database, clock=parts.clock),
    ]


def _ask(part: str, trouble: type[NewsletterError], ask: Callable[[], list[Measure]]) -> Iterator[Measure]:
    try:
        found = ask()
    except trouble:
        yield UP.of(0, part)
        return
    yield UP.of(1, part)
    yield from found


def _families(measures: Iterable[Measure]) -> Iterator[Metric]:
    """Gather measures by family: the text format has each once (https://prometheus.io/docs/instrumenting/exposition_formats/)."""
    gathered: dict[Family, CounterMetricFamily | GaugeMetricFamily] = {}
    for family, labels, number in measures:
        if family not in gathered:
            made = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
            gathered[family] = made(family.name.removesuffix("_total"), family.help, labels=family.labels)
        gathered[family].add_metric(labels, number)
    yield from gathered.values()
