"""Small marks of other writers' Markdown: task lists (`- [x]`), marked words (`==so==`), lists of attributes (`{.button}`)."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from newsletter.rendering.losses import LOSSES, Loss, line_breaks
from newsletter.rendering.pasted_html import TICKED, UNTICKED

_TASK = re.compile(r"\[([ xX])\](?=\s)")
_OPENS, _CLOSES = re.compile(r"==(?=[^\s=])"), re.compile(r"(?<=[^\s=])==(?![\w=])")
_MAX_MARKED = 1000
"""Characters of marked words."""
_BEFORE = frozenset(" \t\n([{\"'*_~“„«‘—–-")  # noqa: RUF001 - quotation marks
_ATTRIBUTES = re.compile(
    r"\s?\{:?\s{0,9}((?:[.#][\w-]{1,60}|[a-zA-Z-]{1,30}=(?:\"[^\"{}\n]{0,200}\"|[^\s\"{}]{1,200}))(?:\s{1,9}(?=[^\s}])|\s{0,9}(?=\})))+\}"
)
_PARTS = re.compile(r"([a-zA-Z-]{1,30})=(?:\"([^\"{}\n]{0,200})\"|([^\s\"{}]{1,200}))")
_SIZES = ("width", "height")


def small_marks_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser these marks. Losses are put into the environment under `LOSSES`."""
    parser.inline.add_terminator_char("=")
    parser.inline.ruler.before("emphasis", "marked", _marked)
    parser.core.ruler.push("tasks", _tick)
    parser.core.ruler.push("attribute_lists", _take_attributes)


def _marked(state: StateInline, silent: bool) -> bool:
    """Read `==words==`; in `a==b` and `x == y` the signs compare."""
    before = state.src[state.pos - 1] if state.pos else " "
    if state.src[state.pos] != "=" or before not in _BEFORE or not _OPENS.match(state.src, state.pos, state.posMax):
        return False
    end = _closing(state.src, state.pos + 2, min(state.posMax, state.pos + _MAX_MARKED))
    if end < 0 or state.level >= state.md.options.maxNesting:
        return False
    if not silent:
        outer = state.posMax
        state.push("mark_open", "mark", 1)
        state.pos, state.posMax = state.pos + 2, end
        state.md.inline.tokenize(state)
        state.posMax = outer
        state.push("mark_close", "mark", -1)
    state.pos = end + 2
    return True


def _closing(source: str, start: int, end: int) -> int:
    """Return where marked words end, or -1; not within code, which has an odd number of ticks before it."""
    ticks, counted = 0, start
    for found in _CLOSES.finditer(source, start + 1, end):
        ticks += source.count("`", counted, found.start())
        counted = found.start()
        if ticks % 2 == 0:
            return found.start()
    return -1


def _tick(state: StateCore) -> None:
    """Write the box of a task as a sign: no mail shows a form."""
    if "]" not in state.src:
        return
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        found = _TASK.match(inline.content)
        first = inline.children[0]
        if found and first.type == "text" and first.content.startswith(found[0]):
            first.content = (UNTICKED if found[1] == " " else TICKED) + first.content[len(found[0]) :]
            item.attrSet("class", "task")


def _take_attributes(state: StateCore) -> None:
    """Take `{.button}` and `{width=480}` from behind links, images and headings: the size of an image is kept, the rest is told."""
    losses = state.env.setdefault(LOSSES, [])
    line, heading = 0, False
    if "{" not in state.src:
        return
    for token in state.tokens:
        line = token.map[0] if token.map else line
        within = line + 1
        children = token.children or []
        for before, child in zip([None, *children], children, strict=False):
            if child.type == "text" and "{" in child.content:
                losses += _taken(child, before, within, ends_heading=heading and child is children[-1])
            within += line_breaks(child)
        heading = token.type == "heading_open"


def _taken(text: Token, before: Token | None, line: int, *, ends_heading: bool) -> list[Loss]:
    follows = before is not None and before.type in {"link_close", "image"}
    found = _ATTRIBUTES.match(text.content) if follows else None
    if found is None and ends_heading:
        found = _ATTRIBUTES.match(text.content, text.content.rfind("{") - int(" {" in text.content))
        found = found if found and found.end() == len(text.content.rstrip()) else None
    if found is None:
        return []
    text.content = text.content[: found.start()] + text.content[found.end() :]
    if before is not None and before.type == "image" and _sizes(before, found[0]):
        return []
    return [Loss(line, f"“{found[0].strip()}”")]


def _sizes(image: Token, written: str) -> bool:
    """Give an image its size; tell whether nothing else was written."""
    parts = {found[1].lower(): (found[2] or found[3] or "").removesuffix("px") for found in _PARTS.finditer(written)}
    for name in (each for each in _SIZES if each in parts):
        image.attrSet(name, parts[name])
    return (
        bool(parts)
        and set(parts) <= set(_SIZES)
        and "." not in _PARTS.sub("", written)
        and "#" not in _PARTS.sub("", written)
    )
