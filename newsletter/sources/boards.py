"""A board as an item of an issue: its first rows, how they moved since the last issue, and of which day they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Named
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from newsletter.model.document import Align, Column, TableItem
from newsletter.rendering.furniture.changes import CHANGE_TITLE, NEW_ROW
from newsletter.rendering.language import ENGLISH, Language
from newsletter.rendering.written_text import as_cell, linked
from newsletter.sentences import sentence
from newsletter.sources.cutting import printable_line
from newsletter.sources.found import FoundTable
from newsletter.sources.mapping import Mapping
from newsletter.sources.ranks import decimals_of, ranks_of, written

Rows: TypeAlias = tuple[tuple[str, tuple[str | float | None, ...]], ...]
"""Of a board, best first: the key of each, and its cells."""
AGED = timedelta(days=7)
"""A board that has not changed for longer says of which day it is."""
UNKNOWN = "–"  # noqa: RUF001 - what stands where there is no figure, or no change
_MOST_ROWS = 500
_MOST_CELL = 1_500


@dataclass(frozen=True, slots=True)
class EarlierBoard:
    """What a board was on an earlier day."""

    day: date
    rows: Rows


@dataclass(frozen=True, slots=True)
class BoardFrame:
    """What stands around the rows of a board: `mailed` where its mapping does not say how many of them are."""

    title: str
    source: str
    """Who tells it, where the mapping names nobody."""
    day: date
    """On which it was read."""
    shown: date | None = None
    """The day of the issue that shows it; none: the day on which it was read."""
    source_url: str = ""
    since: date | None = None
    """The day from which on it has been what it is; none: it is new."""
    last_issue: date | None = None
    """The day of the publication's last issue; none: there was none."""
    body: str = ""
    mailed: int = 5
    language: Language = ENGLISH


def rows_to_keep(table: FoundTable) -> list[Any]:
    """Return the rows of a board as a snapshot keeps them."""
    return [[key, list(values)] for key, values in table.rows]


def kept_rows(kept: Any) -> Rows:
    """Return the rows that a snapshot keeps; what is no row is passed over."""
    found = []
    for row in kept if isinstance(kept, list) else ():
        if (
            isinstance(row, list | tuple)
            and len(row) == 2
            and isinstance(row[0], str)
            and isinstance(row[1], list | tuple)
        ):
            values = [float(v) if isinstance(v, int | float) else v if isinstance(v, str) else None for v in row[1]]
            found.append((row[0], tuple(values)))
    return tuple(found)


def board_item(
    table: FoundTable, mapping: Mapping, frame: BoardFrame, earlier: Sequence[EarlierBoard] = ()
) -> TableItem:
    """Return a board as an item: rank, columns, change of rank since the last issue by key, and a note.

    `earlier` are snapshots before it, in any order: the newest of the last issue's day or before it is compared with. Without one there
    is no change to tell, and no column of it.
    """
    ranks = ranks_of([values for _, values in table.rows], mapping)
    before = ranks_before(earlier, frame.last_issue, mapping)
    shown = min(mapping.limit or frame.mailed, _MOST_ROWS)
    decimals = [
        decimals_of(column, [values[place] for _, values in table.rows[:shown]])
        for place, column in enumerate(mapping.columns)
    ]
    rows = []
    for (key, values), rank in zip(table.rows[:shown], ranks, strict=False):
        cells = [
            _cell(value, *each) for value, each in zip(values, zip(mapping.columns, decimals, strict=True), strict=True)
        ]
        moved = [change_words(rank, before.get(key), frame.language)] if before else []
        rows.append((*([str(rank)] if mapping.rank else []), *cells, *moved))
    since = frame.since or frame.day
    return TableItem(
        title=printable_line(frame.title, 300),
        body=frame.body,
        columns=_columns(mapping, frame.language, has_change=bool(before)),
        rows=tuple(rows),
        note=_note(table, frame, since),
        attributes={"as-of": since.isoformat()},
    )


def _columns(mapping: Mapping, language: Language, *, has_change: bool) -> tuple[Column, ...]:
    rank = [Column(title=as_cell(mapping.rank), align=Align.RIGHT)] if mapping.rank else []
    own = [
        Column(title=as_cell(column.title), align=Align.RIGHT if column.is_figure else Align.LEFT)
        for column in mapping.columns
    ]
    change = [Column(title=language.say(CHANGE_TITLE), align=Align.RIGHT)] if has_change else []
    return (*rank, *own, *change)


def _cell(value: str | float | None, column: Any, decimals: int) -> str:
    if value is None or value == "":
        return UNKNOWN
    text = written(value, column, decimals)
    return as_cell(printable_line(text, _MOST_CELL)) if isinstance(value, str) else text


def ranks_before(earlier: Sequence[EarlierBoard], last_issue: date | None, mapping: Mapping) -> dict[str, int]:
    """Return the rank of each key at the last issue: of the newest snapshot of its day or before it. Empty where there is none."""
    if last_issue is None:
        return {}
    then = max((board for board in earlier if board.day <= last_issue), key=lambda board: board.day, default=None)
    width = len(mapping.columns)
    rows = [row for row in then.rows if len(row[1]) == width] if then is not None else []
    return {key: rank for (key, _), rank in zip(rows, ranks_of([values for _, values in rows], mapping), strict=True)}


def change_words(rank: int, before: int | None, language: Language = ENGLISH) -> str:
    """Return how a row moved, as a sign and in words: `▲ up 2`, `▼ down 1`, `new`, or a dash where it stands as it did."""
    if before is None:
        return language.say(NEW_ROW)
    if rank == before:
        return UNKNOWN
    words = (
        sentence("up %(places)s", places=before - rank)
        if rank < before
        else sentence("down %(places)s", places=rank - before)
    )
    return f"{'▲' if rank < before else '▼'} {language.say(words)}"


def _note(table: FoundTable, frame: BoardFrame, since: date) -> str:
    """Return who told it and when, as Markdown; `as of` the day of its last change where that is long ago."""
    say = frame.language.say
    named = table.attribution or linked(printable_line(frame.source, 200), frame.source_url)
    if (frame.shown or frame.day) - since > AGED:
        return say(sentence("Source: %(source)s, as of %(day)s.", source=named, day=frame.language.date(since)))
    return say(sentence("Source: %(source)s, %(day)s.", source=named, day=frame.language.date(frame.day)))


def read_columns(given: Iterable[Named[str, Any]], mapping: Named[str, Any] | None) -> Mapping:
    """Return the mapping of a board that was read: the source's own, or where it has none the columns that were told from the cells."""
    return Mapping.model_validate(dict(mapping) if mapping else {"columns": [dict(column) for column in given]})
