"""Pieces of Markdown that can stand inside an issue file without disturbing what follows them."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_NESTING = 64
"""Deepest nesting of quotes and lists; the parser itself stops a little later, so that we see it happen."""

_BLOCKS = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING + 8}).enable("table")
_BLOCKS.core.ruler.enableOnly(["normalize", "block"])
_PERHAPS_STRUCTURE = re.compile(r"^ {0,3}##|```|~~~|[<|]|^(?:[ \t]*[>*+-]){16}", re.MULTILINE)
"""Text without a match holds no heading, fence, HTML, table or deep nesting, and need not be parsed to know it."""
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""Characters that no text has: C0 and C1 controls but tab and newline, and noncharacters."""


def block_tokens(text: str) -> list[Token]:
    """Return the block structure of `text` (CommonMark with GFM tables); inline content is left unread."""
    return _BLOCKS.parse(text)


def trim(text: str) -> str:
    """Return `text` with LF line ends and without blank lines at its edges; indentation and inner blank lines stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [number for number, line in enumerate(lines) if line.strip(" \t")]
    return "\n".join(lines[filled[0] : filled[-1] + 1]) if filled else ""


def is_structure(token: Token, levels: tuple[str, ...] = ("##", "###")) -> bool:
    """Tell whether `token` opens a heading of the file's structure: ATX, not inside a quote or list."""
    return token.type == "heading_open" and token.level == 0 and token.markup in levels


def unclosed_line(tokens: list[Token], after: int) -> int | None:
    """Return the line (from 0) of the block that swallows line `after`, which was meant to be a heading."""
    last = [token for token in tokens if token.level == 0 and token.map]
    if last and is_structure(last[-1]) and last[-1].map == [after, after + 1]:
        return None
    return last[-1].map[0] if last and last[-1].map else 0


def check_fragment(text: str, *, levels: tuple[str, ...], tables: bool = True) -> None:
    """Raise ValueError unless `text` can stand in the file: no heading of `levels`, every block closed.

    With `tables` false it may hold no table either: the first table of an item is the item itself.
    """
    if CONTROL.search(text):
        raise ValueError("the text holds a control character")
    if not _PERHAPS_STRUCTURE.search(text):
        return
    probe = text + "\n\n## end"
    tokens = block_tokens(probe)
    if any(token.level > MAX_NESTING for token in tokens):
        raise ValueError(f"quotes and lists are nested deeper than {MAX_NESTING}")
    if unclosed_line(tokens, probe.count("\n")) is not None:
        raise ValueError("a code fence or an HTML block is never closed")
    if any(is_structure(token, levels) for token in tokens[:-3]):
        raise ValueError(f"the text holds a heading {' or '.join(levels)}; begin it with #### or deeper")
    if not tables and any(token.type == "table_open" and token.level == 0 for token in tokens):
        raise ValueError("a second table stands above the item's own")
