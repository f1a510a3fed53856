"""Read a list of people as CSV, whatever program wrote it: delimiter, encoding and header are found out, faults of structure refuse it."""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import IO

from newsletter import csv_guard
from newsletter.errors import InputError

EMAIL = "email"
"""Under this name every row holds its address, whatever the column is called."""
_ADDRESS_NAMES = ("email", "emailaddress", "emailadresse", "mailaddress", "mail", "address")
_PEEKED = 100
_TITLE_LINES = 3
_DELIMITERS = (",", ";", "\t", "|")
_CALLED = re.compile(r"sep=(.)\r?\n?\Z")
_ADDRESS = re.compile(r"^\s*[^\s@]{1,400}@[^\s@]{1,400}\s*$|<[^\s@]{1,400}@")
_SAVE = "save the list as CSV in UTF-8"


class ListRow(dict[str, str]):
    """A row of a CSV file by column name in lower case; `line` is where it ends in the file, from 1."""

    def __init__(self, values: Mapping[str, str], line: int) -> None:
        super().__init__(values)
        self.line = line


class ListFile(Iterator[ListRow]):
    """The rows of a list, read as they are asked for; `columns` are its names, `source` is the file's."""

    def __init__(self, source: str, columns: Sequence[str], rows: Iterator[ListRow]) -> None:
        self.source = source
        self.columns = columns
        self._rows = rows

    def __next__(self) -> ListRow:
        return next(self._rows)


def read_csv(file: IO[bytes], *, raw: bool = False, source: str = "", encoding: str = "utf-8") -> ListFile:
    """Open a CSV file (RFC 4180; UTF-8, or UTF-16 with a byte order mark; commas, semicolons, tabs) with a column of addresses.

    Unless it is `raw`, the apostrophes come off that stand before what a spreadsheet takes for a formula. `encoding` is one of single
    octets, where somebody found out that it is not UTF-8.

    Raises InputError, with the line, for a file that is not text, holds NUL, has no column of addresses, or is not whole;
    for faults further down when the row is asked for.
    """
    source = source or str(getattr(file, "name", "list"))
    lines = _Lines(_decoded(file, source, encoding))
    delimiter, names = _find_header(lines, source)
    reader = _CellReader(lines, delimiter, source)
    columns = _columns(names, f"{source}:{lines.number}")
    rows = _rows(reader, columns, raw)
    return ListFile(source, columns, _checked(rows, names, source))


def read_lines(file: IO[bytes], *, source: str, encoding: str = "utf-8") -> ListFile:
    """Open a list without header, of one address in a line, with a name or not (`Ada <ada@example.org>`). Raises InputError as `read_csv` does."""
    lines = _Lines(_decoded(file, source, encoding))
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
    if "field limit" in words:
        what = f"a cell of this row is longer than {csv.field_size_limit():,} characters"
        return InputError(what, where=where, remedy="shorten it, or close the quote before it")
    return InputError(f"this is not CSV: {words}", where=where, remedy='write "" for a " within quotes')


def _decoded(file: IO[bytes], source: str, encoding: str) -> Iterator[str]:
    first = file.readline()
    if first.startswith(b"PK\x03\x04"):
        raise InputError(
            "this is a ZIP archive or a spreadsheet's own format",
            where=f"{source}:1",
            remedy="unpack it and name the CSV file in it, or save the sheet as CSV",
        )
    wide = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    lines = _wide(file, first, source) if wide else _narrow(chain([first] if first else [], file), source, encoding)
    for number, text in enumerate(lines, start=1):
        if "\0" in text:
            raise InputError("a NUL octet: this is not a text file", where=f"{source}:{number}", remedy=_SAVE)
        yield text


