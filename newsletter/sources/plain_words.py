"""Plain text of others as Markdown that says just that: no sign of theirs becomes a link, a heading, emphasis, LaTeX or a mark of ours."""

from __future__ import annotations

import re

_SIGNS = re.compile(
    r"""[\\*\[\]<${}]           # means something wherever it stands
    |(?<![^\W_])_|_(?![^\W_])  # within a word it means nothing
    |&(?=\#?\w{1,40};)         # the name of a sign
    """,
    re.VERBOSE,
)
_ACCENTS = re.compile(r"`|~(?=~)|(?<=~)~|=(?==)|(?<==)=|^=|(?<=\[)\^")
"""Signs that must not be read and have no backslash either, which would make an accent of LaTeX of them: they go by their numbers."""
_ADDRESS = re.compile(r"(?i)(?<=http)://|(?<=https)://")
_SHORT_CODE = re.compile(r"(?<![\w:/.]):(?=(?:[a-z+-][a-z0-9_+-]{0,40}|100):(?![\w:/]))")
_JOINERS = frozenset("\u200c\u200d")  # within words of some scripts, and within emoji
_BLOCK = re.compile(r"^(?:[#>+-]|\d{1,9}(?=[.)](?:\s|$)))")


def on_one_line(text: str, limit: int = 0) -> str:
    """Return text on one line, without control characters; cut at `limit` characters, where that is given."""
    kept = "".join(sign for sign in text if sign.isprintable() or sign.isspace() or sign in _JOINERS)
    line = " ".join(kept.split())
    return line if not limit or len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def as_markdown(text: str) -> str:
    """Return plain text of one line as Markdown that is read as these words.

    An address is broken by a sign's number (`https:&#47;&#47;`), so that it stays words; a short code of an emoji likewise.
    """
    escaped = _ACCENTS.sub(_numbered, _SIGNS.sub(_escaped, text))
    escaped = _ADDRESS.sub(":&#47;&#47;", escaped)
    escaped = _SHORT_CODE.sub("&#58;", escaped)
    return _BLOCK.sub(_without_block, escaped)


def _escaped(found: re.Match[str]) -> str:
    # two backslashes would end a line of LaTeX
    return "&#92;" if found[0] == "\\" else f"\\{found[0]}"


def _numbered(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _without_block(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0][0].isdigit() else f"\\{found[0]}"


def as_cell(text: str) -> str:
    """Return plain text of one line as a cell of a table: no block begins in one, and one dollar alone is money and no LaTeX."""
    escaped = _SHORT_CODE.sub("&#58;", _ADDRESS.sub(":&#47;&#47;", _ACCENTS.sub(_numbered, _SIGNS.sub(_escaped, text))))
    return escaped.replace(r"\$", "$") if text.count("$") == 1 else escaped
