"""A file for each list that has rows at fault, with its columns, the line, and what is wrong: mended, it is moved in again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import PurePath
from typing import Protocol, Self

from newsletter import csv_guard
from newsletter.audience.moving.product import ERROR_COLUMNS
from newsletter.audience.moving.read_row import ReadRow
from newsletter.audience.standing_words import word_of_file


def error_name(source: str, number: int) -> str:
    """Return what a file of errors is called: where a folder, or an archive, says who stands in a list, its name says it now."""
    stem = PurePath(source).stem
    word = word_of_file(source, {})
    told = [word] if word and word_of_file(f"{stem}.csv", {}) != word else []
    return "-".join([*([str(number)] if number else []), *told, stem]) + ".errors.csv"


def plain_error_name(name: str, instead: str) -> str:
    """Return a name in plain signs, without any that somebody chose, that says of its people what another name does."""
    word = word_of_file(name, {})
    return f"{word if word.isascii() else 'unsubscribed'}-{instead}" if word else instead


class TextFile(Protocol):
    """What takes lines."""

    def write(self, text: str, /) -> object:
        """Take some text."""


class ErrorFiles:
    """Writes rows that cannot be used, or of which a value is left out. `make` opens a file by its name, which is told once for each list; without it nothing is written."""

    def __init__(self, make: Callable[[str], AbstractContextManager[TextFile]] | None) -> None:
        self._make = make
        self._stack = ExitStack()
        self._files: dict[tuple[str, ...], TextFile] = {}
        self.names: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, columns: Sequence[str], row: ReadRow) -> None:
        """Write a row as it was, and what is wrong with it."""
        if self._make is None:
            return
        kept = [name for name in columns if name not in ERROR_COLUMNS]
        cells = [*(row.cells.get(name, "") for name in kept), str(row.line), *row.fault]
        lines = csv_guard.lines([*kept, *ERROR_COLUMNS], [cells])
        head = next(lines)
        key = (row.file, *kept)  # two folders may hold files of one name
        if key not in self._files:
            name = error_name(row.file, len(self._files))
            self._files[key] = self._stack.enter_context(self._make(name))
            self._files[key].write(head)
            self.names.append(name)
        for line in lines:
            self._files[key].write(line)
