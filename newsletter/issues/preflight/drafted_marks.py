"""The mark of words that a language model proposed and nobody has read: `<!-- drafted -->` on the line above a paragraph.

It is an HTML comment, so that no output shows it and every text of a Document carries it from file to ledger and back. It stands in the
text, where an editor sees it and takes it out; preflight refuses an issue that still has one (`newsletter/issues/preflight/words.py`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import zip_longest
from typing import NamedTuple

from newsletter.issues.preflight.prose import prose_of

MARK = "<!-- drafted -->"
_MARK = re.compile(r"<!--[ \t]*+drafted[ \t]*+-->", re.IGNORECASE)
_ENDS = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)|[ \t]*$")


class DraftedMark(NamedTuple):
    """A mark in a text: its line, from 0, where it stands in that line, and the words that it is about."""

    line: int
    start: int
    end: int
    words: str


def marked(paragraph: str) -> str:
    """Return a paragraph with the mark above it."""
    return f"{MARK}\n{paragraph}"


def marks_in(text: str) -> list[DraftedMark]:
    """Return the marks of a text, or of a whole issue file, in their order; one in code is somebody's example."""
    return list(_marks(text)) if _MARK.search(text) else []


def without_marks(text: str, *, keep: Collection[str] = ()) -> str:
    """Return a text without its marks, but those whose words are among `keep`; a line that held nothing else goes with them."""
    going = [mark for mark in marks_in(text) if mark.words not in keep]
    if not going:
        return text
    by_line: dict[int, list[DraftedMark]] = {}
    for mark in going:
        by_line.setdefault(mark.line, []).append(mark)
    lines = [_without(line, by_line.get(number, [])) for number, line in enumerate(text.split("\n"))]
    return "\n".join(line for line in lines if line is not None)


def _without(line: str, marks: list[DraftedMark]) -> str | None:
    """Return a line without these marks; None where nothing is left of it."""
    if not marks:
        return line
    ends = [0, *(mark.end for mark in marks)]
    starts = [*(mark.start for mark in marks), len(line)]
    rest = "".join(line[end:start] for end, start in zip(ends, starts, strict=True)).strip()
    return rest or None


def by_hand(text: str, before: str) -> str:
    """Return what a person saved in the place of `before`: words that they changed are theirs, and have no mark any more."""
    return without_marks(text, keep={mark.words for mark in marks_in(before)})


def _marks(text: str) -> Iterator[DraftedMark]:
    lines, prose = text.split("\n"), prose_of(text).split("\n")
    for number, line in enumerate(prose):
        on_line = list(_MARK.finditer(line))
        for found, following in zip_longest(on_line, on_line[1:]):
            words = [lines[number][found.end() : following.start() if following else None]]
            words += [] if following else _following(lines, number + 1)
            yield DraftedMark(number, found.start(), found.end(), " ".join(" ".join(words).split()))


def _following(lines: list[str], start: int) -> Iterator[str]:
    """Yield the rest of a paragraph."""
    for line in lines[start:]:
        if _ENDS.match(line) or _MARK.search(line):
            return
        yield line
