"""Read and write the files an operator names; what cannot be read is told in words.

What is written holds addresses, or an issue nobody has read yet: it is for the operator alone (0600), also where a wider file lay.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from newsletter import csv_guard, private_files
from newsletter.errors import ConflictError, InputError, NotFoundError

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
        private_files.write(Path(path), data)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=path) from None


def write_new(path: str, content: str) -> None:
    """Write a file that is not there yet, or to standard output for `-`. Raises ConflictError when it is there, InputError."""
    if path == STANDARD:
        write(path, content)
        return
    try:
        made = private_files.keep(Path(path), content.encode())
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=path) from None
    if not made:
        raise ConflictError(
            "there is such a file, and what it holds may be needed", where=path, remedy="name another file"
        )


@contextmanager
def writing_rows(path: str) -> Iterator[TextIO]:
    """Open a file for a CSV writer, or standard output for `-`. Raises InputError when it cannot be written."""
    if path == STANDARD:
        yield sys.stdout
        return
    try:
        descriptor = private_files.open_file(Path(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=path) from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file


def write_csv(path: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]], *, raw: bool) -> None:
    """Write rows as CSV to a file, or to standard output for `-`; no formulas unless `raw`. Raises InputError."""
    with writing_rows(path) as file:
        file.writelines(csv_guard.lines(columns, ([row[c] for c in columns] for row in rows), raw=raw))
