"""Rows of a CSV file of posts, whose cells may hold whole articles."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator
from typing import IO

from newsletter.errors import InputError
from newsletter.moved_files import MovedFile

MOST_OCTETS = 256 << 20
"""Of a file that is read whole."""
_MOST_CELL = 8 << 20
_DELIMITERS = ",;\t|"
_HEAD = 1 << 14
_LIMIT = threading.Lock()
"""The module `csv` has one limit for a process."""


def text_of(file: MovedFile) -> str:
    """Return a file as text, its encoding found out. Raises InputError for one that is too large."""
    if file.octets > MOST_OCTETS:
        raise InputError(f"it is larger than {MOST_OCTETS >> 20} MiB", where=file.name, remedy="move in its parts")
    with file.open() as opened:
        return decoded(opened.read())


def decoded(octets: bytes) -> str:
    """Return octets as text: UTF-8 or UTF-16 with its mark, else that of Western programs."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return octets.decode("utf-16", "replace")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def columns_of(file: MovedFile) -> set[str]:
    """Return the names of a CSV file's columns, as `plain` writes them; no names for what is none."""
    with file.open() as opened:
        head = decoded(_whole_lines(opened))
    return {plain(cell) for cell in next(csv.reader([head.splitlines()[0]], delimiter=_delimiter(head)), [])} if head.strip() else set()  # fmt: skip


def rows_of(file: MovedFile) -> Iterator[dict[str, str]]:
    """Yield the rows by the plain names of their columns. Raises InputError for a file that is no whole CSV."""
    text = text_of(file)
    with _LIMIT:
        before = csv.field_size_limit(_MOST_CELL)
        try:
            cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
        except csv.Error as error:
            raise InputError(
                f"this is not CSV: {error}", where=file.name, remedy="download it anew, or move in its parts"
            ) from None
        finally:
            csv.field_size_limit(before)
    names = [plain(cell) for cell in cells[0]] if cells else []
    for row in cells[1:]:
        if any(row):
            yield dict(zip(names, row, strict=False))


def plain(name: str) -> str:
    """Return the name of a column in small letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _whole_lines(opened: IO[bytes]) -> bytes:
    head = opened.read(_HEAD)
    return head[: head.rfind(b"\n") + 1] or head


def _delimiter(text: str) -> str:
    line = text.lstrip().split("\n", 1)[0]
    return max(_DELIMITERS, key=line.count)
