"""Boards as JSON: rows and columns by JMESPath, or without a mapping the longest list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds.grid import MOST_ROWS, MOST_WIDTH, Cell, Grid, GridRow, flat
from newsletter.sources.mapping import Mapping

_DEPTH = 4
"""Levels of an answer in which lists are looked for."""
_WORDS = {
    dict: "an object",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}


def read_grid(content: bytes, mapping: Mapping | None) -> Grid:
    """Return the board of an answer in JSON. Raises BrokenAnswerError that names the paths that there are."""
    answer = read_json(content)
    if mapping is None:
        return _as_it_stands(answer)
    rows = _mapped(answer, mapping)
    places = list(dict.fromkeys([*(c.place for c in mapping.columns), *(p for p in (mapping.key, mapping.link) if p)]))
    paths = [(place, _compiled(place)) for place in places]
    found = [
        GridRow(number, tuple(_cell(_searched(path, row)) for _, path in paths))
        for number, row in enumerate(rows[:MOST_ROWS], start=1)
    ]
    told = (f"only the first {MOST_ROWS:,} of {len(rows):,} rows are read",) if len(rows) > MOST_ROWS else ()
    names = tuple(_paths(next((row for row in rows if isinstance(row, dict)), {})))
    return Grid(tuple(places), tuple(found), told, names=names, exact=True)


def read_json(content: bytes) -> Any:
    """Return what an answer in JSON says; a file of one object a line is their list. Raises BrokenAnswerError."""
    try:
        return json.loads(content)
    except json.JSONDecodeError as wrong:
        if (lines := _by_line(content)) is not None:
            return lines
        raise BrokenAnswerError(f"this is no JSON from line {wrong.lineno}, sign {wrong.colno} on") from None
    except (ValueError, RecursionError):
        raise BrokenAnswerError("this is no JSON: octets of no charset, or nested too deep") from None


def _by_line(content: bytes) -> list[Any] | None:
    """Return the objects of a file that has one on each line (JSON Lines), or None where it has something else."""
    lines = [line for line in content.lstrip(b"\xef\xbb\xbf").splitlines() if line.strip()]
    if len(lines) < 2:
        return None
    try:
        found = [json.loads(line) for line in lines[: MOST_ROWS + 1]]
    except (ValueError, RecursionError):
        return None
    return found if all(isinstance(each, dict) for each in found) else None


def _mapped(answer: Any, mapping: Mapping) -> list[Any]:
    """Return the rows that a mapping means; those that are lists by their titles, unless its paths count (`[0]`)."""
    found = _looked_up(mapping.rows, answer) if mapping.rows else _likely(answer)
    wants_titles = not any(column.place.startswith("[") for column in mapping.columns)
    are_lists = isinstance(found, list) and all(isinstance(row, list) for row in found)
    if wants_titles and (found is None or are_lists) and (rows := _titled(answer) or _titled(found)):
        return rows
    return _listed(found, mapping.rows, answer)


def _listed(found: Any, rows: str, answer: Any) -> list[Any]:
    if objects := _by_columns(found) or _by_their_keys(found):
        return objects
    if isinstance(found, list):
        return found
    lists = ", ".join(f"{path or '@'} ({len(each)} rows)" for path, each in list(_lists(answer))[:10]) or "none"
    where = (
        f"rows: {rows!r} leads to {_WORDS.get(type(found), 'something else')}" if rows else "no list of rows was found"
    )
    raise BrokenAnswerError(f"the mapping fits no row: {where}; lists in the answer: {lists}")


def _likely(answer: Any) -> Any:
    """Return what of an answer is its rows where no mapping says so: its longest list, else the answer; None where it has no rows."""
    kept = isinstance(answer, list) or _by_columns(answer) or _by_their_keys(answer)
    return _longest(answer)[1] or (answer if kept else None)


def _by_columns(found: Any) -> list[dict[str, Any]]:
    """Return rows that are written column by column: an object of lists of the same length, or of objects with the same names.

    Data frames are written so: `{"Model": ["A", "B"], "Score": [1, 2]}`, `{"Model": {"0": "A"}, "Score": {"0": 1}}`.
    """
    if not isinstance(found, dict) or len(found) < 2:
        return []
    columns = list(found.values())
    if all(isinstance(each, dict) for each in columns):
        places = [str(number) for number in range(len(columns[0]))]
        columns = [list(each.values()) if list(each) == places else None for each in columns]
    if not all(isinstance(each, list) and len(each) == len(columns[0]) for each in columns):
        return []
    if any(isinstance(cell, dict | list) for column in columns for cell in column):
        return []
    return [dict(zip(found, row, strict=True)) for row in zip(*columns, strict=True)]


def _by_their_keys(found: Any) -> list[dict[str, Any]]:
    """Return rows that are an object of objects, the name of each as `@key`; nothing for anything else."""
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        return []
    return [{"@key": name, **each} for name, each in found.items()]


def _compiled(path: str) -> Any:
    try:
        return jmespath.compile(path)
    except (JMESPathError, ValueError, RecursionError):
        remedy = 'write names with other signs than letters, digits and _ between double quotes: "tok/s"'
        raise BrokenAnswerError(f"{path!r} is no JMESPath; {remedy}") from None


def _looked_up(path: str, answer: Any) -> Any:
    return _searched(_compiled(path), answer)


def _searched(path: Any, value: Any) -> Any:
    try:
        return path.search(value)
    except (JMESPathError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None  # a function that does not take what stands there


def _cell(value: Any) -> Cell:
    """Return a value as a cell: a list as its words with commas between, an object as nothing."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return "a number too large"
    if isinstance(value, str):
        return flat(value)
    if isinstance(value, list):
        return ", ".join(flat(str(each)) for each in value[:20] if isinstance(each, str | int | float))
    return None


