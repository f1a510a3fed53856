"""Figures as people write them into cells of a table: `60.2`, `**1,234**`, `≈ 12 %`, `$3.50`, `120k`."""

# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FIGURE = re.compile(
    r"(?<![\w.,])(?P<sign>[-−]?)[$€£¥]?(?P<digits>\d{1,30}(?>(?:[.,'\u00a0\u202f]\d{1,30})*))\s?(?P<unit>[kKMBG](?![\w]))?"
)
_MARKS = re.compile(r"[*_~`]|\\(?=[^\w\s])")
SCALE = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9}
"""What the letter behind a figure multiplies it by."""
_RANK_TITLES = frozenset({"#", "№", "rank", "rang", "nr", "nr.", "no", "no.", "pos", "pos.", "position", "place"})
"""What columns of ranks are called, in lower case."""
_SEPARATOR = re.compile(r"[.,'\u00a0\u202f]")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a cell: its value, the digits after its decimal sign, that sign, and the letter it is scaled by (k, M, ...)."""

    value: float
    decimals: int
    point: str
    unit: str


def without_marks(cell: str) -> str:
    """Return a cell without the marks of Markdown that stand around its words."""
    return _MARKS.sub("", cell).strip()


def is_rank_title(title: str) -> bool:
    """Tell whether a column of this title holds ranks."""
    return title.strip().casefold() in _RANK_TITLES


def read_figure(cell: str, *, point: str = ".") -> Figure | None:
    """Return the first number of a cell, or None; `point` is the language's decimal sign, which decides where both readings hold.

    One sign before exactly three digits parts thousands, unless it is the language's decimal sign or only a nought stands before it.
    """
    found = _FIGURE.search(without_marks(cell))
    if found is None:
        return None
    whole, fraction, sign = _parted(found["digits"], point)
    size = float(f"{whole}.{fraction or 0}") * SCALE[found["unit"] or ""]
    return Figure(-size if found["sign"] else size, len(fraction), sign or point, found["unit"] or "")


def _parted(digits: str, point: str) -> tuple[str, str, str]:
    """Return the digits before and after the decimal sign, and that sign."""
    signs = _SEPARATOR.findall(digits)
    if not signs:
        return digits, "", ""
    last = digits.rpartition(signs[-1])
    before = _SEPARATOR.sub("", last[0])
    parts_thousands = (
        signs[-1] not in ".,"
        or signs.count(signs[-1]) > 1
        or (len(last[2]) == 3 and len(set(signs)) == 1 and signs[-1] != point and before != "0" and len(before) <= 3)
    )
    return (before + last[2], "", "") if parts_thousands else (before, last[2], signs[-1])


def wrong_change(titles: Sequence[str], change: str) -> str:
    """Say why no change can be shown beside the column `change` of a table, or nothing."""
    if not change or titles.count(change) == 1:
        return ""
    many = "more than one" if change in titles else "no"
    return f"change={change[:40]}: the table has {many} column of that title; it has {', '.join(titles)[:200]}"


def wrong_bars(titles: Sequence[str], rows: Sequence[Sequence[str]], bars: str, best: str) -> str:
    """Say why no bars can be drawn of the column `bars` of a table, or nothing; `best` says which figure leads."""
    if not bars:
        return "best says which of the bars leads, and there are no bars" if best else ""
    if titles.count(bars) != 1:
        many = "more than one" if bars in titles else "no"
        return f"bars={bars[:40]}: the table has {many} column of that title; it has {', '.join(titles)[:200]}"
    figures = [(cell, figure) for row in rows if (figure := read_figure(cell := row[titles.index(bars)]))]
    below = [cell for cell, figure in figures if figure.value < 0]
    if below:
        return f"bars begin at zero, and {bars[:40]} holds {below[0][:40]}"
    return "" if figures else f"bars={bars[:40]}: no cell of that column holds a number"
