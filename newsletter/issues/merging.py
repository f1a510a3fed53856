"""Put together what two people made of one text, line by line (a three-way merge as `diff3` does it). Pure.

Where changes do not touch both are kept. Where they touch there is a `Clash`, with the lines of both: whoever saves says which stay.
Nothing that one side wrote is ever left out of the parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from newsletter.issues.differences import Hunk, hunks

CHOICES = ("mine", "theirs", "both")
"""What may stay at a place; of both, mine comes first."""


@dataclass(frozen=True)
class Clash:
    """Lines that both sides changed, or put in at one point."""

    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    line: int
    """Of my text, from 1."""

    @cached_property
    def key(self) -> str:
        """A word for exactly these lines at this line: a choice made for others does not count here."""
        said = "\0".join((str(self.line), "\n".join(self.mine), "\n".join(self.theirs)))
        return sha256(said.encode()).hexdigest()[:16]

    def chosen(self, choice: str) -> tuple[str, ...]:
        """Return the lines that stay by a choice."""
        return {"mine": self.mine, "theirs": self.theirs, "both": self.mine + self.theirs}[choice]


@dataclass(frozen=True)
class Merge:
    """Both texts in one: lines that are decided, and places that are not."""

    parts: tuple[tuple[str, ...] | Clash, ...]

    @property
    def places(self) -> list[Clash]:
        """Where both touched the same."""
        return [part for part in self.parts if isinstance(part, Clash)]

    def undecided(self, choices: Mapping[str, str]) -> list[Clash]:
        """Return the places for which `choices`, by key, says nothing that may be said."""
        return [place for place in self.places if choices.get(place.key) not in CHOICES]

    def text(self, choices: Mapping[str, str]) -> str:
        """Return the whole text; every place must be decided."""
        parts = (part.chosen(choices[part.key]) if isinstance(part, Clash) else part for part in self.parts)
        return "\n".join(line for part in parts for line in part)


@dataclass(frozen=True)
class _Group:
    """Hunks of both sides that touch one another: what one side has for `[start, end)` of the base."""

    start: int
    end: int
    mine: tuple[Hunk, ...]
    theirs: tuple[Hunk, ...]


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Return what became of `base` on both sides."""
    lines, ours, others = base.split("\n"), mine.split("\n"), theirs.split("\n")
    parts, told, my_shift, their_shift = list[tuple[str, ...] | Clash](), 0, 0, 0
    for group in _groups(hunks(lines, ours), hunks(lines, others)):
        parts.append(tuple(lines[told : group.start]))
        my_start, their_start = group.start + my_shift, group.start + their_shift
        my_shift, their_shift = my_shift + _growth(group.mine), their_shift + _growth(group.theirs)
        my_part, their_part = ours[my_start : group.end + my_shift], others[their_start : group.end + their_shift]
        if not group.theirs:
            parts.append(tuple(my_part))
        elif not group.mine:
            parts.append(tuple(their_part))
        else:
            parts += _both(my_part, their_part, my_start + 1)
        told = group.end
    return Merge((*parts, tuple(lines[told:])))


def without_base(mine: str, theirs: str) -> Merge:
    """Return two texts in one where nobody knows what they began from: wherever they differ is a place."""
    ours, others = mine.split("\n"), theirs.split("\n")
    parts, told = list[tuple[str, ...] | Clash](), 0
    for hunk in hunks(ours, others):
        parts.append(tuple(ours[told : hunk.start]))
        there = tuple(others[hunk.other_start : hunk.other_end])
        parts.append(Clash(tuple(ours[hunk.start : hunk.end]), there, hunk.start + 1))
        told = hunk.end
    return Merge((*parts, tuple(ours[told:])))


def _growth(found: Sequence[Hunk]) -> int:
    return sum((hunk.other_end - hunk.other_start) - (hunk.end - hunk.start) for hunk in found)


def _groups(mine: Sequence[Hunk], theirs: Sequence[Hunk]) -> Iterator[_Group]:
    """Yield hunks in order, those of both sides together where they overlap or stand next to each other."""
    left, right = list(reversed(mine)), list(reversed(theirs))
    while left or right:
        start = min(side[-1].start for side in (left, right) if side)
        end, taken, others = start, list[Hunk](), list[Hunk]()
        while (left and left[-1].start <= end) or (right and right[-1].start <= end):
            side, kept = (left, taken) if left and left[-1].start <= end else (right, others)
            kept.append(side.pop())
            end = max(end, kept[-1].end)
        yield _Group(start, end, tuple(taken), tuple(others))


def _both(mine: Sequence[str], theirs: Sequence[str], line: int) -> Iterator[tuple[str, ...] | Clash]:
    """What both changed: lines that both have at its ends are decided."""
    least, first, last = min(len(mine), len(theirs)), 0, 0
    while first < least and mine[first] == theirs[first]:
        first += 1
    while last < least - first and mine[-1 - last] == theirs[-1 - last]:
        last += 1
    yield tuple(mine[:first])
    my_rest, their_rest = tuple(mine[first : len(mine) - last]), tuple(theirs[first : len(theirs) - last])
    if my_rest or their_rest:
        yield Clash(my_rest, their_rest, line + first)
    yield tuple(mine[len(mine) - last :])
