"""Read and write the files an operator names; what cannot be read is told in words."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from newsletter import csv_guard
from newsletter.errors import InputError, NotFoundError

STANDARD = "-"
"""Stands for standard input or output, as everywhere in a shell."""


@contextmanager
def reading(path: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`. Raises NotFoundError, and InputError for a folder or a closed file."""
    if path == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed below; only opening may be misunderstood
    except FileNotFoundError:
        raise NotFoundError("there is no such file", where=path, remedy="is the path right?") from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None
    with file:
        yield file


def read_at_most(path: str, octets: int) -> bytes:
    """Return the file's content. Raises InputError when it is longer than `octets`, without reading all of it."""
    with reading(path) as file:
        content = file.read(octets + 1)
    if len(content) > octets:
        raise InputError(f"the file is larger than {octets:,} octets", where=path, remedy="is it the right file?")
    return content


def write(path: str, content: str | bytes) -> None:
    """Write a file, or to standard output for `-`. Raises InputError when it cannot be written."""
    data = content.encode() if isinstance(content, str) else content
    if path == STANDARD:
        sys.stdout.flush()
        sys.stdout.buffer.write(data if data.endswith(b"\n") else data + b"\n")
        sys.stdout.buffer.flush()
        return
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=path) from None


@contextmanager
def writing_rows(path: str) -> Iterator[TextIO]:
    """Open a file for a CSV writer, or standard output for `-`. Raises InputError when it cannot be written."""
    if path == STANDARD:
        yield sys.stdout
        return
    try:
        file = Path(path).open("w", encoding="utf-8", newline="")  # noqa: SIM115 - closed below
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=path) from None
    with file:
        yield file


def write_csv(path: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]], *, raw: bool) -> None:
    """Write rows as CSV to a file, or to standard output for `-`; no formulas unless `raw`. Raises InputError."""
    with writing_rows(path) as file:
        file.writelines(csv_guard.lines(columns, ([row[c] for c in columns] for row in rows), raw=raw))
