"""Boards as CSV: with commas, semicolons, tabs or bars between, quotes or none, a byte order mark or none."""

from __future__ import annotations

import csv
import io
from collections import Counter

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds import octets
from newsletter.sources.kinds.figures import read_cell
from newsletter.sources.kinds.grid import MOST_CELLS, MOST_ROWS, MOST_WIDTH, Grid, GridRow, different, flat

_DELIMITERS = (",", ";", "\t", "|")
_TRIED = 30
"""Rows by which the delimiter is told."""


def read_grid(content: bytes) -> Grid:
    """Return the board of a CSV file. Raises BrokenAnswerError where no row has two cells."""
    text, told_of_charset = octets.decoded(content)
    text = text.replace("\0", "").lstrip("\ufeff")
    first = text[:10].splitlines()[0] if text.strip() else ""
    named = first[4:5] if first.lower().startswith("sep=") else ""
    text = text[len(first) :].lstrip("\r\n") if named else text
    delimiter = named or _delimiter(text)
    rows, told = _rows(text, delimiter)
    told[:0] = told_of_charset
    widths = Counter(len(row) for _, row in rows)
    if not widths or max(widths) < 2:
        raise BrokenAnswerError("this is no CSV file: no row of it has two cells")
    width = max(widths, key=lambda size: (widths[size] if size > 1 else 0, size))
    start = _header(rows, width)
    if start:
        told.append(
            f"{start} {'line' if start == 1 else 'lines'} before the header {'is' if start == 1 else 'are'} left out"
        )
    titles = different([flat(cell) for cell in rows[start][1]][:MOST_WIDTH])
    found = [_row(number, row, len(titles), told) for number, (_, row) in enumerate(rows[start + 1 :], start=1)]
    return Grid(titles, tuple(row for row in found if row is not None), tuple(told))


def _header(rows: list[tuple[int, list[str]]], width: int) -> int:
    """Return which row has the titles: the first one as wide as most, or the words before it where it has figures itself.

    Some programs end each row with a delimiter, or write no title above the numbers of rows: their header is narrower than its rows.
    """
    start = next(number for number, (_, row) in enumerate(rows) if len(row) >= width)
    words = rows[start - 1][1] if start else []
    is_header = len(words) > 1 and all(cell.strip() and not read_cell(cell) for cell in words)
    return start - 1 if is_header and any(read_cell(cell) for cell in rows[start][1]) else start


def _delimiter(text: str) -> str:
    """Return the sign between cells: the one by which most rows are as wide as the first, and wider than one cell."""

    def fits(sign: str) -> tuple[int, int]:
        widths = [len(row) for _, row in _rows(text[: 64 * 1024], sign, _TRIED)[0]]
        common = Counter(width for width in widths if width > 1).most_common(1)
        return (common[0][1], common[0][0]) if common else (0, 0)

    return max(_DELIMITERS, key=fits)


def _rows(text: str, delimiter: str, most: int = MOST_ROWS + 1) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Return the rows that are not empty, and what is to be told of them. A cell that is too long ends the reading."""
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    cells = 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((reader.line_num, row))
                cells += len(row)
            if len(found) >= most or cells >= MOST_CELLS:
                return found, [f"only the first {len(found):,} rows are read"]
    except csv.Error as wrong:
        return found, [f"reading ended at line {reader.line_num}: {wrong}"]
    return found, []


def _row(number: int, row: list[str], width: int, told: list[str]) -> GridRow | None:
    if len(row) > width and any(cell.strip() for cell in row[width:]):
        if len(told) < 20:
            told.append(f"row {number} has {len(row)} cells, the header {width}: it is left out")
        return None
    cells = [flat(cell) for cell in row[:width]]
    return GridRow(number, tuple(cells + [""] * (width - len(cells))))
