"""Where two texts differ: by lines, and by words within the lines that differ. Pure.

The longest common subsequence is found by `rapidfuzz` (bit-parallel), over numbers that stand for lines or words. Its work grows with
the product of both lengths: beyond `MOST_CELLS` what differs is told as one stretch, so that a text costs no more than it may.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MOST_CELLS = 100_000_000
"""Of the table behind one comparison: 1.5 million steps of a processor, and 12 MB."""
AROUND = 2
"""Lines that are the same and are shown before and after what differs."""
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
_SHORT = 3  # characters of a common stretch that is no word, between two that differ: it would only break them up


class Hunk(NamedTuple):
    """What differs: `[start, end)` of the one text, which is `[other_start, other_end)` in the other."""

    start: int
    end: int
    other_start: int
    other_end: int


class Sort(StrEnum):
    """What became of a stretch of a text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    SKIPPED = "skipped"  # the same, and far from what differs: `words` says how many lines


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some words of a comparison, with what became of them."""

    sort: Sort
    words: str


def hunks(one: Sequence[str], other: Sequence[str], most_cells: int = MOST_CELLS) -> list[Hunk]:
    """Return where two sequences differ, in order; between two hunks something is the same."""
    first, end, other_end = _trimmed(one, other)
    if first == end and first == other_end:
        return []
    if first in (end, other_end) or (end - first) * (other_end - first) > most_cells:
        return [Hunk(first, end, first, other_end)]
    from rapidfuzz.distance import LCSseq  # late: only those ask who compare

    numbers: dict[str, int] = {}
    left, right = (
        [numbers.setdefault(each, len(numbers)) for each in part] for part in (one[first:end], other[first:other_end])
    )
    found: list[Hunk] = []
    for step in LCSseq.opcodes(left, right):
        if step.tag == "equal":
            continue
        hunk = Hunk(step.src_start + first, step.src_end + first, step.dest_start + first, step.dest_end + first)
        if found and found[-1].end == hunk.start and found[-1].other_end == hunk.other_start:
            hunk = Hunk(found[-1].start, hunk.end, found.pop().other_start, hunk.other_end)
        found.append(hunk)
    return found


def _trimmed(one: Sequence[str], other: Sequence[str]) -> tuple[int, int, int]:
    """Return where two sequences begin to differ, and where each ends to."""
    least, first, last = min(len(one), len(other)), 0, 0
    while first < least and one[first] == other[first]:
        first += 1
    while last < least - first and one[-1 - last] == other[-1 - last]:
        last += 1
    return first, len(one) - last, len(other) - last


def compared(one: str, other: str) -> list[Stretch]:
    """Return how `one` became `other`, by words, with a few lines around; nothing where they are the same."""
    lines, others = one.splitlines(keepends=True), other.splitlines(keepends=True)
    found, told, cells = list[Stretch](), 0, MOST_CELLS
    differing = hunks(lines, others)
    for hunk in differing:
        found += _between(lines[told : hunk.start], first=not told and not found, last=False)
        tokens, changed = (
            _TOKENS.findall("".join(lines[hunk.start : hunk.end])),
            others[hunk.other_start : hunk.other_end],
        )
        other_tokens = _TOKENS.findall("".join(changed))
        found += _by_words(tokens, other_tokens, max(cells, 0))
        cells -= len(tokens) * len(other_tokens)
        told = hunk.end
    return _joined([*found, *_between(lines[told:], first=False, last=True)]) if differing else []


def _between(lines: Sequence[str], *, first: bool, last: bool) -> Iterator[Stretch]:
    """What is the same between two places: a few lines of it next to each."""
    head, tail = (0 if first else AROUND), (0 if last else AROUND)
    if len(lines) <= head + tail + 1:
        yield Stretch(Sort.SAME, "".join(lines))
        return
    yield Stretch(Sort.SAME, "".join(lines[:head]))
    yield Stretch(Sort.SKIPPED, str(len(lines) - head - tail))
    yield Stretch(Sort.SAME, "".join(lines[len(lines) - tail :]))


def _by_words(one: Sequence[str], other: Sequence[str], cells: int) -> Iterator[Stretch]:
    """What differs within lines, the removed before the added; a comma or a space that is the same does not break it up."""
    removed, added, told = "", "", 0
    for hunk in hunks(one, other, cells):
        same = "".join(one[told : hunk.start])
        if (removed or added) and len(same) <= _SHORT and not same.isalnum() and "\n" not in same:
            removed, added = removed + same, added + same
        else:
            yield from (Stretch(Sort.REMOVED, removed), Stretch(Sort.ADDED, added), Stretch(Sort.SAME, same))
            removed = added = ""
        removed += "".join(one[hunk.start : hunk.end])
        added += "".join(other[hunk.other_start : hunk.other_end])
        told = hunk.end
    yield from (Stretch(Sort.REMOVED, removed), Stretch(Sort.ADDED, added), Stretch(Sort.SAME, "".join(one[told:])))


def _joined(found: Sequence[Stretch]) -> list[Stretch]:
    """The same with neighbours of one sort as one, and no empty one."""
    joined: list[Stretch] = []
    for each in found:
        if joined and each.words and joined[-1].sort is each.sort and each.sort is not Sort.SKIPPED:
            joined[-1] = Stretch(each.sort, joined[-1].words + each.words)
        elif each.words:
            joined.append(each)
    return joined


def counted(stretches: Sequence[Stretch]) -> tuple[int, int]:
    """Return how many words were added and removed."""
    added, removed = (
        sum(len(re.findall(r"\w+", each.words)) for each in stretches if each.sort is sort)
        for sort in (Sort.ADDED, Sort.REMOVED)
    )
    return added, removed
