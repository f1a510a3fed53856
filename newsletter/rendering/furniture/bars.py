"""A column of figures drawn as bars: rows of cells with a colour, which need no picture and which Outlook draws.

Bars begin at zero, always: cut ones would show a difference that is not there. How far each figure is from the leading one is
written beside it, in every output.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from newsletter.model.document import TableItem
from newsletter.model.figures import SCALE, Figure, read_figure
from newsletter.rendering.language import Language
from newsletter.sentences import sentence

_ROW = re.compile(r"<tr data-share=\"(\d{1,3})\"([^<>]*+)>((?>(?:[^<]++|<(?!/?tr))*))</tr>")
_SHARE = re.compile(r"(?<=<tr) data-share=\"\d{1,3}\"")
_MARK = "<tr data-share="
_OVER = '<tr class="f-over"'
_OVER_TOP = '<tr class="f-over leads"'
_TOP = ' class="leads"'
_CELL = re.compile(r"<t[dh]\b")
GAP_TITLE = sentence("Gap")
"""Heads the column that says how far a figure is from the leading one."""


@dataclass(frozen=True, slots=True)
class Bars:
    """What bars add to a table: `figures`, `gaps` and `shares` (0 to 100, None for no bar) by row, and the place of their column."""

    column: int
    figures: tuple[Figure | None, ...]
    gaps: tuple[str, ...]
    shares: tuple[int | None, ...]

    @property
    def leading(self) -> tuple[bool, ...]:
        """Whether each row has the leading figure."""
        return tuple(figure is not None and not gap for figure, gap in zip(self.figures, self.gaps, strict=True))


def bars_of(item: TableItem, language: Language) -> Bars | None:
    """Return the bars of a table, or None where none are asked for."""
    titles = [column.title for column in item.columns]
    if item.bars not in titles:
        return None
    column = titles.index(item.bars)
    figures = [read_figure(row[column], point=language.decimal_sign) for row in item.rows]
    known = [figure for figure in figures if figure is not None]
    if not known:
        return None
    leading = (min if item.best == "lowest" else max)(figure.value for figure in known)
    longest = max(figure.value for figure in known)
    return Bars(
        column,
        tuple(figures),
        tuple(_gap(figure, leading, known) for figure in figures),
        tuple(None if figure is None else _share(figure.value, longest) for figure in figures),
    )


def _share(value: float, longest: float) -> int:
    return max(1, round(100 * value / longest)) if value > 0 else 0


def _gap(figure: Figure | None, leading: float, known: Sequence[Figure]) -> str:
    """Return the distance from the leading figure, in the way the figures are written; nothing for the leading one."""
    if figure is None or figure.value == leading:
        return ""
    unit = figure.unit
    decimals = max(each.decimals for each in known if each.unit == unit)
    point = next((each.point for each in known if each.decimals), figure.point)
    distance = (figure.value - leading) / SCALE[unit]
    size = f"{abs(distance):.{decimals}f}".replace(".", point)
    return f"{'+' if distance > 0 else '−'}{size}{unit}"  # noqa: RUF001 - a minus, as wide as a plus


def opened_rows(bars: Bars | None, leading: Sequence[bool]) -> list[Markup]:
    """Return how each of the rows of a table begins: it says how long its bar is, and whether it leads."""
    shares = [None] * len(leading) if bars is None else bars.shares
    rows = [Markup() if share is None else Markup(' data-share="%d"') % share for share in shares]
    top = [Markup(' class="leads"') if leads else Markup() for leads in leading]
    return [Markup("<tr%s%s>") % each for each in zip(rows, top, strict=True)]


def with_bars(html: str, bar: Callable[[int, int], str]) -> str:
    """Return mail HTML with `bar(share, cells)` below each row that has one: a row as wide as `cells` cells."""
    if _MARK not in html:
        return html

    def drawn(found: re.Match[str]) -> str:
        rest = found[2].replace(_TOP, "", 1)
        over = _OVER_TOP if rest != found[2] else _OVER
        return f"{over}{rest}>{found[3]}</tr>" + bar(int(found[1]), len(_CELL.findall(found[3])))

    return _ROW.sub(drawn, html)


def has_bars(html: str) -> bool:
    """Tell whether HTML holds rows that a mail draws bars for: tables that became records hold none."""
    return _MARK in html


def without_bars(html: str) -> str:
    """Return HTML without what only a mail draws."""
    return _SHARE.sub("", html) if _MARK in html else html
