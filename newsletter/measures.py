"""What machines that watch are told: a measure is one number of a family, by the values of the family's labels."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Family(NamedTuple):
    """A name with its meaning. A counter only grows; its name ends in `_total` (https://prometheus.io/docs/practices/naming/)."""

    kind: Literal["counter", "gauge"]
    name: str
    help: str
    labels: tuple[str, ...] = ()

    def of(self, number: float, *labels: str) -> Measure:
        """Return one number of this family."""
        assert len(labels) == len(self.labels), self.name
        return Measure(self, labels, number)


class Measure(NamedTuple):
    """One number; `labels` are the values of the family's labels, in their order."""

    family: Family
    labels: tuple[str, ...]
    number: float