def _as_it_stands(answer: Any) -> Grid:
    """Return the longest list of objects, each name of theirs a column."""
    path, rows = _longest(answer)
    rows = rows or _titled(answer) or _by_columns(answer) or _by_their_keys(answer)
    if not rows:
        raise BrokenAnswerError(
            "no list of rows was found in the answer; give the source a mapping whose rows leads to it"
        )
    flattened = [dict(_leaves(row)) if isinstance(row, dict) else {} for row in rows[:MOST_ROWS]]
    titles = list(dict.fromkeys(name for row in flattened for name in row))[:MOST_WIDTH]
    found = [GridRow(n, tuple(row.get(title) for title in titles)) for n, row in enumerate(flattened, start=1)]
    told = (f"rows were taken from {path or 'the top of the answer'}",)
    return Grid(tuple(titles), tuple(found), told, exact=True)


def _titled(answer: Any) -> list[dict[str, Any]]:
    """Return rows that are lists, each cell by its title: the titles are the first row, or stand beside as `columns` or `headers`."""
    beside = answer if isinstance(answer, dict) else {}
    rows = answer if isinstance(answer, list) else next((beside[n] for n in ("data", "rows") if n in beside), None)
    titles = next((beside[n] for n in ("columns", "headers") if isinstance(beside.get(n), list)), None)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        return []
    titles, rows = (titles, rows) if titles is not None else (rows[0], rows[1:])
    if not titles or not all(isinstance(title, str) for title in titles):
        return []
    return [dict(zip(titles, row, strict=False)) for row in rows]


def _longest(answer: Any) -> tuple[str, list[Any]]:
    found = list(_lists(answer))
    return max(found, key=lambda each: len(each[1]), default=("", []))


def _lists(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists of an answer that have objects, each by its path."""
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        yield path, value
    elif isinstance(value, dict) and depth < _DEPTH:
        for name, each in list(value.items())[:MOST_WIDTH]:
            yield from _lists(each, f"{path}.{_named(name)}".lstrip("."), depth + 1)


def _leaves(row: dict[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, Cell]]:
    for name, value in list(row.items())[:MOST_WIDTH]:
        here = f"{path}.{_named(name)}".lstrip(".")
        if isinstance(value, dict) and depth < _DEPTH:
            yield from _leaves(value, here, depth + 1)
        elif not isinstance(value, dict):
            yield here, _cell(value)


def _paths(row: Any) -> Iterable[str]:
    return [name for name, _ in _leaves(row)] if isinstance(row, dict) else []


def _named(name: str) -> str:
    """Return a name as JMESPath writes it."""
    plain = name.isascii() and name.replace("_", "a").isalnum() and not name[:1].isdigit()
    return name if plain else json.dumps(name, ensure_ascii=False)
