"""A witness that writes down what it is told, in order."""

from __future__ import annotations

from newsletter.mail.envelope import Outcome


class Notebook:
    """`lines` are ("wrote", id) and ("heard", id, outcome class name)."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, int] | tuple[str, int, str]] = []

    def wrote(self, delivery_id: int) -> None:
        """Write it down."""
        self.lines.append(("wrote", delivery_id))

    def heard(self, delivery_id: int, outcome: Outcome) -> None:
        """Write it down."""
        self.lines.append(("heard", delivery_id, type(outcome).__name__))
