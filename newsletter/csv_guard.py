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
    return _GUARDED.sub("", cell)


def lines(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, raw: bool = False, end: str = "\n"
) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180), the names of its columns first; text is guarded unless `raw`."""
    writer = csv.writer(_Echo(), lineterminator=_END)
    for row in chain([columns], rows):
        line = writer.writerow(row if raw else [guarded(cell) if isinstance(cell, str) else cell for cell in row])
        yield line.removesuffix(_END) + end


class _Echo:
    """A file that gives back what is written."""

    def write(self, line: str) -> str:
        return line
