"""A table item as the HTML that Markdown tables become as well."""

# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from newsletter.model.document import Align, TableItem
from newsletter.model.figures import is_rank_title
from newsletter.rendering.furniture.bars import GAP_TITLE, Bars, bars_of, opened_rows
from newsletter.rendering.furniture.marks import marked
from newsletter.rendering.language import Language
from newsletter.rendering.markdown import to_inline_html

_NUMBER = re.compile(r"[\s~≈<>≤≥+\-−±$€£¥(]*\d[\d.,'\s\u00a0\u202f/:±]*\s?(%|‰|x|×|[kKMBT]|ms|s|h|GB|MB|°C)?[)*]?")
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "N/A"})


def table_html(item: TableItem, where: str, language: Language, notes: Mapping[str, Any]) -> Markup:
    """Return the table as the HTML that Markdown tables become as well; short rows are filled up, marks of `notes` are read."""
    if not item.columns:
        return Markup()
    width = len(item.columns)
    titles, rows = [column.title for column in item.columns], [list((*row, *[""] * width)[:width]) for row in item.rows]
    aligns = [_align(column.align, [row[n] for row in rows]) for n, column in enumerate(item.columns)]
    bars = bars_of(item, language)
    leading = _leading(titles[0], rows) if bars is None else bars.leading
    if bars is not None:
        _add_gaps(bars, titles, rows, aligns, language)
    head = _cells("th", titles, aligns, where, notes)
    openings = opened_rows(bars, leading if len(rows) > 1 else [False] * len(rows))
    body = Markup("\n").join(
        Markup("%s%s</tr>") % (opening, _cells("td", row, aligns, where, notes))
        for opening, row in zip(openings, rows, strict=True)
    )
    table = Markup("<table>\n<thead>\n<tr>%s</tr>\n</thead>\n<tbody>\n%s\n</tbody>\n</table>") % (head, body)
    return table if bars is None else table + marked("zero", "")


def _add_gaps(bars: Bars, titles: list[str], rows: list[list[str]], aligns: list[str], language: Language) -> None:
    """Put how far each figure is from the leading one beside it."""
    place = bars.column + 1
    titles.insert(place, language.say(GAP_TITLE))
    aligns.insert(place, "right")
    for row, gap in zip(rows, bars.gaps, strict=True):
        row.insert(place, language.isolated(gap))  # a minus stays before its figure in lines from the right


def _cells(tag: str, cells: Sequence[str], aligns: list[str], where: str, notes: Mapping[str, Any]) -> Markup:
    scope = ' scope="col"' if tag == "th" else ""
    opening = [f'<{tag} align="{align}"{scope}>' if align else f"<{tag}{scope}>" for align in aligns]
    html = [to_inline_html(cell, where=where, notes=notes) for cell in cells]
    return Markup("").join(
        Markup("%s%s%s") % (Markup(start), cell, Markup(f"</{tag}>"))  # noqa: S704 - names and numbers of our own
        for start, cell in zip(opening, html, strict=True)
    )


def _align(align: Align, cells: list[str]) -> str:
    """Return the written alignment; a column without one is set right when all its cells are numbers."""
    if align is not Align.NONE:
        return align.value
    said = [cell.strip() for cell in cells if cell.strip() not in _EMPTY]
    return "right" if said and all(is_number(cell) for cell in said) else ""


def is_rank(head: str, cells: Sequence[str]) -> bool:
    """Tell whether a first column of this head says places: 1, 2, 3."""
    is_titled = not head.strip() or is_rank_title(head)
    return is_titled and all(cell.rstrip(".").isdecimal() and len(cell) <= 4 for cell in cells)


def _leading(head: str, rows: Sequence[Sequence[str]]) -> list[bool]:
    """Tell of each row whether it is the first by a column of places."""
    places = [row[0].strip() for row in rows]
    ranked = is_rank(head, places)
    return [ranked and place.rstrip(".") == "1" for place in places]


def is_number(cell: str) -> bool:
    """Tell whether a cell says a number, with or without its unit."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def is_blank(cell: str) -> bool:
    """Tell whether a cell says that there is nothing to say."""
    return cell.strip() in _EMPTY
