"""A converted post: its Markdown, in which headings are places that it is parted at, and its notes apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

OPEN, CLOSE = "\ue000", "\ue001"
"""Stand around the number of a heading on a line of its own; cleaning leaves no such sign in a text."""
PLACE = re.compile(rf"^{OPEN}(\d+){CLOSE}$", re.MULTILINE)
ANY_PLACE = re.compile(rf"{OPEN}\d+{CLOSE}")


@dataclass
class ConvertedPost:
    """Markdown with places of headings, the headings by their numbers, and the notes at its end."""

    text: str
    headings: list[PlacedHeading] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PlacedHeading:
    """A heading: its level from 1, its plain words, its Markdown where that says more than the words do, and what follows it at once."""

    level: int
    title: str
    more: str = ""
