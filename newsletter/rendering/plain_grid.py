"""The cells of an HTML table in their columns (HTML, "Forming a table"): what spans rows stands in each, what spans columns once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.rendering.plain_table import PlainTable

MAX_CELLS = 50_000
"""Places of a table; beyond, no cell spans and no short row is filled up."""
_SPANS = 1000


@dataclass(slots=True)
class _Grid:
    """Rows of places; `None` belongs to the cell before it."""

    rows: list[list[str | None]] = field(default_factory=list)
    heads: int = 0
    aligns: list[str] = field(default_factory=list)


def rows_of(table: HtmlElement) -> list[HtmlElement]:
    """Return a table's own rows, not those of tables in it."""
    found: list[HtmlElement] = table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr")
    return found


def parts_of(row: HtmlElement) -> list[HtmlElement]:
    """Return the cells of a row."""
    found: list[HtmlElement] = row.xpath("./th|./td")
    return found


def is_layout(table: HtmlElement) -> bool:
    """Tell whether a table only places things on a page: it has no heads, and holds tables or nothing beside each other."""
    rows = [parts_of(row) for row in rows_of(table)]
    if any(cell.tag == "th" for row in rows for cell in row):
        return False
    return bool(table.xpath(".//table")) or all(len(row) <= 1 for row in rows)


def plain_table(table: HtmlElement, say: Callable[[HtmlElement], str]) -> PlainTable:
    """Return a table as lines of places; `say` gives the text of a cell. Several rows of heads become one."""
    rows = [parts_of(row) for row in rows_of(table)]
    texts = {id(cell): say(cell) for row in rows for cell in row}
    spans = {id(cell): _span(cell) for row in rows for cell in row}
    if sum(high * wide for high, wide in spans.values()) > MAX_CELLS:
        spans = dict.fromkeys(spans, (1, 1))
    grid = _grid(rows, {key: (text, *spans[key]) for key, text in texts.items()})
    width = max((len(row) for row in grid.rows), default=0)
    if width * len(grid.rows) <= MAX_CELLS:  # one long row must not make all the others long
        grid.rows = [row + [""] * (width - len(row)) for row in grid.rows]
    head = _one_head(grid.rows[: grid.heads], width)
    return PlainTable(head=head, rows=grid.rows[grid.heads :], aligns=grid.aligns + [""] * (width - len(grid.aligns)))


def _span(cell: HtmlElement) -> tuple[int, int]:
    high, wide = (cell.get(name) or "1" for name in ("rowspan", "colspan"))
    return min(max(int(high), 1), _SPANS), min(max(int(wide), 1), _SPANS)


def _grid(rows: list[list[HtmlElement]], said: dict[int, tuple[str, int, int]]) -> _Grid:
    grid = _Grid()
    hanging: dict[int, tuple[int, str | None]] = {}  # by column: for how many rows more, and what
    for number, cells in enumerate(rows):
        places: dict[int, str | None] = {}
        for column, (left, text) in list(hanging.items()):
            places[column] = text
            hanging[column] = (left - 1, text)
            if left == 1:
                del hanging[column]
        _place(cells, places, hanging, said, grid.aligns)
        grid.rows.append([places.get(column, "") for column in range(max(places, default=-1) + 1)])
        is_head = bool(cells) and all(cell.tag == "th" for cell in cells)
        grid.heads += is_head and grid.heads == number
    return grid


def _place(
    cells: list[HtmlElement],
    places: dict[int, str | None],
    hanging: dict[int, tuple[int, str | None]],
    said: dict[int, tuple[str, int, int]],
    aligns: list[str],
) -> None:
    """Put the cells of a row into the places that are free."""
    column = 0
    for cell in cells:
        while column in places:
            column += 1
        words, high, wide = said[id(cell)]
        for beside in range(wide):
            text = words if beside == 0 else None
            places[column + beside] = text
            if high > 1:
                hanging[column + beside] = (high - 1, text)
        aligns.extend([""] * (column + 1 - len(aligns)))
        aligns[column] = aligns[column] or (cell.get("align", "") if wide == 1 else "")
        column += wide


def _one_head(rows: list[list[str | None]], width: int) -> list[str]:
    """Return one head a column: what stands above it in each row of heads, each word once."""
    head: list[str] = []
    for column in range(width if rows else 0):
        words: list[str] = []
        for row in rows:
            above = _covering(row, column)
            if above and above not in words:
                words.append(above)
        head.append(" ".join(words))
    return head


def _covering(row: list[str | None], column: int) -> str:
    while column > 0 and column < len(row) and row[column] is None:
        column -= 1
    return (row[column] if column < len(row) else "") or ""
