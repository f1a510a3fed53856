"""Figures as boards write them: `65.3% ± 0.9`, `$0,95`, `1 234,5`, `120k`. What parts thousands is told by the whole column.

A cell that can be read in one way only is read so, whatever stands around it: `$1.12` and `$0,95` are both prices below two. A sign
before exactly three digits (`1,234`) is what the others of its column say it is; without others it parts thousands, and a point does not.
"""

# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

SCALE = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}
MOST_CHARS = 120
"""A longer cell is no figure."""
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f\u200b\ufeff]+")
_AFTER = re.compile(r"(?:±|\+/-|\+-|\[|\().*$")
"""Where what belongs to a figure begins: its error, a note, a bracket."""
_MARKS = re.compile(r"[*†‡§¶#⁰¹²³⁴-⁹▲▼△▽↑↓★☆🥇🥈🥉]+")
_MONEY = re.compile(r"(?:US|A|C|HK)?[$€£¥₹]|\b(?:USD|EUR|GBP|JPY|CNY)\b", re.IGNORECASE)
_FIGURE = re.compile(
    r"(?P<about>[~≈≃])? ?(?P<sign>[-−–+])? ?(?P<digits>(?:\d[\d.,'’_ ]*|[.,]\d+)(?<! ))(?P<power>[eE][+-]?\d{1,3})?"
    r" ?(?P<scale>[kKMBGT](?![\w]))? ?(?P<percent>[%‰])?"
    r"(?: ?/ ?\d{0,4}[A-Za-z][A-Za-z ]{0,19}| [A-Za-zµ°][A-Za-z ]{0,19}(?:/ ?[A-Za-z]{1,12})?|(?:ms|s|h|x|×|min|pts?|tok/s|[KMGT]B|°C))?"
)
_SEPARATOR = re.compile(r"[.,'’_ ]")


@dataclass(frozen=True, slots=True)
class WrittenFigure:
    """A cell in which a figure stands: its digits as written, what signs it has, and whether it is percent or money."""

    digits: str
    negative: bool
    power: int
    scale: float
    percent: bool
    money: bool

    @property
    def separators(self) -> str:
        """The signs between its digits, in their order."""
        return "".join(_SEPARATOR.findall(self.digits))


def read_cell(text: str) -> WrittenFigure | None:
    """Return the figure of a cell, or None where it is more or less than one: words, a date, a range, a version."""
    if len(text) > MOST_CHARS:
        return None
    plain = _SPACES.sub(" ", text)
    plain = _MARKS.sub("", _AFTER.sub("", plain))
    without_money = _MONEY.sub("", plain)
    found = _FIGURE.fullmatch(_bare(without_money))
    if found is None:
        return None
    digits, scale = found["digits"], SCALE.get(found["scale"] or "", 1.0)
    written = WrittenFigure(
        digits.rstrip(".,'’_ "),
        (found["sign"] or "+") != "+",
        int((found["power"] or "e0")[1:]),
        scale / 10 if found["percent"] == "‰" else scale,
        bool(found["percent"]),
        without_money != plain,
    )
    return written if _is_one(written.digits) else None


def _bare(text: str) -> str:
    """Return text without the spaces around it, those that money or marks left, and a price's `/1M`."""
    return _SPACES.sub(" ", text).strip().strip("/").strip()


def _is_one(digits: str) -> bool:
    """Tell whether digits with their signs can be one number: groups of three where one sign repeats, no sign after the decimal one."""
    parts = _SEPARATOR.split(digits)
    signs = _SEPARATOR.findall(digits)
    if len(signs) < 2:
        return not (signs and signs[0] not in ".," and len(parts[1]) != 3)
    if len(set(signs)) > 2 or (len(set(signs)) == 2 and (len(set(signs[:-1])) != 1 or signs[-1] not in ".,")):
        return False
    groups = parts[1:] if len(set(signs)) == 1 else parts[1:-1]
    whole = all(len(group) == 3 or (signs[0] == "," and len(group) == 2) for group in groups[:-1])
    return whole and len(groups[-1]) == 3 and 1 <= len(parts[0]) <= 3


def decimal_signs(cells: Iterable[WrittenFigure]) -> set[str]:
    """Return the signs that can only be decimal ones in these cells."""
    return {sign for cell in cells if (sign := _certain(cell.digits)) in {".", ","}}


def thousands_signs(cells: Iterable[WrittenFigure]) -> set[str]:
    """Return the signs that can only part thousands in these cells."""
    return {signs[0] for cell in cells if len(signs := cell.separators) > 1}


def _certain(digits: str) -> str:
    """Return the decimal sign of digits that can be read in one way only; nothing where there is none, `?` where both readings hold."""
    signs: list[str] = _SEPARATOR.findall(digits)
    if not signs:
        return ""
    if len(set(signs)) == 2:
        return signs[-1]
    if len(signs) > 1 or signs[0] not in ".,":
        return ""
    before, _, after = digits.partition(signs[0])
    may_part = len(after) == 3 and 1 <= len(before) <= 3 and before.lstrip("0") == before
    return "?" if may_part else signs[0]


def point_of(column: Iterable[WrittenFigure], table: Iterable[WrittenFigure] = ()) -> str:
    """Return the decimal sign that a column shows, else the one that the whole table shows, else a point."""
    for cells in (list(column), list(table)):
        decimal, parting = decimal_signs(cells), thousands_signs(cells)
        likely = decimal | ({"."} if "," in parting else set()) | ({","} if "." in parting else set())
        if len(likely) == 1:
            return likely.pop()
    return "."


def value_of(cell: WrittenFigure, point: str) -> float | None:
    """Return the number that a cell says, `point` being the decimal sign where both readings hold. None for one too large to hold."""
    sign = _certain(cell.digits)
    sign = point if sign == "?" and point in cell.digits else "" if sign == "?" else sign
    whole, _, fraction = cell.digits.rpartition(sign) if sign else (cell.digits, "", "")
    plain = _SEPARATOR.sub("", whole) or "0"
    try:
        value = float(f"{plain}.{fraction or 0}e{cell.power}") * cell.scale
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(value):
        return None
    return round(-value if cell.negative else value, 10)
