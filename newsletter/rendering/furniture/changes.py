"""How figures of a table changed since the last issue: a column of its own beside theirs, told from the table of the same name before.

Rows are the same where the first cell that is no figure says the same. A rank that falls is a rise: first is before second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newsletter.model.document import Align, Column, Document, Section, TableItem
from newsletter.model.figures import SCALE, Figure, is_rank_title, read_figure
from newsletter.model.surroundings import Surroundings
from newsletter.rendering.language import Language
from newsletter.sentences import sentence

CHANGE_TITLE = sentence("Change")
NEW_ROW = sentence("new")


def with_changes(document: Document, around: Surroundings, language: Language) -> Document:
    """Return a document whose tables show their changes; the same where no table asks for it, or none is known from before."""
    if not around.tables:
        return document
    return document.model_copy(
        update={"sections": tuple(_section(section, around.tables, language) for section in document.sections)}
    )


def _section(section: Section, tables: Mapping[tuple[str, str], TableItem], language: Language) -> Section:
    items = [
        _table(item, before, language)
        if isinstance(item, TableItem) and (before := tables.get((section.slug, item.key))) is not None
        else item
        for item in section.items
    ]
    return section.model_copy(update={"items": tuple(items)})


def _table(item: TableItem, before: TableItem, language: Language) -> TableItem:
    titles = [column.title for column in item.columns]
    earlier = [column.title for column in before.columns]
    if item.change not in titles or item.change not in earlier:
        return item
    point = language.decimal_sign
    then = {_name(row): read_figure(row[earlier.index(item.change)], point=point) for row in before.rows}
    place = titles.index(item.change)
    is_rank = is_rank_title(item.change)
    cells = [_said(row, read_figure(row[place], point=point), then, language, is_rank=is_rank) for row in item.rows]
    column = Column(title=language.say(CHANGE_TITLE), align=Align.RIGHT)
    at = place + 1
    return item.model_copy(
        update={
            "columns": (*item.columns[:at], column, *item.columns[at:]),
            "rows": tuple((*row[:at], cell, *row[at:]) for row, cell in zip(item.rows, cells, strict=True)),
        }
    )


def _name(row: Sequence[str]) -> str:
    """Return what a row is called: its first cell that is more than a figure."""
    return next((cell.strip() for cell in row if any(letter.isalpha() for letter in cell)), row[0].strip())


def _said(
    row: Sequence[str], now: Figure | None, then: Mapping[str, Figure | None], language: Language, *, is_rank: bool
) -> str:
    name = _name(row)
    if name not in then:
        return language.say(NEW_ROW)
    before = then[name]
    if now is None or before is None or now.value == before.value:
        return ""
    rises = (now.value < before.value) if is_rank else (now.value > before.value)
    decimals = max(now.decimals, before.decimals)
    size = f"{abs(now.value - before.value) / SCALE[now.unit]:.{decimals}f}".replace(".", now.point)
    return f"{'▲' if rises else '▼'}{size}{now.unit}"
