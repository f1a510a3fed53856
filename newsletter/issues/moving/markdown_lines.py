"""Lines of converted Markdown: where a sign at their beginning, or a backslash at their end, would mean something else."""

from __future__ import annotations

import re

from newsletter.rendering.written_text import at_beginning

_LOOSE = re.compile(r"(?<!\\)(?:\\\\)*\\(?=\s|\Z)")
"""A backslash before white space, which would break a line once that is the line's end."""
_LAST = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")


def loose_marked(written: str) -> str:
    """Return written words in which no backslash stands before white space, where it would break a line."""
    return _LOOSE.sub(_by_number, written)


def last_marked(written: str) -> str:
    """Return the written words of a link without a backslash at their end, which would take its bracket for a sign."""
    return _LAST.sub(_by_number, written)


def _by_number(found: re.Match[str]) -> str:
    """Write the backslash that a match ends with by its number: so it is a sign wherever it stands."""
    return f"{found[0][:-1]}&#92;"


def before_breaks(text: str) -> int:
    """Return where the white space and the breaks begin that a text ends with."""
    bare = text.rstrip()
    while bare.endswith("\\") and text[len(bare) : len(bare) + 1] == "\n":
        bare = bare[:-1].rstrip()
    return len(bare)


def paragraph_lines(text: str) -> str:
    """Return the lines of a paragraph, in none of which a sign begins a block, without a break at the end."""
    return "\n".join(filter(None, map(_line, text.split("\n")))).removesuffix("\\")


def _line(line: str) -> str:
    """Return a line of a paragraph, in which no sign begins a block."""
    bare = line.strip()
    if bare.startswith("~~"):  # ours: typed ones are written otherwise
        return bare
    return at_beginning(bare) if bare != "\\" else ""
