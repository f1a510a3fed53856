"""Tables in plain text: aligned columns, or a record per row where columns would not fit."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.rendering.plain_width import WIDTH, columns, pad, wrap

_GAP = 2


@dataclass(frozen=True, slots=True)
class PlainTable:
    """Cells as single lines; `head` may be empty, no row is longer than `aligns`."""

    head: list[str]
    rows: list[list[str]]
    aligns: list[str]


def table_lines(table: PlainTable, *, width: int = WIDTH) -> list[str]:
    """Return a table in at most `width` columns; numbers stand at the right, a wide table becomes records."""
    grid = [row for row in (table.head, *table.rows) if row]
    widths = _widths(grid, len(table.aligns))
    if sum(widths) + _GAP * (len(widths) - 1) > width:
        return _records(table, width)
    lines = [_row(row, widths, table.aligns) for row in grid]
    if table.head:
        lines.insert(1, (" " * _GAP).join("-" * column for column in widths))
    return lines


def _widths(grid: list[list[str]], count: int) -> list[int]:
    widths = [0] * count
    for row in grid:
        for place, cell in enumerate(row):
            widths[place] = max(widths[place], columns(cell))
    return widths


def _row(cells: list[str], widths: list[int], aligns: list[str]) -> str:
    padded = [pad(cell, width, align) for cell, width, align in zip(cells, widths, aligns, strict=False)]
    return (" " * _GAP).join(padded).rstrip()


def _records(table: PlainTable, width: int) -> list[str]:
    lines: list[str] = []
    for row in table.rows:
        lines += [""] if lines else []
        for number, cell in enumerate(row):
            label = f"{table.head[number]}: " if number < len(table.head) and table.head[number] else ""
            if label or cell:
                lines += wrap(f"{label}{cell}", rest="  ", width=width)
    return lines
