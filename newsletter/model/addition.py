"""What comes into an issue that is there already."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.model.document import Section


@dataclass(frozen=True, slots=True)
class Addition:
    """A section that holds the new items alone.

    Where the issue has a section of that slug they go behind its items; else the whole section goes before the first of the sections `before`
    that the issue has, or to the end.
    """

    section: Section
    before: tuple[str, ...] = ()
