"""Boards as HTML tables: cells that span rows and columns, rows of titles, hidden rows, badges, marks of notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds import octets
from newsletter.sources.kinds.figures import read_cell
from newsletter.sources.kinds.grid import (
    MOST_CELLS,
    MOST_ROWS,
    MOST_WIDTH,
    Grid,
    GridRow,
    different,
    flat,
    plain_title,
)
from newsletter.sources.kinds.html_depth import is_too_deep
from newsletter.sources.kinds.html_hidden import Hidden, classes_of
from newsletter.sources.mapping import Mapping

MOST_TABLES = 200
_SPAN = 1000
"""https://html.spec.whatwg.org/multipage/tables.html: a column span of more than 1,000 is 1,000."""
_UNSAID = frozenset({"script", "style", "template", "svg", "sup", "noscript", "select", "button", "del", "s"})
"""Elements of a cell whose words are no part of what it says: marks of notes, signs to sort by."""
_ASIDE = frozenset({"tag", "label", "sr-only", "visually-hidden", "footnote"})
_ASIDE_PART = frozenset({"badge", "badges", "chip", "pill", "tooltip"})
"""Classes of words beside a name, and parts of them (`badge-new`)."""
_BREAKS = frozenset({"br", "p", "div", "li", "td", "th"})
_CELL = frozenset({"td", "th"})


@dataclass
class _Cell:
    text: str
    link: str
    heads: bool
    across: int = 1
    down: int = 1


_NOTHING = _Cell("", "", heads=False)


@dataclass(frozen=True)
class _Page:
    """What a table is read by: where its links begin, and what of it is hidden."""

    address: str
    hidden: Hidden


@dataclass
class _Laid:
    """A table laid out: every place of its grid filled by the cell that spans it."""

    rows: list[list[_Cell]] = field(default_factory=list)
    heads: int = 0
    hidden: int = 0
    feet: int = 0
    is_cut: bool = False

    def told(self) -> tuple[str, ...]:
        """Say what of the table is not read."""
        hidden = f"{self.hidden} hidden {'row is' if self.hidden == 1 else 'rows are'} left out"
        feet = f"{self.feet} {'row' if self.feet == 1 else 'rows'} of the table's foot left out"
        cut = f"only the first {len(self.rows) - self.heads:,} rows are read"
        return tuple(words for is_so, words in ((self.hidden, hidden), (self.feet, feet), (self.is_cut, cut)) if is_so)


def read_grid(content: bytes, address: str, mapping: Mapping | None) -> Grid:
    """Return the board of a page: the table that the mapping's selector names, or the one that fits best. Raises BrokenAnswerError."""
    markup, told = octets.decoded(content)
    if is_too_deep(markup):
        raise BrokenAnswerError("the elements of this page lie too deep in one another to be read")
    tree = LexborHTMLParser(markup)
    tables = _chosen(tree, mapping.rows) if mapping is not None and mapping.rows else tree.css("table")[:MOST_TABLES]
    base = next((node.attributes.get("href") or "" for node in tree.css("base[href]")), "")
    sheets = [node.text() for node in tree.css("style")[:MOST_TABLES]]
    grids: list[Grid] = []
    for hidden in (Hidden(sheets), Hidden()):  # rows that a script shows are read where the sheets leave none
        page = _Page(_absolute(base, address) or address, hidden)
        grids = grids or [grid for table in tables if (grid := _grid(table, page)) is not None]
    if not grids:
        what = "no table of this page has a row of figures or words below its titles"
        raise BrokenAnswerError(what if tables else "there is no table on this page: its figures may come by a script")
    wished = [column.place for column in mapping.columns] if mapping is not None else []
    best = max(grids, key=lambda grid: _fitness(grid, wished))
    return replace(best, told=(*told, *best.told))


