"""Lines of plain text measured in terminal columns (wcwidth), not characters."""

from __future__ import annotations

import re

from wcwidth import wcswidth, wcwidth

WIDTH = 72
"""Columns of a line of plain text (RFC 3676 section 4.2 recommends at most 78)."""
_SPACES = re.compile(r"[ \t\r\n\f]+")
_ADDRESS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
MAX_JOINED = 16
"""Characters to a column in one piece of a word that is cut: accents may be heaped without end."""
NO_BREAK = "\u00a0"


def columns(text: str) -> int:
    """Return the columns `text` takes; characters that cannot be shown count as one each."""
    if text.isascii():
        return len(text)
    width = wcswidth(text)
    return width if width >= 0 else sum(max(1, wcwidth(character)) for character in text)


def pad(text: str, width: int, align: str) -> str:
    """Return `text` filled with spaces to `width` columns."""
    gap = max(0, width - columns(text))
    left = {"right": gap, "center": gap // 2}.get(align, 0)
    return " " * left + text + " " * (gap - left)


def wrap(text: str, *, first: str = "", rest: str = "", width: int = WIDTH) -> list[str]:
    """Return lines of at most `width` columns; a no-break space holds words together and becomes a space.

    A word longer than a line is cut, unless it is an address: a cut address leads nowhere.
    """
    lines: list[list[str]] = []
    line, taken = [first], columns(first)
    for word in _words(text, width - max(columns(first), columns(rest))):
        wide = columns(word)
        if len(line) > 1 and taken + 1 + wide > width:
            lines.append(line)
            line, taken = [rest], columns(rest)
        taken += wide + (len(line) > 1)
        line.append(word)
    return [_finished(begin + " ".join(words)) for begin, *words in [*lines, line]]


def _finished(line: str) -> str:
    return line.replace(NO_BREAK, " ").rstrip()


def _words(text: str, room: int) -> list[str]:
    words: list[str] = []
    for word in _SPACES.split(text.strip()):
        if columns(word) <= room or _ADDRESS.search(word):
            words.append(word)
        elif NO_BREAK in word:
            words += _words(word.replace(NO_BREAK, " "), room)
        else:
            words += _cut(word, max(2, room))
    return words


def _cut(word: str, room: int) -> list[str]:
    pieces: list[str] = []
    start = 0
    while start < len(word):
        end = start + _fitting(word[start : start + room * MAX_JOINED], room)
        pieces.append(word[start:end])
        start = end
    return pieces


def _fitting(text: str, room: int) -> int:
    """Return how many characters of the beginning fit, at least one. Joined characters are narrower than their sum, so halves are tried."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if columns(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low
