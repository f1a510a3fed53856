"""What stands around an issue in its archive: the issue before it, and which sections have something to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.model.document import TableItem


@dataclass(frozen=True, slots=True)
class PreviousIssue:
    """The issue before this one in the archive."""

    slug: str
    title: str
    subject: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the archive knows of an issue's neighbours. Nothing is known of a draft that is only read from a file."""

    previous: PreviousIssue | None = None
    filled: frozenset[str] = frozenset()
    """Slugs of the sections of which published issues hold an item: their "All ..." pages have something to show."""
    tables: Mapping[tuple[str, str], TableItem] = field(default_factory=dict)
    """By section and key, the last tables of these that were published before: what has changed since is told from them."""