def _narrow(lines: Iterable[bytes], source: str, encoding: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield _in(line, "utf-8-sig" if number == 1 else "utf-8", encoding)
        except UnicodeDecodeError:
            raise InputError(f"this is not {encoding.upper()} text", where=f"{source}:{number}", remedy=_SAVE) from None


def _in(line: bytes, first: str, other: str) -> str:
    """Return a line as UTF-8 where it is, though another is not: lists are put together of several."""
    try:
        return line.decode(first)
    except UnicodeDecodeError:
        return line.decode(other)


def _wide(file: IO[bytes], first: bytes, source: str) -> Iterator[str]:
    decoder, rest, number = codecs.getincrementaldecoder("utf-16")(), "", 0
    for octets in chain([first], iter(lambda: file.read(65_536), b""), [b""]):
        try:
            rest += decoder.decode(octets, final=not octets)
        except UnicodeDecodeError:
            raise InputError("this is not UTF-16 text", where=f"{source}:{number + 1}", remedy=_SAVE) from None
        *whole, rest = rest.split("\n") if octets else [*rest.split("\n"), ""]
        for line in whole:
            number += 1
            yield line + "\n"


def _find_header(lines: _Lines, source: str) -> tuple[str, list[str]]:
    """Return delimiter and names of the first line that names a column of addresses; a title may stand before it."""
    called, seen = "", 0
    for line in lines:
        if not line.strip():
            continue
        found = _CALLED.fullmatch(line)
        if found and not seen:
            called = found[1]
            continue
        delimiter, names = max((_split(line, d) for d in ([called] if called else _DELIMITERS)), key=_promise)
        if _address_column(names) is not None:
            return delimiter, names
        seen += 1
        if (
            any(_ADDRESS.search(name) for name in names)
            or seen == _TITLE_LINES
            or sum(bool(name.strip()) for name in names) > 1
        ):
            break
    raise InputError(
        "there is no column of addresses",
        where=f"{source}:{max(lines.number, 1)}",
        remedy="name one column `email` in the first line, such as email,name",
    )


def _split(line: str, delimiter: str) -> tuple[str, list[str]]:
    try:
        return delimiter, next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return delimiter, []


def _promise(split: tuple[str, list[str]]) -> tuple[bool, int]:
    return _address_column(split[1]) is not None, len(split[1])


def plain_name(name: str) -> str:
    """Return the name of a column without accents, case, and all that is no letter or digit."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in folded if c.isalnum() and not unicodedata.combining(c))


def _address_column(names: Sequence[str]) -> int | None:
    plain = [plain_name(name) for name in names]
    return next((plain.index(name) for name in _ADDRESS_NAMES if name in plain), None)


def _columns(names: Sequence[str], where: str) -> list[str]:
    place = _address_column(names)
    columns = [EMAIL if number == place else name.strip().lower() for number, name in enumerate(names)]
    seen: set[str] = set()
    for name in columns:
        if name and name in seen:
            raise InputError(f"the column {name!r} stands there twice", where=where, remedy="keep one of the two")
        seen.add(name)
    return columns


def _rows(reader: _CellReader, columns: Sequence[str], raw: bool) -> Iterator[ListRow]:
    for cells, line in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise InputError(
                f"this row has {len(cells)} cells, and the header names {len(columns)}",
                where=f"{reader.source}:{line}",
                remedy="put a cell that holds the delimiter into quotes",
            )
        row = ListRow(dict(zip(columns, cells if raw else map(csv_guard.unguarded, cells), strict=False)), line)
        if "" in row:
            row[""] = _unnamed(columns, cells)
        yield row


def _unnamed(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Return what stands in columns without a name: nobody says what it is, but it may tell that somebody left."""
    return ";".join(cell for name, cell in zip(columns, cells, strict=False) if not name and cell.strip())


def _checked(rows: Iterator[ListRow], names: Sequence[str], source: str) -> Iterator[ListRow]:
    """Refuse a column that is called `address` alone and holds streets."""
    place = _address_column(names)
    if place is None or plain_name(names[place]) != "address":
        yield from rows
        return
    peeked = list(islice(rows, _PEEKED))
    if peeked and not any("@" in row.get(EMAIL, "") or row.get("hash") for row in peeked):
        raise InputError(
            f"the column {names[place].strip()!r} holds no mail addresses",
            where=f"{source}:{peeked[0].line}",
            remedy="name the column of mail addresses `email`",
        )
    yield from chain(peeked, rows)
