"""CSV that no spreadsheet takes for formulas (https://owasp.org/www-community/attacks/CSV_Injection), and the way back.

A cell that begins as a formula does gets an apostrophe in front. So does one that begins with apostrophes and then as a
formula does: that way the apostrophe that comes off is always one that was put on. Where a list has semicolons (most of
Europe) a spreadsheet parts our rows at them, and at line ends too, for it takes our quotes for text: what begins there is
guarded as well. Pure.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

# ruff: noqa: RUF001 - the wide signs begin a formula in Japanese versions
_UNGUARDED = re.compile(r"\A(?='*\s*[=+\-@\t\r\n＝＋－＠])|(?<=[;\r\n])(?=['\"]*[^\S\r\n]*[=+\-@＝＋－＠])")
"""Before what begins as a formula does, white space before it or not: some programs trim cells."""
_GUARDED = re.compile(r"\A'(?='*\s*[=+\-@\t\r\n＝＋－＠])|(?<=[;\r\n])'(?=['\"]*[^\S\r\n]*[=+\-@＝＋－＠])")
_SUSPECT = frozenset("'=+-@＝＋－＠")
_BETWEEN = "\0"
_SUSPECT_CELL = re.compile(r"\0['=+\-@\s＝＋－＠]")
_END = "\r\n"  # whatever ends a line: a cell that holds either of the two stands in quotes then


def guarded(cell: str) -> str:
    """Return the cell with an apostrophe before whatever a spreadsheet might take for a formula."""
    if (
        cell[:1] not in _SUSPECT
        and not cell[:1].isspace()
        and ";" not in cell
        and "\n" not in cell
        and "\r" not in cell
    ):
        return cell  # nearly every cell, at a tenth of the price
    return _UNGUARDED.sub("'", cell)


def unguarded(cell: str) -> str:
    """Return what `guarded` was given."""
    return _GUARDED.sub("", cell) if "'" in cell else cell


def lines(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, raw: bool = False, end: str = "\n"
) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180), the names of its columns first; text is guarded unless `raw`."""
    write = csv.writer(_Echo(), lineterminator=_END).writerow
    for row in chain([columns], rows):
        if (
            not raw and len(row) > 1 and _is_harmless(row)
        ):  # nearly every row: what is left to look for is found by whole cells
            yield ",".join([_quoted(cell) if '"' in cell or "," in cell else cell for cell in row]) + end  # type: ignore[misc, operator]
        else:
            yield write(row if raw else _guarded(row)).removesuffix(_END) + end


def _quoted(cell: object) -> str:
    return f'"{str(cell).replace(chr(34), chr(34) * 2)}"'


def _is_harmless(row: Sequence[object]) -> bool:
    """Tell whether no cell of a row can need a guard: one look at all of it, for nearly every row."""
    try:
        joined = _BETWEEN + _BETWEEN.join(row)  # type: ignore[arg-type]
    except TypeError:
        return False
    return ";" not in joined and "\n" not in joined and "\r" not in joined and not _SUSPECT_CELL.search(joined)


def _guarded(row: Sequence[object]) -> list[object]:
    return [guarded(cell) if isinstance(cell, str) else cell for cell in row]


class _Echo:
    """A file that gives back what is written."""

    def write(self, line: str) -> str:
        return line
