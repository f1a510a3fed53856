"""What another program put on the clipboard, as Markdown: text of Word, Google Docs and Substack, and tables of any page.

`sanitising` knows what such HTML means and keeps what a mail has; `as_markdown` writes that. A table stays one.
"""

from __future__ import annotations

import re
from html import escape
from itertools import islice
from urllib.parse import parse_qs, urlsplit

from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.errors import InputError
from newsletter.rendering.as_markdown import markdown_of
from newsletter.rendering.latex import pieces
from newsletter.rendering.sanitising import sanitise
from newsletter.rendering.word_lists import with_lists
from newsletter.rendering.written_text import inline

MAX_PASTED = 1_000_000
"""Characters that are read; a word processor writes twenty for each one that is seen."""
_BEGIN, _END = "<!--StartFragment-->", "<!--EndFragment-->"
_HELD = "tableheldhere"
_PLACE = re.compile(_HELD + r"(\d{1,6})end")
_CODE = ("code", "pre", "kbd", "samp")
_MAY_BE_LATEX = re.compile(r"[\\$]")
_FIGURE = re.compile(r"\\?[-+−$€£]?[\d.,]+ ?[%a-zA-Z]{0,3}")  # noqa: RUF001
_MOST_SPANNED = 50
_MOST_HELD = 2_000
"""Formulas that stay as they were pasted."""
_MOST_RICH = 2_000
"""Cells of a table whose links and emphasis are kept; of a larger one the words, for each cell is written on its own."""
_MOST_TABLES = 100
_BUTTON = re.compile(r"<button\b[^<>]{0,2000}>[^<]{0,200}</button>", re.IGNORECASE)
"""What a page offers to press is no part of its text."""
_SPACE = re.compile(r"\s+")
_BY_GOOGLE = re.compile(r"https?://(?:www\.)?google\.com/url\?")
_PARTED = ("p", "div", "li", "br", "h4", "h5", "h6", "dt", "dd", "pre", "blockquote")
"""Elements of a cell that stand on lines of their own."""


def pasted_markdown(html: str) -> str:
    """Return pasted HTML as Markdown, without images. Raises InputError for more than is read, or what is nested too deeply."""
    if len(html) > MAX_PASTED:
        raise InputError(f"what was pasted is longer than {MAX_PASTED:,} characters", remedy="paste it in parts")
    _, mark, behind = html.partition(_BEGIN)
    clean = sanitise(with_lists(_BUTTON.sub("", (behind if mark else html).partition(_END)[0])))
    if not clean.strip():
        return ""
    root = lxml_html.fragment_fromstring(clean, create_parent="div")
    held = _Held()
    _hold_notes(root, held)
    _hold_latex(root, held)
    for table in _outermost(root):
        _hold_table(table, held)
    return held.back(markdown_of(lxml_html.tostring(root, encoding="unicode"), _absolute, most=MAX_PASTED))


class _Held:
    """Keeps what is Markdown already, and gives a word that stands for it until all around it is written."""

    def __init__(self) -> None:
        self._written: list[str] = []

    def put(self, written: str) -> str:
        """Return the word for it."""
        self._written.append(written)
        return f"{_HELD}{len(self._written) - 1}end"

    @property
    def is_full(self) -> bool:
        """Whether so much is kept that the rest is read as words."""
        return len(self._written) > _MOST_HELD

    def back(self, text: str) -> str:
        """Return a text with what its words stand for."""
        return _PLACE.sub(
            lambda found: self._written[int(found[1])] if int(found[1]) < len(self._written) else "", text
        )


def table_of(rows: list[list[str]]) -> str:
    """Return rows of plain cells as a Markdown table, the first row as its head; short rows are filled up."""
    return _written([[_cell(cell) for cell in row] for row in rows])


