"""Small messages for transports to carry, and outcomes by name."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.mail.envelope import Envelope, Outcome


def letter(number: int, text: str = "Hello\r\n", *, to: str = "", smtputf8: bool = False) -> Envelope:
    """A message to `to` whose last header line says so."""
    to = to or f"r{number}@example.org"
    return Envelope(number, "b+x@news.example.org", to, f"To: {to}\r\n\r\n{text}".encode(), smtputf8)


def letters(count: int) -> list[Envelope]:
    """Messages 1 to `count`."""
    return [letter(number) for number in range(1, count + 1)]


def kinds(outcomes: Mapping[int, Outcome]) -> dict[int, str]:
    """The class names of outcomes, by delivery id."""
    return {number: type(outcome).__name__ for number, outcome in sorted(outcomes.items())}
