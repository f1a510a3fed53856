r"""Tables of an issue file: GitHub Flavored Markdown, section "Tables (extension)", but a row that does not fit is refused.

GFM pads short rows and drops the surplus of long ones without a word, so a number could vanish; we say which line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from newsletter.issues.source_text import SourceText
from newsletter.model.document import Align, Column

_PIPE = re.compile(r"(?<!\\)\|")
_DASHES = re.compile(r"[|:\- \t]+")
_WHITE = " \t\n\v\f\r"
_MARKERS = f">{_WHITE}"
"""What stands before a row within a quote or a list."""
MAX_CELL = 2000
MAX_CELLS = 50_000


@dataclass(frozen=True, slots=True)
class Table:
    """A table on lines `start` to `end` (exclusive) of the file."""

    start: int
    end: int
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def read_table(source: SourceText, token: Token, offset: int) -> Table:
    """Return the table that `token` opens. Raises DocumentError for the first row with a wrong number of cells."""
    start, end = (line + offset for line in token.map or [0, 0])
    titles = _cells(source, start)
    aligns = [_align(dashes) for dashes in _cells(source, start + 1)]
    rows = tuple(tuple(_cells(source, line)) for line in range(start + 2, end))
    for number, row in enumerate(rows, start=start + 2):
        _check_row(source, number, len(row), len(titles))
    if len(rows) * len(titles) > MAX_CELLS:
        what = f"the table has more than {MAX_CELLS:,} cells"
        raise source.error(what, line=start, remedy="keep the rows that matter and link to the rest")
    columns = tuple(Column(title=title, align=align) for title, align in zip(titles, aligns, strict=True))
    return Table(start, end, columns, rows)


def check_nested_tables(source: SourceText, tokens: Sequence[Token], offset: int) -> None:
    """Refuse a row with a wrong number of cells in a table within a quote or a list. Raises DocumentError."""
    rows = range(0)
    columns = 0
    for token in tokens:
        if token.type == "table_open":
            start, end = (line + offset for line in token.map or [0, 0])
            rows, columns = range(start + 2, end) if token.level else range(0), 0
        columns += token.type == "th_open"
        if token.type == "thead_close":
            for number in rows:
                _check_row(source, number, len(_split(source.lines[number].lstrip(_MARKERS))), columns)


def _check_row(source: SourceText, number: int, cells: int, columns: int) -> None:
    if cells != columns:
        raise source.error(
            f"this row of the table has {cells} cells, its header has {columns}",
            line=number,
            column=len(source.lines[number]) - len(source.lines[number].lstrip()),
            remedy="add or remove cells; write \\| for a bar inside a cell; leave an empty line after the table",
        )


def missing_table(source: SourceText, start: int, end: int) -> tuple[str, int, str]:
    """Say why lines `start` to `end` hold no table: what, on which line, and the remedy."""
    for line in range(start + 1, end):
        above = source.lines[line - 1]
        if "-" in source.lines[line] and _DASHES.fullmatch(source.lines[line]) and "|" in above:
            header, dashes = len(_split(above)), len(_split(source.lines[line]))
            if header != dashes:
                what = f"the header has {header} cells, the row of dashes {dashes}: this is no table"
                return what, line, "give both the same number of cells"
    return "the item holds no table", start - 1, "add a header row, a row |---|---| and the rows; or use kind=text"


def _split(line: str) -> list[str]:
    cells = _PIPE.split(line.strip(_WHITE))
    cells = cells[1:] if cells and cells[0] == "" else cells
    return cells[:-1] if cells and cells[-1] == "" else cells


def _cells(source: SourceText, line: int) -> list[str]:
    cells = [cell.replace("\\|", "|").strip(_WHITE).replace("\t", " ") for cell in _split(source.lines[line])]
    if long := next((cell for cell in cells if len(cell) > MAX_CELL), None):
        column = source.lines[line].find(long[:20])
        what = f"a cell is longer than {MAX_CELL:,} characters"
        raise source.error(what, line=line, column=max(column, 0), remedy="move text above or below the table")
    return cells


def _align(dashes: str) -> Align:
    left, right = dashes.startswith(":"), dashes.endswith(":")
    if left and right:
        return Align.CENTER
    return Align.RIGHT if right else Align.LEFT if left else Align.NONE
