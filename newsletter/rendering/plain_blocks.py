"""Clean content HTML as plain text: paragraphs, lists, quotes, code, tables and numbered links.

The text is written from the same clean HTML as the other outputs, so raw HTML in a body reads well too, and nothing
the sanitiser took out comes back.
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise

from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.rendering.plain_table import PlainTable, table_lines
from newsletter.rendering.plain_width import NO_BREAK, WIDTH, columns, wrap
from newsletter.rendering.slots_in_content import BROKEN, OPENING

_BLOCKS = frozenset("p div ul ol li dl dt dd blockquote pre table figure figcaption h1 h2 h3 h4 h5 h6 hr".split())
_AROUND = {"em": "_", "i": "_", "strong": "*", "b": "*", "code": "`", "kbd": "`", "samp": "`", "q": '"'}
MAX_CELLS = 50_000
"""Cells of a table whose short rows are filled up."""
_LINE_BREAK = "\x0b"  # a vertical tab: content holds none, HTML parsers drop it


class Footnotes:
    """Numbers the links of one mail; each list of addresses is written once, where `flush` is called."""

    def __init__(self, target: Callable[[str], str]) -> None:
        self._target = target
        self._numbers: dict[str, int] = {}
        self._waiting: list[str] = []
        self._before: set[str] = set()  # the slot of an address that stands for itself
        self._behind: set[str] = set()
        self._lengths: set[int] = set()

    def mark(self, words: str, url: str) -> str:
        """Return the words of a link with its number; an address that stands for itself needs none."""
        if url in {words, f"mailto:{words}", f"{words}/"}:
            return self._standing(self._target(url))
        if url not in self._numbers:
            self._numbers[url] = len(self._numbers) + 1
            self._waiting.append(url)
        return f"{words}{NO_BREAK}[{self._numbers[url]}]".lstrip(NO_BREAK)

    def restore(self, line: str) -> str:
        """Return a defused line whose own addresses hold their slots again."""
        pieces = line.split(BROKEN)
        marks = [OPENING if self._is_ours(*pair) else BROKEN for pair in pairwise(pieces)]
        return "".join(chain.from_iterable(zip(pieces, [*marks, ""], strict=True)))

    def _standing(self, address: str) -> str:
        before, mark, behind = address.partition(OPENING)
        if mark:
            self._before.add(before)
            self._behind.add(behind)
            self._lengths.add(len(behind))
        return address

    def _is_ours(self, before: str, behind: str) -> bool:
        """Tell whether the mark between these two belongs to an address that `mark` returned."""
        return before.endswith(tuple(self._before)) and any(behind[:n] in self._behind for n in self._lengths)

    def flush(self) -> list[str]:
        """Return the lines of the links not listed yet."""
        lines = [f"[{self._numbers[url]}] {self._target(url)}" for url in self._waiting]
        self._waiting.clear()
        return lines


def block_lines(html: str, notes: Footnotes) -> list[str]:
    """Return clean HTML as lines of at most 72 columns; blocks are parted by an empty line."""
    if not html.strip():
        return []
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    return _blocks(root, notes, WIDTH)


def _blocks(parent: HtmlElement, notes: Footnotes, width: int, *, tight: bool = False) -> list[str]:
    """Lay out the children of an element: runs of inline content become paragraphs between the blocks."""
    blocks: list[list[str]] = []
    run = parent.text or ""

    def end_run() -> None:
        nonlocal run
        if run.strip():
            blocks.append(_paragraph(run, width))
        run = ""

    for child in parent:
        if child.tag in _BLOCKS:
            end_run()
            blocks.append(_block(child, notes, width))
        else:
            run += _inline(child, notes)
        run += child.tail or ""
    end_run()
    return _joined([block for block in blocks if block], tight=tight)


def _joined(blocks: list[list[str]], *, tight: bool) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        lines += [""] if lines and not tight else []
        lines += block
    return lines


def _block(element: HtmlElement, notes: Footnotes, width: int) -> list[str]:
    match element.tag:
        case "ul" | "ol" | "dl":
            return _list(element, notes, width)
        case "blockquote":
            return _prefixed(_blocks(element, notes, max(20, width - 2)), "> ", "> ")
        case "pre":
            return [f"    {line}" for line in element.text_content().strip("\n").split("\n")]
        case "table":
            return table_lines(_table(element, notes), width=width)
        case "hr":
            return ["* * *"]
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            lines = _blocks(element, notes, width)
            return underlined(lines, "~")
        case _:
            return _blocks(element, notes, width)


def underlined(lines: list[str], sign: str) -> list[str]:
    """Return a heading with a line under it."""
    return [*lines, sign * max((columns(line) for line in lines), default=0)]


def _list(element: HtmlElement, notes: Footnotes, width: int) -> list[str]:
    blocks = []
    number = int(element.get("start", "1"))
    tight = not element.xpath("./li/p")
    for child in element:
        sign = (
            f"{number}. " if element.tag == "ol" else "" if child.tag == "dt" else "  " if child.tag == "dd" else "- "
        )
        number += 1
        lines = _blocks(child, notes, max(20, width - len(sign)), tight=tight)
        blocks.append(_prefixed(lines, sign, " " * len(sign)))
    return _joined(blocks, tight=tight)


def _prefixed(lines: list[str], first: str, rest: str) -> list[str]:
    return [f"{first if number == 0 else rest}{line}".rstrip() for number, line in enumerate(lines)]


def _paragraph(run: str, width: int) -> list[str]:
    return [line for piece in run.split(_LINE_BREAK) if piece.strip() for line in wrap(piece, width=width)]


def _table(element: HtmlElement, notes: Footnotes) -> PlainTable:
    rows = [row.xpath("./th|./td") for row in element.iter("tr")]
    width = max((len(row) for row in rows), default=0)
    filled = width if width * len(rows) <= MAX_CELLS else 0  # one long row must not make all the others long
    texts = [[" ".join(_content(cell, notes).split()) for cell in row] + [""] * (filled - len(row)) for row in rows]
    aligns = [""] * width
    for row in rows:
        for place, cell in enumerate(row):
            aligns[place] = aligns[place] or cell.get("align", "")
    has_head = bool(rows) and all(cell.tag == "th" for cell in rows[0])
    return PlainTable(head=texts[0] if has_head else [], rows=texts[1:] if has_head else texts, aligns=aligns)


def _inline(element: HtmlElement, notes: Footnotes) -> str:
    if element.tag == "br":
        return _LINE_BREAK
    if element.tag == "img":
        return f"[{element.get('alt')}]" if element.get("alt") else ""
    words = _content(element, notes)
    if element.tag == "a" and element.get("href"):
        return notes.mark(" ".join(words.split()), element.get("href"))
    sign = _AROUND.get(str(element.tag), "")
    return f"{sign}{words}{sign}" if words.strip() else words


def _content(element: HtmlElement, notes: Footnotes) -> str:
    return (element.text or "") + "".join(_inline(child, notes) + (child.tail or "") for child in element)