def _chosen(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        found = tree.css(selector)
    except SelectolaxError:
        raise BrokenAnswerError(f"rows: {selector!r} is no CSS selector; write one such as table#verified") from None
    tables = list({table.mem_id: table for node in found[:MOST_ROWS] for table in _tables_of(node)}.values())[
        :MOST_TABLES
    ]
    if not tables:
        named = [f"table#{t.attributes['id']}" for t in tree.css("table[id]")[:10]]
        there = f"; tables of the page: {', '.join(named)}" if named else ""
        raise BrokenAnswerError(f"the mapping fits no row: rows: {selector!r} names no table{there}")
    return tables


def _tables_of(node: LexborNode) -> list[LexborNode]:
    """Return the table that a selector means: the node, those within it, or the one around a row of it."""
    around: LexborNode | None = node
    while around is not None and around.tag in {"thead", "tbody", "tfoot", "tr", "td", "th"}:
        around = around.parent
    if around is not None and around.tag == "table":
        return [around]
    return node.css("table")


def _fitness(grid: Grid, wished: Sequence[str]) -> tuple[int, int, int]:
    """Return by what tables are compared: columns that a mapping names, then figures, then rows."""
    known = sum(grid.place(title) is not None for title in wished)
    some = [cell for row in grid.rows[:50] for cell in row.cells if isinstance(cell, str)]
    return known, sum(read_cell(cell) is not None for cell in some), len(grid.rows)


def _grid(table: LexborNode, page: _Page) -> Grid | None:
    """Return a table as a grid; None where it has no row below its titles, or but one column."""
    laid = _laid_out(table, page)
    heads = laid.rows[: laid.heads]
    width = min(max((len(row) for row in laid.rows), default=0), MOST_WIDTH)
    if width < 2 or len(laid.rows) <= laid.heads:
        return None
    parted = [row for row in heads if not _is_one(row)] or heads[-1:]  # a title over the whole table names no column
    titles = [_joined([row[n].text for row in parted if n < len(row)]) for n in range(width)]
    lowest = tuple(heads[-1][n].text if n < len(heads[-1]) else "" for n in range(width))
    rows = [
        GridRow(number, *_filled(row, width))
        for number, row in enumerate(laid.rows[laid.heads :], start=1)
        if not _is_repeated(row, width)
    ]
    levels = tuple(tuple(row[n].text for row in parted if n < len(row)) for n in range(width))
    return Grid(different(titles), tuple(rows), laid.told(), last=lowest, levels=levels) if rows else None


def _filled(row: list[_Cell], width: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    missing = [""] * (width - len(row))
    return tuple([cell.text for cell in row[:width]] + missing), tuple([cell.link for cell in row[:width]] + missing)


def _joined(words: list[str]) -> str:
    """Return the titles above a column as one, none of them twice."""
    kept: list[str] = []
    for word in words:
        if word and plain_title(word) not in {plain_title(each) for each in kept}:
            kept.append(word.strip(" ▲▼△▽↑↓⇅⇵↕"))
    return " ".join(kept)


def _is_repeated(row: list[_Cell], width: int) -> bool:
    """Tell whether a row of the body is titles again, or words over the whole width that part groups of rows."""
    return all(cell.heads for cell in row) or (len(row) == width and _is_one(row))


def _is_one(row: list[_Cell]) -> bool:
    return all(cell is row[0] for cell in row)


def _laid_out(table: LexborNode, page: _Page) -> _Laid:
    laid = _Laid()
    spanning: dict[int, tuple[_Cell, int]] = {}
    in_head, cells, before = True, 0, -1
    for row, group, number in _rows(table, page):
        if number != before:
            spanning.clear()  # a cell spans no further than its group of rows
        before = number
        if page.hidden(row):
            laid.hidden += group != "thead"
            continue
        written = [_cell(node, page) for node in row.iter() if node.tag in _CELL and not page.hidden(node)]
        filled = _laid_row(written, spanning)
        if not filled:
            continue
        if in_head and (group == "thead" or (group != "tfoot" and all(cell.heads for cell in filled))):
            laid.heads += 1
        else:
            in_head = False
            if group == "tfoot":  # sums and means of columns, which are no rows of them
                laid.feet += not all(cell.heads for cell in filled)
                continue
        laid.rows.append(filled)
        cells += len(filled)
        if len(laid.rows) >= MOST_ROWS or cells >= MOST_CELLS:
            laid.is_cut = True
            break
    if not laid.heads and laid.rows:
        laid.heads = 1  # a table without a word of titles: its first row is them
    return laid


def _laid_row(written: list[_Cell], spanning: dict[int, tuple[_Cell, int]]) -> list[_Cell]:
    """Return a row with the cells that reach into it from above; `spanning` then holds those that reach into the next."""
    reaching = dict(spanning)
    filled: list[_Cell] = []
    spanning.clear()
    waiting = [cell for cell in written[:MOST_WIDTH] for _ in range(min(cell.across, MOST_WIDTH))][:MOST_WIDTH]
    waiting.reverse()
    while len(filled) < MOST_WIDTH and (waiting or reaching):
        place = len(filled)
        cell, left = _NOTHING, 1
        if place in reaching:
            cell, left = reaching.pop(place)
        elif waiting:
            cell = waiting.pop()
            left = cell.down
        filled.append(cell)
        if left > 1:
            spanning[place] = (cell, left - 1)
    return filled


def _rows(table: LexborNode, page: _Page) -> Iterator[tuple[LexborNode, str, int]]:
    """Yield the table's own rows with the name and the number of the group that each stands in; those of tables within are theirs."""
    for number, node in enumerate(table.iter()):
        if node.tag == "tr":
            yield node, "", -1
        elif node.tag in {"thead", "tbody", "tfoot"} and not page.hidden(node):
            for row in node.iter():
                if row.tag == "tr":
                    yield row, str(node.tag), number


def _cell(node: LexborNode, page: _Page) -> _Cell:
    words: list[str] = []
    all_words: list[str] = []
    if page.hidden.is_blank(node):
        return _spanning(_Cell("", "", heads=node.tag == "th"), node)
    link = _read_words(node, words, page, asides=False)
    if not (text := flat("".join(words))):
        link = _read_words(node, all_words, page, asides=True)
        text = flat("".join(all_words))
    if not text and (picture := node.css_first("img[alt]")) is not None:
        text = flat(picture.attributes.get("alt") or "")
    return _spanning(_Cell(text, _absolute(link, page.address), heads=node.tag == "th"), node)


def _spanning(cell: _Cell, node: LexborNode) -> _Cell:
    cell.across, cell.down = _span(node, "colspan"), _span(node, "rowspan")
    return cell


def _read_words(node: LexborNode, words: list[str], page: _Page, *, asides: bool) -> str:
    """Add the words of a cell that a reader sees, with those of badges or without, and return the address of its first link."""
    link = ""
    pending = [(child, False) for child in reversed(list(node.iter(include_text=True)))]
    while pending:
        child, closes = pending.pop()
        if closes:
            words.append(" ")
        elif child.tag == "-text":
            words.append(child.text_content or "")
        elif child.tag not in _UNSAID and not _is_unseen(child, page) and (asides or not _is_aside(child)):
            link = link or (child.attributes.get("href") or "" if child.tag == "a" else "")
            if child.tag in _BREAKS:
                words.append(" ")
                pending.append((child, True))
            pending += [(inner, False) for inner in reversed(list(child.iter(include_text=True)))]
    return link


def _is_unseen(node: LexborNode, page: _Page) -> bool:
    return page.hidden(node) or page.hidden.is_blank(node)


def _is_aside(node: LexborNode) -> bool:
    classes = classes_of(node)
    return bool(_ASIDE & classes) or any(_ASIDE_PART & set(name.replace("_", "-").split("-")) for name in classes)


def _span(node: LexborNode, name: str) -> int:
    written = (node.attributes.get(name) or "1").strip()
    if not written.isascii() or not written.isdigit() or len(written) > 6:
        return 1
    return min(int(written) or (_SPAN if name == "rowspan" else 1), _SPAN)


def _absolute(link: str, address: str) -> str:
    """Return the address of a link, or nothing where it leads to no page."""
    try:
        whole = urljoin(address, link.strip()) if link.strip() else ""
        return whole if urlsplit(whole).scheme in {"http", "https"} and urlsplit(whole).hostname else ""
    except ValueError:
        return ""
