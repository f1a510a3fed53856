"""Fenced blocks of Markdown that are rendered by us: `:::quote Who said it`, lines of Markdown, and `:::` again.

The marks are those of the generic directives that Pandoc calls fenced divs (https://pandoc.org/MANUAL.html#divs-and-spans). A block
stands at the top level of its text and holds no other; what cannot be read stays as it was typed and is told as a loss.
"""

from __future__ import annotations

import re
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from newsletter.rendering.losses import LOSSES, Loss

OPEN, CLOSE = "furniture_open", "furniture_close"
_TOLD = "lines of blocks that cannot be read"
_OPENING = re.compile(r":::[ \t]{0,9}([a-z]{1,20})(?:[ \t]+([^\n]*))?")
_CLOSING = re.compile(r":::[ \t]*")
_CODE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r"\[.{1,1000}?\]\([^\s)]")

_BODY_LINK = re.compile(r"\]\(|\]\[|<https?:|https?://|\[[^\]\n]{1,200}\]", re.IGNORECASE)


class Block(StrEnum):
    """What a fenced block can be."""

    QUOTE = "quote"
    BUTTON = "button"
    NOTE = "note"
    TIP = "tip"
    WARNING = "warning"


def fences_plugin(parser: MarkdownIt) -> None:
    """Teach a parser the fenced blocks: tokens `furniture_open` (its `info` the block, `content` the rest of its line) and `furniture_close`."""
    parser.block.ruler.before(
        "fence", "furniture", _read_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _read_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    found = _OPENING.fullmatch(_line(state, start)) if state.src.startswith(":::", _first(state, start)) else None
    if found is None or state.is_code_block(start):
        return False
    name, words = found[1], (found[2] or "").strip()
    alone = name == Block.BUTTON and bool(_LINK.match(words))  # its link on the line itself: it needs no end
    last = None if name not in set(Block) or state.level else _closing(state, start + 1, end)
    if alone and not state.level:
        last = _short_end(state, start, end)
    if last is None:
        _tell(state, Loss(start + 1, f"the block “:::{name}”"))
        return False
    if not silent:
        if name == Block.BUTTON and not alone and not _BODY_LINK.search(state.getLines(start, last, 0, False)):
            _tell(state, Loss(start + 1, "the block “:::button”, which has no link,"))
        _push(state, start, last, name, words, inside=not alone)
        state.line = last + 1
    return True


def _tell(state: StateBlock, loss: Loss) -> None:
    """Note a loss once: a line is asked about again and again while a paragraph looks for its end."""
    told: set[int] = state.env.setdefault(_TOLD, set())
    if loss.line not in told:
        told.add(loss.line)
        state.env.setdefault(LOSSES, []).append(loss)


def _push(state: StateBlock, start: int, last: int, name: str, words: str, *, inside: bool) -> None:
    opening = state.push(OPEN, "div", 1)
    opening.block, opening.info, opening.content, opening.map = True, name, words, [start, last + 1]
    if inside:
        before, kept = state.parentType, state.lineMax
        state.parentType, state.lineMax = "container", last
        state.md.block.tokenize(state, start + 1, last)
        state.parentType, state.lineMax = before, kept
    state.push(CLOSE, "div", -1).block = True


def _closing(state: StateBlock, line: int, end: int) -> int | None:
    """Return the line that ends a block begun before `line`; one in a code fence ends nothing."""
    fence = ""
    for number in range(line, end):
        text = _line(state, number)
        if (code := _CODE.match(text)) and (not fence or code[1].startswith(fence)):
            fence = "" if fence else code[1]
        elif not fence and _CLOSING.fullmatch(text):
            return number
        elif not fence and _OPENING.fullmatch(text):
            return None
    return None


def _short_end(state: StateBlock, start: int, end: int) -> int:
    """Return the last line of a button that stands on one line: the next one, where it holds the end."""
    return start + 1 if start + 1 < end and _CLOSING.fullmatch(_line(state, start + 1)) else start


def _first(state: StateBlock, line: int) -> int:
    return state.bMarks[line] + state.tShift[line]


def _line(state: StateBlock, line: int) -> str:
    return state.src[_first(state, line) : state.eMarks[line]]
