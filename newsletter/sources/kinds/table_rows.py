"""The rows of a board as a mapping understands them: figures read, rows ranked, and a word for each cell that does not fit."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from newsletter.rendering.written_text import linked
from newsletter.sources.cutting import printable_line
from newsletter.sources.found import Attribute, BrokenAnswerError, FoundCandidate, FoundTable, Reading
from newsletter.sources.kinds.figures import WrittenFigure, point_of, read_cell, value_of
from newsletter.sources.kinds.grid import Cell, Grid, GridRow
from newsletter.sources.mapping import BoardColumn, Mapping
from newsletter.sources.ranks import ranks_of

MOST_TOLD = 20
"""Sentences of one kind that an editor is told; the others are counted."""
_CURRENCIES = "$€£¥₹"
_KEY_CHARS = 300
_TITLE_CHARS = 300


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    key: str
    name: str
    link: str
    values: tuple[str | float | None, ...]


@dataclass
class _Said:
    """What is told: misfits one by one, and what is left out."""

    misfits: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def all(self, told: Sequence[str]) -> tuple[str, ...]:
        more = len(self.misfits) - MOST_TOLD
        rest = [f"{more} more cells do not fit"] if more > 0 else []
        return (*told, *self.told, *self.misfits[:MOST_TOLD], *rest)


def fitted(grid: Grid, mapping: Mapping, *, told: Sequence[str] = ()) -> Reading:
    """Return a board's rows, ranked. Raises BrokenAnswerError where the mapping fits no row, naming the first that does not."""
    said = _Said()
    places = [grid.place(column.place) for column in mapping.columns]
    for wish, path in (("key", mapping.key), ("link", mapping.link)):
        if path:
            _tell_lacking(grid, wish, path, said)
    _tell_missing(grid, mapping, places, said)
    values = [
        _values(grid, place, column, mapping, said) for place, column in zip(places, mapping.columns, strict=True)
    ]
    rows = _known(grid, mapping, values, said)
    if not rows:
        raise BrokenAnswerError(_fits_none(grid, said), Reading(told=said.all(told)))
    ranked = _ranked(rows, mapping, said)
    if not ranked:
        sort = mapping.columns[mapping.ranked_by or 0].title
        first = said.misfits[0] if said.misfits else f"no row has a figure in the column {sort!r}"
        raise BrokenAnswerError(
            f"the mapping fits no row: {first}; there is {grid.there}", Reading(told=said.all(told))
        )
    table = FoundTable(
        tuple(column.model_dump() for column in mapping.columns),
        tuple((row.key, row.values) for row in ranked),
        attribution(mapping),
    )
    return Reading(_candidates(ranked, mapping), said.all(told), table)


def attribution(mapping: Mapping) -> str:
    """Return who is to be named below the table, as Markdown."""
    named = mapping.attribution or urlsplit(mapping.attribution_url).hostname or ""
    return linked(printable_line(named), mapping.attribution_url)


def _tell_lacking(grid: Grid, wish: str, path: str, said: _Said) -> None:
    """Tell of a key or a link that no row has, and of a key that some lack: those are known by their names."""
    place = grid.place(path)
    without = [row.number for row in grid.rows if place is None or row.cells[place] in (None, "")]
    if place is None:
        said.told.append(f"{wish}: there is no {path!r}; there is {grid.there}")
    elif without and len(without) == len(grid.rows):
        said.told.append(f"{wish}: no row has {path!r}; there is {grid.there}")
    elif wish == "key" and without:
        one = f"row {without[0]} has no {path!r}, and goes by its name"
        several = f"{len(without)} rows have no {path!r}, and go by their names, the first of them row {without[0]}"
        said.told.append(f"key: {one if len(without) == 1 else several}")


def _tell_missing(grid: Grid, mapping: Mapping, places: list[int | None], said: _Said) -> None:
    """Tell columns that are not there, or of which no row has anything. Raises BrokenAnswerError where the needed ones are not."""
    needed = {mapping.name, mapping.ranked_by}
    for number, (column, place) in enumerate(zip(mapping.columns, places, strict=True)):
        is_empty = grid.exact and place is not None and bool(grid.rows)
        nothing = place is None or (is_empty and all(row.cells[place] is None for row in grid.rows))
        if not nothing:
            continue
        several = len(grid.alike(column.place)) > 1
        wrong = f"several have {column.place!r} in their titles" if several else f"no row has {column.place!r}"
        what = f"column {column.title!r}: {wrong}; there is {grid.there}"
        if number in needed:
            raise BrokenAnswerError(f"the mapping fits no row: row 1, {what}")
        said.told.append(what)


def _fits_none(grid: Grid, said: _Said) -> str:
    first = next(iter(said.misfits), "no row has a name") if grid.rows else "there are no rows"
    return f"the mapping fits no row: {first}; there is {grid.there}"


def _values(
    grid: Grid, place: int | None, column: BoardColumn, mapping: Mapping, said: _Said
) -> list[str | float | None]:
    """Return the cells of one column as the mapping takes them, None where there is no figure."""
    if place is None:
        return [None] * len(grid.rows)
    if not column.is_figure:
        return [_words(row.cells[place]) for row in grid.rows]
    written = {row.number: read_cell(cell) for row in grid.rows if isinstance(cell := row.cells[place], str)}
    point = mapping.decimal_sign or point_of([each for each in written.values() if each is not None], _figures(grid))
    _tell_currency(grid, place, column, said)
    found: list[str | float | None] = []
    for row in grid.rows:
        cell = row.cells[place]
        if cell is None or (isinstance(cell, str) and cell.strip().casefold() in mapping.unknown):
            found.append(None)
            continue
        value = _figure(cell, written.get(row.number), point, column)
        if value is None:
            said.misfits.append(f"row {row.number}, column {column.title!r}: {str(cell)[:40]!r} is no number")
        found.append(None if column.zero_is_unknown and value == 0 else value)
    return found


