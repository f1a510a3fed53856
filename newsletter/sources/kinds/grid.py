"""A board before it is understood: titles, and rows of cells as the answer has them. Each format makes one of its octets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = str | float | bool | None
MOST_ROWS = 5_000
MOST_WIDTH = 200
MOST_CELLS = 200_000
"""Rows, columns and cells that are read of one answer; what is beyond them is told."""
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f\u200b\ufeff]+")
_SORTING = " ▲▼△▽↑↓⇅⇵↕"  # arrows that a page draws to sort by
_BRACKET = re.compile(r" ?[(\[][^()\[\]]{0,80}[)\]]$")


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: its number in the answer, from 1 below the header, its cells, and the address that each links to."""

    number: int
    cells: tuple[Cell, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """Titles and rows; `last` has the lowest title of each column where several rows of titles were joined; `names` says what there is."""

    titles: tuple[str, ...]
    rows: tuple[GridRow, ...]
    told: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()
    """The titles above each column from top to bottom, where there are several rows of them."""
    exact: bool = False
    """Whether titles are paths, and so only the very same one is meant."""

    def place(self, title: str) -> int | None:
        """Return which column goes by a title: as written, else by its lowest title, else without a bracket at its end."""
        if self.exact:
            return self.titles.index(title) if title in self.titles else None
        for titles in (self.titles, self.last, tuple(_BRACKET.sub("", each) for each in self.titles)):
            found = [number for number, each in enumerate(titles) if plain_title(each) == plain_title(title)]
            if len(found) == 1 or (found and titles is self.titles):
                return found[0]
        alike = self.alike(title)
        return alike[0] if len(alike) == 1 else None

    def alike(self, title: str) -> list[int]:
        """Return the columns of which some titles, one below the other, are these words: `DE Acc` of `All`, `DE`, `Acc`."""
        wished = plain_title(title)
        return [number for number, words in enumerate(self.levels) if wished and wished in _runs(words)]

    @property
    def there(self) -> str:
        """The names that a mapping may use here, in words."""
        names = [name for name in self.names or self.titles if name]
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        return f"{', '.join(repr(name[:60]) for name in names[:20])}{more}" if names else "nothing"


def _runs(words: tuple[str, ...]) -> set[str]:
    kept = [plain_title(word) for word in dict.fromkeys(words) if word]
    return {" ".join(kept[n:end]) for n in range(len(kept)) for end in range(n + 1, len(kept) + 1)}


def plain_title(title: str) -> str:
    """Return a title as titles are compared."""
    return flat(title).strip(_SORTING).casefold()


def flat(text: str) -> str:
    """Return text with each run of spaces, no-break ones too, as one space."""
    return _SPACES.sub(" ", text).strip()


def different(titles: list[str]) -> tuple[str, ...]:
    """Return titles of which no two are the same: the second Score is `Score (2)`; one without words is called after its place."""
    seen: dict[str, int] = {}
    named: list[str] = []
    for number, title in enumerate(titles, start=1):
        name = title or f"column {number}"
        seen[name] = seen.get(name, 0) + 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(named)
