"""Tables in plain text: aligned columns, or a record per row where columns would not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.rendering.plain_width import WIDTH, columns, pad, wrap

_GAP = 2


@dataclass(frozen=True, slots=True)
class PlainTable:
    """Cells as single lines; `head` may be empty, no row is longer than `aligns`. None belongs to the cell before it."""

    head: list[str]
    rows: Sequence[Sequence[str | None]]
    aligns: list[str]


def table_lines(table: PlainTable, *, width: int = WIDTH) -> list[str]:
    """Return a table in at most `width` columns; numbers stand at the right, a wide table becomes records."""
    grid = [row for row in (table.head, *table.rows) if row]
    widths = _widths(grid, len(table.aligns))
    if sum(widths) + _GAP * (len(widths) - 1) > width:
        return (
            _records(table, width)
            if table.rows
            else [line for cell in table.head for line in wrap(cell or "", width=width)]
        )
    lines = [_row(row, widths, table.aligns) for row in grid]
    if table.head:
        lines.insert(1, (" " * _GAP).join("-" * column for column in widths))
    return lines


def _widths(grid: Sequence[Sequence[str | None]], count: int) -> list[int]:
    widths = [0] * count
    wide: list[tuple[int, int, int]] = []
    for row in grid:
        for place, cells, text in _cells(row):
            if cells == 1:
                widths[place] = max(widths[place], columns(text))
            else:
                wide.append((place, cells, columns(text)))
    for place, cells, needed in wide:
        lacking = needed - sum(widths[place : place + cells]) - _GAP * (cells - 1)
        widths[place + cells - 1] += max(lacking, 0)
    return widths


def _cells(row: Sequence[str | None]) -> Iterator[tuple[int, int, str]]:
    """Yield the first place of each cell, how many it takes, and its text."""
    place = 0
    while place < len(row):
        after = place + 1
        while after < len(row) and row[after] is None:
            after += 1
        yield place, after - place, row[place] or ""
        place = after


def _row(row: Sequence[str | None], widths: list[int], aligns: list[str]) -> str:
    padded = [
        pad(text, sum(widths[place : place + cells]) + _GAP * (cells - 1), aligns[place] if cells == 1 else "")
        for place, cells, text in _cells(row)
    ]
    return (" " * _GAP).join(padded).rstrip()


def _records(table: PlainTable, width: int) -> list[str]:
    lines: list[str] = (
        [] if table.rows else [line for head in table.head for line in wrap(head, rest="  ", width=width)]
    )
    for row in table.rows:
        lines += [""] if lines else []
        for place, cells, text in _cells(row):
            over_all = cells > 1 and cells >= len(table.head)
            heads = [] if over_all else [head for head in table.head[place : place + cells] if head]
            label = f"{' / '.join(heads)}: " if heads else ""
            if label or text:
                lines += wrap(f"{label}{text}", rest="  ", width=width)
    return lines