def _tell_currency(grid: Grid, place: int, column: BoardColumn, said: _Said) -> None:
    """Tell when the cells of a column are in another money than the mapping says: nothing is reckoned from one into another."""
    if column.type != "money":
        return
    cells = [cell for row in grid.rows if isinstance(cell := row.cells[place], str)]
    signs = {sign for cell in cells for sign in _CURRENCIES if sign in cell}
    if column.currency in _CURRENCIES and signs - {column.currency}:
        others = ", ".join(sorted(signs - {column.currency}))
        said.told.append(
            f"column {column.title!r}: cells of it are in {others}, and the mapping says {column.currency}"
        )


def _figures(grid: Grid) -> list[WrittenFigure]:
    """Return the figures of the first rows: they show the table's decimal sign where a column does not."""
    cells = [cell for row in grid.rows[:50] for cell in row.cells if isinstance(cell, str)]
    return [figure for cell in cells if (figure := read_cell(cell)) is not None]


def _words(cell: Cell) -> str | None:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return printable_line(cell, 1000) if isinstance(cell, str) else None if cell is None else str(cell).lower()


def _figure(cell: Cell, written: WrittenFigure | None, point: str, column: BoardColumn) -> float | None:
    """Return the number that a cell says, in percent where its column is; None where it says none."""
    value: float | None = None
    if isinstance(cell, float):
        value = cell if math.isfinite(cell) else None
    elif written is not None:
        value = value_of(written, point)
    is_share = column.type == "percent" and column.fraction and not (written is not None and written.percent)
    return value if value is None or not is_share else round(value * 100, 10)


def _known(grid: Grid, mapping: Mapping, values: list[list[str | float | None]], said: _Said) -> list[_Row]:
    """Return the rows that have a name, each with a key of its own."""
    key_place = grid.place(mapping.key) if mapping.key else None
    link_place = grid.place(mapping.link) if mapping.link else None
    name_place = grid.place(mapping.columns[mapping.name].place)
    rows: list[_Row] = []
    times: dict[str, int] = {}
    for number, row in enumerate(grid.rows):
        name = str(values[mapping.name][number] or "")
        if not name or name.casefold() in mapping.unknown:
            said.misfits.append(
                f"row {row.number}, column {mapping.columns[mapping.name].title!r}: nothing stands there, so the row has no name"
            )
            continue
        key = _key((_words(row.cells[key_place]) if key_place is not None else "") or name.casefold())
        times[key] = times.get(key, 0) + 1
        if times[key] > 1:
            said.told.append(
                f"row {row.number}: the key {key[:60]!r} stands in {times[key]} rows; give the mapping a key that differs"
            )
            key = _key(f"{key} ({times[key]})")
        link = str(row.cells[link_place] or "") if link_place is not None else ""
        rows.append(
            _Row(
                row.number,
                key,
                name,
                _address(link) or _linked(row, name_place),
                tuple(each[number] for each in values),
            )
        )
    if len(said.told) > MOST_TOLD:
        said.told[MOST_TOLD:] = [f"{len(said.told) - MOST_TOLD} more rows are told like these"]
    return rows


def _key(written: str) -> str:
    if len(written) <= _KEY_CHARS:
        return written
    return f"{written[:230]}#{hashlib.sha256(written.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _linked(row: GridRow, name_place: int | None) -> str:
    if not row.links:
        return ""
    own = row.links[name_place] if name_place is not None and name_place < len(row.links) else ""
    return _address(own or next((link for link in row.links if link), ""))


def _address(written: str) -> str:
    """Return an address that a page may link to, or nothing."""
    try:
        parts = urlsplit(written.strip())
    except ValueError:
        return ""
    plain = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(written) <= 2048
    return written.strip() if plain and not set(written.strip()) & set(' <>"\\\n\t') and written.isprintable() else ""


def _ranked(rows: list[_Row], mapping: Mapping, said: _Said) -> list[_Row]:
    """Return rows best first, equal ones in the order of the source; those without the figure are left out and told."""
    place = mapping.ranked_by
    if place is None:
        return rows
    column = mapping.columns[place]
    without = [row.name for row in rows if row.values[place] is None]
    if without:
        names = ", ".join(without[:5]) + (f" and {len(without) - 5} more" if len(without) > 5 else "")
        said.told.append(
            f"{len(without)} {'row' if len(without) == 1 else 'rows'} without {column.title!r} left out: {names}"
        )
    kept = [row for row in rows if row.values[place] is not None]
    sign = 1.0 if column.direction == "lowest" else -1.0
    return sorted(kept, key=lambda row: sign * float(row.values[place] or 0))


def _candidates(rows: list[_Row], mapping: Mapping) -> tuple[FoundCandidate, ...]:
    ranks = ranks_of([row.values for row in rows], mapping)
    return tuple(
        FoundCandidate(
            key=row.key,
            title=printable_line(row.name, _TITLE_CHARS),
            url=row.link,
            attributes=_attributes(row, rank, mapping),
        )
        for row, rank in zip(rows, ranks, strict=True)
    )


def _attributes(row: _Row, rank: int, mapping: Mapping) -> dict[str, Attribute]:
    counted: dict[str, Attribute] = {mapping.rank: rank} if mapping.rank else {}
    named = {column.title: value for column, value in zip(mapping.columns, row.values, strict=True)}
    return counted | {title: value for title, value in named.items() if value is not None and value != ""}