def _written(rows: list[list[str]]) -> str:
    width = max((len(row) for row in rows), default=0)
    filled = [row + [""] * (width - len(row)) for row in rows]
    if not width:
        return ""
    aligned = [_aligned([row[column] for row in filled[1:]]) for column in range(width)]
    lines = [filled[0], aligned, *filled[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _absolute(address: str) -> str:
    """Return an address that leads somewhere, else nothing; one that Google put its own before as it was."""
    if _BY_GOOGLE.match(address):
        behind = parse_qs(urlsplit(address).query).get("q", [""])[0]
        address = behind if behind.startswith(("https://", "http://")) else address
    return address if address.startswith(("https://", "http://", "mailto:")) else ""


def _outermost(root: HtmlElement) -> list[HtmlElement]:
    every = [each for each in root.iter("table") if next(each.iterancestors("table"), None) is None]
    return every[:_MOST_TABLES]


def _hold_notes(root: HtmlElement, held: _Held) -> None:
    """Write the marks of footnotes as Markdown has them: `[^1]` in the text, `[^1]:` before the note."""
    for mark in root.xpath('.//sup[@class="ref" or @class="mark"]'):
        number = mark.text_content().strip()
        if number.isdecimal():
            note = ":" if mark.get("class") == "mark" else ""
            tail = mark.tail
            mark.clear()
            mark.tag, mark.text, mark.tail = "span", held.put(f"[^{number}]{note}"), tail


def _hold_latex(root: HtmlElement, held: _Held) -> None:
    """Leave LaTeX as it was pasted, for the renderer reads it."""
    typed = {within for code in root.iter(*_CODE) for within in code.iter()}
    for element in root.iter():
        if element.text and element not in typed:
            element.text = _latex_held(element.text, held)
        if element.tail and (element not in typed or element.getparent() not in typed):
            element.tail = _latex_held(element.tail, held)


def _latex_held(text: str, held: _Held) -> str:
    if held.is_full or not _MAY_BE_LATEX.search(text):
        return text
    kept, end = [], 0
    for start, stop in islice(pieces(text), _MOST_HELD):
        if text[start] in "\\$":
            kept += [text[end:start], held.put(text[start:stop])]
            end = stop
    return "".join([*kept, text[end:]])


def _hold_table(table: HtmlElement, held: _Held) -> None:
    """Put a paragraph into the place of a table, whose Markdown is held."""
    rows = [[each for each in row if each.tag in {"td", "th"}] for row in table.iter("tr") if _is_of(row, table)]
    grid = _grid([row for row in rows if row], held)
    place = lxml_html.fragment_fromstring("<p></p>")
    place.text, place.tail = held.put(_written(grid)), table.tail
    table.getparent().replace(table, place)


def _is_of(row: HtmlElement, table: HtmlElement) -> bool:
    return next(row.iterancestors("table"), None) is table


def _grid(rows: list[list[HtmlElement]], held: _Held) -> list[list[str]]:
    """Return the cells of each row as Markdown; a cell that spans rows stands in each of them, one that spans columns once."""
    is_rich = sum(map(len, rows)) <= _MOST_RICH
    grid: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    for row in rows:
        line: list[str] = []
        for cell in row:
            _fill(line, below)
            written = _written_cell(cell, held, is_rich=is_rich)
            columns, lines = _spans(cell) if is_rich and len(line) < _MOST_SPANNED else (1, 1)
            for column in range(columns):
                shown = "" if column else written
                if lines > 1:
                    below[len(line)] = (lines, shown)
                line.append(shown)
        _fill(line, below)
        below = {column: (left - 1, shown) for column, (left, shown) in below.items() if left > 1}
        grid.append(line)
    return grid


def _written_cell(cell: HtmlElement, held: _Held, *, is_rich: bool) -> str:
    if is_rich and len(cell):
        return _in_cell(held.back(markdown_of(_inside(cell), _absolute)).replace("\\\n", " "))
    for part in cell.iter(*_PARTED):
        part.tail = f" {part.tail or ''}"
    return _in_cell(held.back(inline(_SPACE.sub(" ", cell.text_content()))))


def _spans(cell: HtmlElement) -> tuple[int, int]:
    columns, lines = (max(1, min(int(cell.get(name, 1)), _MOST_SPANNED)) for name in ("colspan", "rowspan"))
    return columns, lines


def _fill(line: list[str], below: dict[int, tuple[int, str]]) -> None:
    while len(line) in below:
        line.append(below[len(line)][1])


def _inside(cell: HtmlElement) -> str:
    inner = "".join(lxml_html.tostring(child, encoding="unicode") for child in cell)
    return escape(cell.text or "", quote=False) + inner


def _cell(text: str) -> str:
    return _in_cell(inline(_SPACE.sub(" ", text)))


def _in_cell(written: str) -> str:
    return _SPACE.sub(" ", written).strip().replace("|", r"\|").replace(r"\\|", r"\|")


def _aligned(cells: list[str]) -> str:
    shown = [cell for cell in cells if cell]
    return "--:" if shown and all(_FIGURE.fullmatch(cell) for cell in shown) else ":--"
