"""Backslashes in the headings of an issue file, read and written: those of LaTeX belong to the words, the others to the file.

What is written is read back first: among the spellings from the plainest to the one that escapes everything, the first
that comes back as it was is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from newsletter.rendering.latex import pieces, read_escapes

_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_ESCAPE = re.compile(rf"\\({_PUNCTUATION})")
_VALUE_ESCAPE = re.compile(r"\\(u0022|u005c|[\"\\])")
_NUMBERED = {"u0022": '"', "u005c": "\\"}
_QUOTABLE = re.compile(r'(?:\\.|[^"\\])*')
_STRUCTURE = re.compile(r"[\[\]]|(?:^|(?<=\s))\{")


def read_title(written: str) -> str:
    """Return a title as it stands in a heading, its escapes read (CommonMark section 2.4)."""
    return read_escapes(written, lambda text: _ESCAPE.sub(r"\1", text))


def read_value(written: str) -> str:
    r"""Return the value of an attribute as it stands between quotes, `\"`, `\\`, `\u0022` and `\u005c` read."""
    return read_escapes(written, lambda text: _VALUE_ESCAPE.sub(lambda found: _NUMBERED.get(found[1], found[1]), text))


def write_title(title: str, escape: Callable[[str], str]) -> str:
    """Return a title for a heading; `escape` puts a backslash before what would mean something there."""
    spellings = (
        lambda: _around_latex(title, escape, lambda piece: not _STRUCTURE.search(piece)),
        lambda: escape(_doubled(title)),
        lambda: _everything(title),
    )
    return _first(spellings, read_title, title)


def write_value(value: str) -> str:
    """Return the value of an attribute without the quotes around it."""

    def plain(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"')

    spellings = (
        lambda: _around_latex(value, plain, lambda piece: bool(_QUOTABLE.fullmatch(piece)), doubled=False),
        lambda: plain(value),
        lambda: value.replace("\\", "\\\\").replace('"', "\\u0022"),
        lambda: value.replace("\\", "\\u005c").replace('"', "\\u0022"),
    )
    return _first(spellings, read_value, value)


def _first(spellings: tuple[Callable[[], str], ...], read: Callable[[str], str], words: str) -> str:
    written = ""
    for spelling in spellings:
        written = spelling()
        if read(written) == words:
            break
    return written


def _around_latex(
    text: str, escape: Callable[[str], str], may_stay: Callable[[str], bool], *, doubled: bool = True
) -> str:
    """Return text with its LaTeX as typed, where that cannot be mistaken for the signs of the file."""
    kept = [(start, stop) for start, stop in pieces(text) if may_stay(text[start:stop])]
    if not kept:
        return escape(_doubled(text)) if doubled else escape(text)
    written: list[str] = []
    end = 0
    for start, stop in [*kept, (len(text), len(text))]:
        between = text[end:start]
        written += [escape(_doubled(between)) if doubled else escape(between), text[start:stop]]
        end = stop
    return "".join(written)


def _doubled(text: str) -> str:
    return re.sub(rf"\\(?={_PUNCTUATION}|$)", r"\\\\", text)


def _everything(text: str) -> str:
    """Return a title that holds no LaTeX until it is read: every backslash doubled, every sign that could begin or end one escaped."""
    return re.sub(r"[\[\]{}$]|'(?![A-Za-z])", r"\\\g<0>", text.replace("\\", "\\\\"))
