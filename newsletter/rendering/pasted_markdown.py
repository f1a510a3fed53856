"""What another program put on the clipboard, as Markdown: text of Word, Google Docs and Substack, and tables of any page.

`sanitising` knows what such HTML means and keeps what a mail has; `as_markdown` writes that. A table stays one.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import parse_qs, urlsplit

from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.errors import InputError
from newsletter.rendering.as_markdown import markdown_of
from newsletter.rendering.sanitising import sanitise
from newsletter.rendering.word_lists import with_lists
from newsletter.rendering.written_text import inline

MAX_PASTED = 1_000_000
"""Characters that are read; a word processor writes twenty for each one that is seen."""
_BEGIN, _END = "<!--StartFragment-->", "<!--EndFragment-->"
_HELD = "tableheldhere"
_PLACE = re.compile(_HELD + r"(\d{1,5})end")
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
    tables = [_held(each, number) for number, each in enumerate(_outermost(root))]
    words = lxml_html.tostring(root, encoding="unicode")
    written = markdown_of(words, _absolute, most=MAX_PASTED)
    return _PLACE.sub(lambda found: tables[int(found[1])] if int(found[1]) < len(tables) else "", written)


def table_of(rows: list[list[str]]) -> str:
    """Return rows of plain cells as a Markdown table, the first row as its head; short rows are filled up."""
    width = max((len(row) for row in rows), default=0)
    filled = [[_cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
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


def _held(table: HtmlElement, number: int) -> str:
    """Put a paragraph into the place of a table, and return the table as Markdown."""
    for part in table.iter(*_PARTED):
        part.tail = f" {part.tail or ''}"
    rows = [[cell.text_content() for cell in row if cell.tag in {"td", "th"}] for row in table.iter("tr")]
    held = lxml_html.fragment_fromstring(f"<p>{escape(f'{_HELD}{number}end')}</p>")
    held.tail = table.tail
    table.getparent().replace(table, held)
    return table_of([row for row in rows if row])


def _cell(text: str) -> str:
    return inline(_SPACE.sub(" ", text).strip()).replace("|", r"\|").replace(r"\\|", r"\|")


def _aligned(cells: list[str]) -> str:
    shown = [cell for cell in cells if cell]
    return "--:" if shown and all(re.fullmatch(r"[-+−$€£]?[\d.,]+ ?[%a-zA-Z]{0,3}", cell) for cell in shown) else ":--"  # noqa: RUF001
