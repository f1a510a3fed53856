"""Clean content HTML as plain text: paragraphs, lists, quotes, code, tables and numbered links.

The text is written from the same clean HTML as the other outputs, so raw HTML in a body reads well too, and nothing
the sanitiser took out comes back.
"""

from __future__ import annotations

from itertools import chain

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.rendering.kept_work import KeptWork
from newsletter.rendering.plain_grid import is_layout, parts_of, plain_table, rows_of
from newsletter.rendering.plain_inline import (
    BLOCK_END,
    BLOCKS,
    LINE_BREAK,
    content_text,
    in_one_line,
    inline_text,
    running_text,
)
from newsletter.rendering.plain_links import LinkNumbers, NotedLinks
from newsletter.rendering.plain_table import table_lines
from newsletter.rendering.plain_width import WIDTH, columns, wrap

_ITEMS = frozenset({"li", "dt", "dd"})
_UNDER = {"h4": "~", "h5": ".", "h6": "'"}
"""Signs under a heading, by its level."""
_LAID: KeptWork[tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]] = KeptWork()
"""The lines of a text, and the links they were laid out with."""


def block_lines(html: str, links: LinkNumbers) -> list[str]:
    """Return clean HTML as lines of at most 72 columns; blocks are parted by an empty line.

    Lines of code are as long as they were written, and an address is never cut.
    """
    if not html.strip():
        return []
    kept = _LAID.get(html)
    # asked the same twice, the numbers say the same: where one says another, all is laid out anew
    if kept is not None and all(links.mark(words, url) == said for words, url, said in kept[1]):
        return list(kept[0])
    noted = NotedLinks(links)
    lines = _blocks(_read(html), noted, WIDTH)
    size = sum(map(len, chain(lines, *noted.marks)))
    _LAID.keep(html, (tuple(lines), tuple(noted.marks)), len(html) + size)
    return lines


def words_of(html: str) -> str:
    """Return the words of clean HTML on one line, those of two blocks apart, without its notes."""
    return running_text(_read(html)) if html.strip() else ""


def _read(html: str) -> HtmlElement:
    return lxml_html.fragment_fromstring(html, create_parent="div")


def _blocks(parent: HtmlElement, links: LinkNumbers, width: int, *, tight: bool = False) -> list[str]:
    """Lay out the children of an element: runs of inline content become paragraphs between the blocks."""
    blocks: list[list[str]] = []
    run = parent.text or ""

    def end_run() -> None:
        nonlocal run
        blocks.extend(_paragraph(piece, width) for piece in run.split(BLOCK_END) if piece.strip())
        run = ""

    for child in parent:
        if child.tag in BLOCKS:
            end_run()
            blocks.append(_block(child, links, width))
        else:
            run += inline_text(child, links)
        run += child.tail or ""
    end_run()
    return _joined([block for block in blocks if block], tight=tight)


def _joined(blocks: list[list[str]], *, tight: bool) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        lines += [""] if lines and not tight else []
        lines += block
    return lines


def _block(element: HtmlElement, links: LinkNumbers, width: int) -> list[str]:
    match element.tag:
        case "ul" | "ol" | "dl":
            return _list(element, links, width)
        case "blockquote":
            return _prefixed(_blocks(element, links, max(20, width - 2)), "> ", "> ")
        case "pre":
            return [f"    {line}" for line in _code(element).strip("\n").split("\n")]
        case "table":
            return _table(element, links, width)
        case "hr":
            return ["* * *"]
        case "h4" | "h5" | "h6":
            return underlined(_blocks(element, links, width), _UNDER[element.tag])
        case _:
            return _blocks(element, links, width)


def underlined(lines: list[str], sign: str) -> list[str]:
    """Return a heading with a line under it."""
    return [*lines, sign * max((columns(line) for line in lines), default=0)]


def _code(element: HtmlElement) -> str:
    for line_break in element.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return str(element.text_content())


def _list(element: HtmlElement, links: LinkNumbers, width: int) -> list[str]:
    """Lay out a list; words and lists that stand in it beside its items, as pasted ones may, are no items."""
    blocks = [_paragraph(element.text or "", width)]
    number = int(element.get("start", "1"))
    tight = not element.xpath("./li/p")
    for child in element:
        sign = _sign(element, child, number)
        number += child.tag == "li"
        inside = _blocks if child.tag in _ITEMS else _alone
        lines = inside(child, links, max(20, width - len(sign)), tight=tight)
        blocks += [_prefixed(lines, sign, " " * len(sign)), _paragraph(child.tail or "", width)]
    return _joined([block for block in blocks if block], tight=tight)


def _alone(element: HtmlElement, links: LinkNumbers, width: int, *, tight: bool) -> list[str]:  # noqa: ARG001 - as `_blocks`
    """Lay out an element that may be a block or not."""
    if element.tag in BLOCKS:
        return _block(element, links, width)
    return [line for piece in inline_text(element, links).split(BLOCK_END) for line in _paragraph(piece, width)]


def _sign(parent: HtmlElement, child: HtmlElement, number: int) -> str:
    match child.tag:
        case "li":
            return f"{number}. " if parent.tag == "ol" else "- "
        case "dt":
            return ""
    return "  "


def _prefixed(lines: list[str], first: str, rest: str) -> list[str]:
    return [f"{first if number == 0 else rest}{line}".rstrip() for number, line in enumerate(lines)]


def _paragraph(run: str, width: int) -> list[str]:
    return [line for piece in run.split(LINE_BREAK) if piece.strip() for line in wrap(piece, width=width)]


def _table(element: HtmlElement, links: LinkNumbers, width: int) -> list[str]:
    """Lay out a table; one that holds others only to place them is read cell after cell."""
    captions = [_blocks(caption, links, width) for caption in element.xpath("./caption")]
    if is_layout(element):
        cells = [_blocks(cell, links, width) for row in rows_of(element) for cell in parts_of(row)]
        return _joined([block for block in (*captions, *cells) if block], tight=False)
    etree.strip_tags(element, "strong", "b", "em", "i")  # among columns their signs are noise
    table = plain_table(element, lambda cell: in_one_line(content_text(cell, links)))
    return _joined([block for block in (*captions, table_lines(table, width=width)) if block], tight=False)
