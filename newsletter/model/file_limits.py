"""How much an issue file may hold: so much is read in a bounded time."""

from __future__ import annotations

MAX_OCTETS = 1 << 20
MAX_LINES = 20_000
MAX_ITEMS = 2_000
MAX_SECTIONS = 200
MAX_SIGNS = 60_000
"""Signs of Markdown, LaTeX and HTML in a file, by their weights: each costs up to about 50 microseconds, all else little."""
SIGNS = {"[": 4, "://": 2} | dict.fromkeys("\\`*_~<&$", 1)


def weight_of(text: str) -> int:
    """Return how much the signs of a text weigh."""
    return sum(weight * text.count(sign) for sign, weight in SIGNS.items())
