"""What a command says on standard output: words for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from wcwidth import wcswidth

if TYPE_CHECKING:
    from rich.progress import Progress


_WIDEST = 1_000_000
"""Columns of the terminal that a table is laid out for."""


def as_json(value: Any) -> None:
    """Print one JSON value, indented; moments in ISO 8601."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def as_json_list(rows: Iterable[Any]) -> None:
    """Print a JSON array row by row, so that a million rows need no memory."""
    opening = "[\n"
    for row in rows:
        sys.stdout.write(opening + "  " + json.dumps(row, ensure_ascii=False, default=_plain))
        opening = ",\n"
    sys.stdout.write("[]\n" if opening == "[\n" else "\n]\n")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print aligned columns, or the sentence `empty` when there are no rows."""
    cells = [[safe(str(cell)) for cell in row] for row in rows]
    if not cells:
        print(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # No column is cut or folded, however narrow the terminal: an address that was cut could not be copied, nor found by grep.
    columns = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for head in heads:
        columns.add_column(Text(head), no_wrap=True)
    for row in cells:
        columns.add_row(*map(Text, row))  # as text: square brackets are no styles here
    console = Console(color_system=None, width=_WIDEST, legacy_windows=False)
    with console.capture() as captured:
        console.print(columns)
    for line in captured.get().splitlines():
        print(line.rstrip())


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values below each other; empty values are left out."""
    known = [(name, safe(str(value))) for name, value in pairs if value not in ("", None)]
    width = max((_width(name) for name, _ in known), default=0)
    for name, value in known:
        print(f"{name:<{width}}  {value}")


def aside(text: str) -> None:
    """Say something to the person that is not part of the answer: on standard error."""
    print(safe(text), file=sys.stderr)


def safe(text: str) -> str:
    """Return text without control characters: what a remote server said must not steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """Open a progress bar on standard error; None when nobody watches (not a terminal). NO_COLOR is respected."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield bar


def _width(text: str) -> int:
    return max(wcswidth(text), 0) or len(text)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)
