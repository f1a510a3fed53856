"""Tables dressed for mail: columns that line up on a phone, or a record for each row where a phone could not show them all.

No mail program of a phone can be relied on to scroll a table sideways (Gmail and Yahoo on Android hide what does not fit:
https://www.caniemail.com/features/css-overflow/), so a table that is too wide becomes records, in which nothing is cut.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html
from lxml.html import HtmlElement  # type: ignore[import-untyped]
from markupsafe import Markup

from newsletter.rendering.language import Language
from newsletter.rendering.tables import is_blank, is_number, is_rank

WIDEST = 46
"""Characters of 14 px that stand side by side in the 342 px which a phone of 390 px leaves."""
_GAP = 2
_WRAPPED = 12
"""A column of words may wrap down to so many characters, or to its longest word."""
_WHOLE = 16
"""Letters of a word that is not broken at its hyphens: SST-2, gpt-5.4-mini."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """The cells of a table: every row as long as the head."""

    head: list[HtmlElement]
    rows: list[list[HtmlElement]]

    def column(self, number: int) -> list[str]:
        return [_words(row[number]) for row in self.rows]


def dressed(html: str, language: Language) -> Markup:
    """Return content HTML whose tables fit a phone: ranks narrow, numbers in one line, wide tables as records."""
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    for table in list(root.iter("table")):
        _dress(table, language)
    opening, closing = "<div>", "</div>"
    return Markup(  # noqa: S704 - clean before
        etree.tostring(root, encoding="unicode", method="html").removeprefix(opening).removesuffix(closing)
    )


def _dress(table: HtmlElement, language: Language) -> None:
    grid = _grid(table)
    if grid is not None and _width(grid) > WIDEST:
        _replace(table, _records(grid, language))
        return
    table.set("width", "100%")
    table.set("cellpadding", "6")
    table.set("cellspacing", "0")
    for row in table.iter("tr"):
        row.set("valign", "bottom" if row.find("th") is not None else "top")
    for cell in table.iter("th"):
        if not cell.get("align"):
            cell.set("align", language.start)
    if grid is not None:
        _set_columns(grid)
    container = lxml_html.Element("div", {"class": "scroll"})
    _replace(table, container)
    container.append(table)


def _grid(table: HtmlElement) -> _Grid | None:
    """The cells, where they make a plain grid under a row of heads."""
    rows = [list(row) for row in table.iter("tr")]
    plain = rows and len({len(row) for row in rows}) == 1 and not table.xpath(".//table|.//*[@colspan or @rowspan]")
    if not plain or len(rows) < 2 or any(cell.tag != "th" for cell in rows[0]):
        return None
    return _Grid(rows[0], rows[1:])


def _width(grid: _Grid) -> int:
    widths = [_column_width(_words(head), grid.column(number)) for number, head in enumerate(grid.head)]
    return sum(widths) + _GAP * (len(widths) - 1)


def _column_width(head: str, cells: list[str]) -> int:
    words = [len(word) for text in (head, *cells) for word in _unbroken(text)]
    longest = max(words, default=0)
    if _is_numeric(cells):
        return max(longest, *(len(cell) for cell in cells), 0)
    return max(longest, min(_WRAPPED, max((len(text) for text in (head, *cells)), default=0)))


def _unbroken(text: str) -> list[str]:
    """The pieces of a text that stay in one line."""
    pieces: list[str] = []
    for word in text.split():
        pieces += [word] if len(word) <= _WHOLE else re.split(r"(?<=[-–/])", word)  # noqa: RUF001
    return pieces


def _is_numeric(cells: list[str]) -> bool:
    return any(is_number(cell) for cell in cells) and all(is_number(cell) or is_blank(cell) for cell in cells)


def _set_columns(grid: _Grid) -> None:
    for number, head in enumerate(grid.head):
        cells = [row[number] for row in grid.rows]
        said = grid.column(number)
        ranked = number == 0 and is_rank(_words(head), said)
        width = "22" if ranked else "1" if _is_numeric(said) and number else ""
        if width:
            head.set("width", width)
        for cell, words in zip([head, *cells], [_words(head), *said], strict=True):
            name = _class(cell, words, ranked=ranked)
            if name:
                cell.set("class", name)


def _class(cell: HtmlElement, words: str, *, ranked: bool) -> str:
    if ranked and cell.tag == "td":
        return "rk"
    whole = " " not in words and 0 < len(words) <= _WHOLE and ("-" in words or cell.tag == "th")
    return "w" if whole or (cell.tag == "td" and cell.get("align") == "right") else ""


def _records(grid: _Grid, language: Language) -> HtmlElement:
    """The rows as records: the name in bold, then each value after the head of its column."""
    name = 1 if len(grid.head) > 1 and is_rank(_words(grid.head[0]), grid.column(0)) else 0
    table = lxml_html.Element(
        "table", {"role": "presentation", "width": "100%", "cellpadding": "0", "cellspacing": "0", "class": "recs"}
    )
    for row in grid.rows:
        cell = etree.SubElement(etree.SubElement(table, "tr"), "td", {"align": language.start, "class": "rec"})
        for number, each in enumerate(row):
            if number < name:
                _add(cell, "span", "k", each)
            elif number == name:
                _add(cell, "strong", "", each)
            elif _words(each) or each.find(".//img") is not None:
                _add_value(cell, grid.head[number], each, is_first=number == name + 1)
    return table


def _add_value(cell: HtmlElement, head: HtmlElement, value: HtmlElement, *, is_first: bool) -> None:
    if is_first:
        etree.SubElement(cell, "br")
    else:
        cell[-1].tail = " · "
    around = etree.SubElement(cell, "span", {"class": "w"} if len(_words(head) + _words(value)) <= WIDEST // 2 else {})
    if _words(head):
        _add(around, "span", "k", head)
    _move(value, etree.SubElement(around, "span"))


def _add(parent: HtmlElement, tag: str, name: str, cell: HtmlElement) -> None:
    made = etree.SubElement(parent, tag, {"class": name} if name else {})
    _move(cell, made)
    made.tail = "\u00a0" if tag == "span" else ""


def _move(cell: HtmlElement, target: HtmlElement) -> None:
    copied = deepcopy(cell)
    target.text = copied.text
    target.extend(list(copied))


def _replace(element: HtmlElement, other: HtmlElement) -> None:
    other.tail, element.tail = element.tail, None
    element.getparent().replace(element, other)


def _words(cell: HtmlElement) -> str:
    return " ".join(cell.text_content().split())
