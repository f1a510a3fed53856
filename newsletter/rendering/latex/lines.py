r"""LaTeX in a line of plain text: a title, a subject, a name. Also which parts of a text are LaTeX, for whoever has to leave them alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from newsletter.rendering.latex.words import BEGINNINGS, MOST_TOLD, UNKNOWN, closes_gap, is_lost, piece
from newsletter.rendering.losses import Loss

_ESCAPED = "%$&#_{}"
_SPECIAL = re.compile(f"[{re.escape(BEGINNINGS)}]")
_TICKS = re.compile(r"`+")
_CODE = 300  # characters of a code span in a line
_DEPTH = 16
"""Arguments within arguments; what is nested deeper stays as it was written."""


def soften_line(text: str) -> str:
    """Return one line of plain text without LaTeX."""
    return text if not _SPECIAL.search(text) else "".join(_softened(text, 0, len(text), _DEPTH))


def _softened(text: str, pos: int, end: int, depth: int) -> Iterator[str]:
    while pos < end:
        special = _SPECIAL.search(text, pos, end)
        if special is None:
            yield text[pos:end]
            return
        found = piece(text, special.start(), end) if depth else None
        before = text[pos : special.start()]
        gone = found is not None and closes_gap(found, text[found.end : found.end + 1])
        yield before.rstrip(" ") if gone else before
        pos = special.start()
        if found is not None:
            yield found.before
            if found.command == "url":
                yield found.href
            elif found.stop:
                yield from _softened(text, found.start, found.stop, depth - 1)
            yield found.after
            pos = found.end
        elif text[pos] == "\\" and text[pos + 1 : min(pos + 2, end)] and text[pos + 1] in _ESCAPED:
            yield text[pos + 1]
            pos += 2
        else:
            stop = _code_end(text, pos, end)
            yield text[pos:stop]
            pos = stop


def line_losses(text: str) -> list[Loss]:
    """Return what of a line of plain text vanishes as LaTeX, or stays as typed though it is LaTeX."""
    return list(_lost(text))


def _lost(text: str) -> Iterator[Loss]:
    pos = 0
    while special := _SPECIAL.search(text, pos):
        pos = special.start()
        found = piece(text, pos, len(text))
        if found is None:
            if unknown := UNKNOWN.match(text, pos):
                yield Loss(1, f"“{unknown[0]}…}}”", as_typed=True)
            pos = pos + 2 if text[pos] == "\\" else _code_end(text, pos, len(text))
            continue
        if is_lost(found):
            yield Loss(1, f"“{text[pos : found.end].lstrip('~')[:MOST_TOLD]}”", as_typed=not found.understood)
        pos = found.start if found.stop and found.understood else found.end


def _code_end(text: str, pos: int, end: int) -> int:
    """Return where a code span that begins at `pos` ends, or the next place: code is left alone in a line too."""
    ticks = _TICKS.match(text, pos, end)
    if ticks is None or text[pos - 1 : pos] == "\\":
        return pos + 1
    closing = text.find(ticks[0], ticks.end(), min(end, ticks.end() + _CODE))
    return closing + len(ticks[0]) if closing >= 0 else ticks.end()


def read_escapes(text: str, unescape: Callable[[str], str]) -> str:
    r"""Return `text` with `unescape` applied to what is no LaTeX: a backslash of `\"o` or `$\{0,1\}$` is no escape."""
    read: list[str] = []
    end = 0
    for start, stop in pieces(text):
        read += [unescape(text[end:start]), text[start:stop]]
        end = stop
    return "".join([*read, unescape(text[end:])])


def pieces(text: str) -> Iterator[tuple[int, int]]:
    r"""Yield where each outermost piece of LaTeX that is understood begins and ends; `\%` and `\[` are escapes, and none."""
    pos = 0
    while special := _SPECIAL.search(text, pos):
        pos = special.start()
        found = None if text.startswith("\\[", pos) else piece(text, pos, len(text))
        if found is not None and text[pos] == "`":
            pos = found.start  # a quote holds words as others do, and no backslash is its own
        elif found is not None and found.understood:
            yield pos, found.end
            pos = found.end
        else:
            pos = pos + 2 if text[pos] == "\\" else _code_end(text, pos, len(text))
