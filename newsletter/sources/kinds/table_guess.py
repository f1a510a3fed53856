"""What the columns of a board may be where no mapping says so: told from their titles and cells, and said to the editor."""

from __future__ import annotations

from newsletter.model.figures import is_rank_title
from newsletter.sources.cutting import printable_line
from newsletter.sources.kinds.figures import read_cell
from newsletter.sources.kinds.grid import Cell, Grid, different, plain_title
from newsletter.sources.mapping import MOST_COLUMNS, MOST_PATH, USUAL_UNKNOWN, BoardColumn, Mapping

_NAMES = ("name", "model", "model name", "system", "agent", "method", "team", "entry", "submission", "title", "tool")
_KEYS = ("id", "key", "uuid", "slug")
_LINKS = ("url", "link", "html_url", "homepage", "website")
_MOST_FIGURES = 0.5
"""A column is of figures when more of its cells than this share can be read as one."""


def guessed(grid: Grid) -> Mapping | None:
    """Return the mapping that a board seems to want; None where nothing names its rows."""
    titles = different([printable_line(title, 150) for title in grid.titles])
    columns = [_column(grid, place, titles[place]) for place in range(len(titles))]
    name = _named(grid, columns)
    if name is None:
        return None
    link = _titled(grid, _LINKS)
    readable = [place for place, title in enumerate(grid.titles) if len(title) <= MOST_PATH]
    rest = [columns[place] for place in readable if place not in {name, link} and not _is_rank(grid, place)]
    kept = [columns[name].model_copy(update={"type": "text"}), *rest][:MOST_COLUMNS]
    key = _titled(grid, _KEYS)
    return Mapping(
        columns=tuple(kept),
        key=grid.titles[key] if key is not None and _are_different(grid, key) else "",
        link=grid.titles[link] if link is not None else "",
    )


def _column(grid: Grid, place: int, title: str) -> BoardColumn:
    cells = _said(grid, place)
    written = [read_cell(cell) if isinstance(cell, str) else None for cell in cells]
    figures = sum(isinstance(cell, float) or found is not None for cell, found in zip(cells, written, strict=True))
    path = grid.titles[place] if len(grid.titles[place]) <= MOST_PATH else ""
    if not cells or figures <= _MOST_FIGURES * len(cells):
        return BoardColumn(title=title, path=path)
    if any(found is not None and found.percent for found in written):
        return BoardColumn(title=title, path=path, type="percent")
    if money := next(
        (cell for cell, found in zip(cells, written, strict=True) if found is not None and found.money), None
    ):
        sign = next((sign for sign in "$€£¥₹" if sign in str(money)), "$")
        return BoardColumn(title=title, path=path, type="money", currency=sign)
    return BoardColumn(title=title, path=path, type="number")


def _named(grid: Grid, columns: list[BoardColumn]) -> int | None:
    """Return the column that names the rows: by its title, else the first of words that differ, else the first of words."""
    by_title = next(
        (
            place
            for wish in _NAMES
            for place, title in enumerate(grid.titles)
            if plain_title(title.rpartition(".")[2]) == wish
        ),
        None,
    )
    if by_title is not None and len(grid.titles[by_title]) <= MOST_PATH and _said(grid, by_title):
        return by_title
    words = [
        place
        for place, column in enumerate(columns)
        if column.type == "text" and len(column.path) <= MOST_PATH and _said(grid, place)
    ]
    keys = {_titled(grid, (name,)) for name in (*_KEYS, *_LINKS)}
    plain = [place for place in words if place not in keys] or words
    return next((place for place in plain if _are_different(grid, place)), plain[0] if plain else None)


def _is_rank(grid: Grid, place: int) -> bool:
    return is_rank_title(plain_title(grid.titles[place]))


def _titled(grid: Grid, names: tuple[str, ...]) -> int | None:
    return next(
        (place for name in names for place, title in enumerate(grid.titles) if plain_title(title) == name), None
    )


def _are_different(grid: Grid, place: int) -> bool:
    cells = [row.cells[place] for row in grid.rows]
    return all(cell not in (None, "") for cell in cells) and len(set(cells)) == len(cells)


def _said(grid: Grid, place: int) -> list[Cell]:
    """Return the cells of a column that say something."""
    cells = (row.cells[place] for row in grid.rows)
    return [
        cell for cell in cells if cell is not None and not (isinstance(cell, str) and cell.casefold() in USUAL_UNKNOWN)
    ]
