"""Read a list of people as CSV, whatever program wrote it: delimiter, encoding and header are found out, faults of structure refuse it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import IO

from newsletter import csv_guard
from newsletter.audience.address_column import is_sure, named_place, told_place
from newsletter.audience.column_names import ADDRESS
from newsletter.audience.list_lines import decoded_lines
from newsletter.errors import InputError

EMAIL = "email"
"""Under this name every row holds its address, whatever the column is called."""
NO_ADDRESSES = "there is no column of addresses"
_PEEKED = 100
_TITLE_LINES = 3
_DELIMITERS = (",", ";", "\t", "|")
_CALLED = re.compile(r"sep=(.)\r?\n?\Z")
_ADDRESS = re.compile(r"^\s*[^\s@]{1,400}@[^\s@]{1,400}\s*$|<[^\s@]{1,400}@")


class ListRow(dict[str, str]):
    """A row of a CSV file by column name in lower case; `line` is where it ends in the file, from 1."""

    def __init__(self, values: Mapping[str, str] | Iterable[tuple[str, str]], line: int) -> None:
        super().__init__(values)
        self.line = line


class ListFile(Iterator[ListRow]):
    """The rows of a list, read as they are asked for; `columns` are its names, `source` is the file's; no CSV has no `delimiter`."""

    def __init__(self, source: str, columns: Sequence[str], rows: Iterator[ListRow], delimiter: str = "") -> None:
        self.source = source
        self.columns = columns
        self.delimiter = delimiter
        self._rows = rows

    def __next__(self) -> ListRow:
        return next(self._rows)


def read_csv(
    file: IO[bytes], *, raw: bool = False, source: str = "", encoding: str = "utf-8", address: str = ""
) -> ListFile:
    """Open a CSV file (RFC 4180; UTF-8, or UTF-16 with a byte order mark; commas, semicolons, tabs) with a column of addresses.

    Unless it is `raw`, the apostrophes come off that stand before what a spreadsheet takes for a formula. `encoding` is one of single
    octets, where somebody found out that it is not UTF-8. `address` names the column of addresses where somebody says it by hand; what
    is called `email` beside it is then called `email (2)`.

    Raises InputError, with the line, for a file that is not text, holds NUL, has no column of addresses, or is not whole;
    for faults further down when the row is asked for.
    """
    source = source or str(getattr(file, "name", "list"))
    lines = _Lines(decoded_lines(file, source, encoding))
    delimiter, names, place = _find_header(lines, source, address)
    reader = _CellReader(lines, delimiter, source)
    columns = _columns(names, place, f"{source}:{lines.number}", by_hand=bool(address))
    rows = _rows(reader, columns, raw)
    return ListFile(source, columns, _checked(rows, names[place], source), delimiter)


def header_of(file: IO[bytes], *, source: str, encoding: str = "utf-8") -> tuple[str, list[str]]:
    """Return the delimiter, and the names of columns as somebody would call them, of a list in which none is known to hold addresses.

    Raises InputError as `read_csv` does, and for an empty one.
    """
    for line in decoded_lines(file, source, encoding):
        if line.strip() and not _CALLED.fullmatch(line):
            delimiter, names = max((_split(line, each) for each in _DELIMITERS), key=lambda split: len(split[1]))
            return delimiter, [name.strip().lower() for name in names if name.strip()]
    raise InputError("this file is empty", where=source, remedy="is it the file your product gave you?")


def read_lines(file: IO[bytes], *, source: str, encoding: str = "utf-8") -> ListFile:
    """Open a list without header, of one address in a line, with a name or not (`Ada <ada@example.org>`). Raises InputError as `read_csv` does."""
    lines = _Lines(decoded_lines(file, source, encoding))
    return ListFile(source, [EMAIL], (ListRow({EMAIL: text}, lines.number) for line in lines if (text := line.strip())))


