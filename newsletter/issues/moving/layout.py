"""The shape of a cleaned post: tables that only place things become parts, tables of data stay, and every run of words lies in a paragraph."""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

from lxml.html import HtmlElement  # type: ignore[import-untyped]

_BLOCKS = frozenset(
    "p div ul ol dl dt dd li blockquote pre table caption thead tbody tfoot tr td th hr h1 h2 h3 h4 h5 h6 figure figcaption article section "
    "aside header footer main nav address center details summary fieldset legend".split()
)
_HOLDERS = frozenset(
    "div li blockquote figure article section aside header footer main nav address center details fieldset dd".split()
)
"""What may hold paragraphs."""
_HEAVY = "h1|h2|h3|h4|h5|h6|ul|ol|blockquote|pre|hr|figure|table".split("|")
"""What no cell of a table of data holds."""
_PARTS = frozenset("table thead tbody tfoot tr td th caption colgroup col".split())


def unwrap_layout(root: HtmlElement) -> None:
    """Set a post right for conversion."""
    for table in reversed(list(root.iter("table"))):  # the innermost first
        if not is_data(table):
            _unwrap(table)
    for element in list(root.iter("colgroup", "col", "wbr")):
        element.drop_tree()
    for element in [root, *root.iter(*_HOLDERS)]:
        _wrap_runs(element)


def is_data(table: HtmlElement) -> bool:
    """Tell whether a table shows data: several cells a row and several rows, of words alone; or it has a head."""
    if table.get("role") in ("presentation", "none") or any(table.find(f".//{name}") is not None for name in _HEAVY):
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    widest = max(map(len, rows), default=0)
    if widest < 2 or not rows:
        return False
    if table.find(".//th") is not None or table.get("class") == "data":
        return True
    pictures = len(table.findall(".//img"))
    words = sum(bool(cell.text_content().strip()) for row in rows for cell in row)
    longest = max(len(cell.text_content()) for row in rows for cell in row)
    return len(rows) > 1 and not pictures and longest <= 300 and words > len(rows)


def _unwrap(table: HtmlElement) -> None:
    parts = [each for each in table.iter(*_PARTS) if each.tag != "table" and next(each.iterancestors("table")) is table]
    for part in (table, *parts):
        part.tag = "div"
        for name in list(part.attrib):
            del part.attrib[name]


def _wrap_runs(element: HtmlElement) -> None:
    """Put each run of words and inline elements between blocks into a paragraph of its own."""
    if all(not _is_block(child) for child in element) and element.tag in ("li", "dd"):
        return
    children, text = list(element), element.text
    element.text = None
    run = element.makeelement("p")
    run.text = text
    for child in children:
        tail, child.tail = child.tail, None
        if _is_block(child):
            _close(element, run)
            element.append(child)
            run = element.makeelement("p")
            run.text = tail
        else:
            run.append(child)
            child.tail = tail
    _close(element, run)


def _close(element: HtmlElement, run: HtmlElement) -> None:
    if len(run) or (run.text or "").strip():
        element.append(run)


def _is_block(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str):
        return False
    if element.tag in _BLOCKS:
        return True
    return any(isinstance(each.tag, str) and each.tag in _BLOCKS for each in element.iterdescendants())
