"""Lines of plain text measured in terminal columns (wcwidth), not characters."""

from __future__ import annotations

import re

from wcwidth import wcswidth, wcwidth

WIDTH = 72
"""Columns of a line of plain text (RFC 3676 section 4.2 recommends at most 78)."""
_SPACES = re.compile(r"[ \t\r\n\f]+")
_ADDRESS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
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
    lines: list[str] = []
    line, empty = first, True
    for word in _words(text, width - max(columns(first), columns(rest))):
        if not empty and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, empty = rest, True
        line += word if empty else f" {word}"
        empty = False
    lines.append(line)
    return [_finished(line) for line in lines]


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
    pieces, piece = [], ""
    for character in word:
        if piece and columns(piece + character) > room:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]