class _Lines:
    """Lines of a file that know their number, from 1."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line

    def ahead(self, most: int) -> list[str]:
        """Return the next lines without taking them."""
        found = list(islice(self._lines, most))
        self._lines = chain(found, self._lines)
        return found


class _CellReader:
    """Rows of cells with the line where each ends. Raises InputError with the line where a faulty one begins."""

    def __init__(self, lines: _Lines, delimiter: str, source: str) -> None:
        self.source = source
        self._lines = lines
        self._cells = csv.reader(lines, delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[tuple[list[str], int]]:
        while True:
            begins = self._lines.number + 1
            try:
                cells = next(self._cells, None)
            except csv.Error as error:
                raise _fault(str(error), f"{self.source}:{begins}") from None
            if cells is None:
                return
            yield cells, self._lines.number


def _fault(words: str, where: str) -> InputError:
    if "end of data" in words:
        return InputError(
            "a quote that begins in this row is never closed", where=where, remedy='close it, or write "" for one "'
        )
    if "new-line character" in words:
        return InputError(
            "a carriage return stands alone in this row, and other lines end with a line feed",
            where=where,
            remedy="put the cell into quotes, or save the list as CSV anew",
        )
    if "field limit" in words:
        what = f"a cell of this row is longer than {csv.field_size_limit():,} characters"
        return InputError(what, where=where, remedy="shorten it, or close the quote before it")
    return InputError(f"this is not CSV: {words}", where=where, remedy='write "" for a " within quotes')


def _find_header(lines: _Lines, source: str, address: str) -> tuple[str, list[str], int]:
    """Return delimiter, names and the place of the addresses of the first line that is a header; a title may stand before it."""
    called, seen = "", 0
    for line in lines:
        if not line.strip():
            continue
        found = _CALLED.fullmatch(line)
        if found and not seen:
            called = found[1]
            continue
        splits = [_split(line, each) for each in ([called] if called else _DELIMITERS)]
        delimiter, names = max(splits, key=lambda split: (named_place(split[1], address) is not None, len(split[1])))
        place = named_place(names, address)
        begins = place is None and any(_ADDRESS.search(name) for name in names)
        if place is None and not begins and not address:
            place = _told_or_doubtful(lines, delimiter, names)
        if place is not None:
            return delimiter, names, place
        seen += 1
        if begins or seen == _TITLE_LINES or sum(bool(name.strip()) for name in names) > 1:
            break
    raise InputError(
        f"there is no column {address!r}" if address else NO_ADDRESSES,
        where=f"{source}:{max(lines.number, 1)}",
        remedy="name one column `email` in the first line, such as email,name",
    )


def _told_or_doubtful(lines: _Lines, delimiter: str, names: Sequence[str]) -> int | None:
    """Return the column of addresses by what stands below the names, else the one that is called as streets are, too."""
    place = told_place(names, lines.ahead(_PEEKED), delimiter)
    return named_place(names, ADDRESS) if place is None else place


def _split(line: str, delimiter: str) -> tuple[str, list[str]]:
    try:
        return delimiter, next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return delimiter, []


def _columns(names: Sequence[str], place: int, where: str, *, by_hand: bool) -> list[str]:
    columns = [EMAIL if number == place else name.strip().lower() for number, name in enumerate(names)]
    if by_hand:
        columns = [name if number == place or name != EMAIL else f"{EMAIL} (2)" for number, name in enumerate(columns)]
    seen: set[str] = set()
    for name in columns:
        if name and name in seen:
            raise InputError(f"the column {name!r} stands there twice", where=where, remedy="keep one of the two")
        seen.add(name)
    return columns


def _rows(reader: _CellReader, columns: Sequence[str], raw: bool) -> Iterator[ListRow]:
    for cells, line in reader:
        if not any(map(str.strip, cells)):
            continue
        if len(cells) > len(columns) and any(map(str.strip, cells[len(columns) :])):
            raise InputError(
                f"this row has {len(cells)} cells, and the header names {len(columns)}",
                where=f"{reader.source}:{line}",
                remedy="put a cell that holds the delimiter into quotes",
            )
        row = ListRow(zip(columns, cells if raw else map(csv_guard.unguarded, cells), strict=False), line)
        if "" in row:
            row[""] = _unnamed(columns, cells)
        yield row


def _unnamed(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Return what stands in columns without a name: nobody says what it is, but it may tell that somebody left."""
    return ";".join(cell for name, cell in zip(columns, cells, strict=False) if not name and cell.strip())


def _checked(rows: Iterator[ListRow], called: str, source: str) -> Iterator[ListRow]:
    """Refuse a column that holds no addresses: one that is called `address` alone and holds streets, or that somebody named by mistake."""
    if is_sure(called):
        yield from rows
        return
    peeked = list(islice(rows, _PEEKED))
    if peeked and not any("@" in row.get(EMAIL, "") or row.get("hash") for row in peeked):
        raise InputError(
            f"the column {called.strip()!r} holds no mail addresses",
            where=f"{source}:{peeked[0].line}",
            remedy="name the column of mail addresses `email`",
        )
    yield from chain(peeked, rows)
