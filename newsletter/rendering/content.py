"""A Document made ready for every output: LaTeX softened, Markdown turned into clean HTML, addresses and dates in words."""

# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from newsletter.errors import InputError
from newsletter.model.brand import Brand
from newsletter.model.document import (
    Align,
    Document,
    Item,
    LinkItem,
    PaperItem,
    RepositoryItem,
    Section,
    TableItem,
)
from newsletter.rendering.addresses import on_the_wire
from newsletter.rendering.footnotes import shared_notes, with_notes
from newsletter.rendering.language import Language, language_of
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_html, to_inline_html
from newsletter.sentences import plural, sentence

MAX_TOTAL_CHARS = 2_000_000
"""Length of all texts of a document together."""
_NUMBER = re.compile(r"[\s~≈<>≤≥+\-−±$€£¥(]*\d[\d.,'\s\u00a0\u202f/:±]*\s?(%|‰|x|×|[kKMBT]|ms|s|h|GB|MB|°C)?[)*]?")
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "N/A"})
_WEB_ADDRESS = re.compile(r"(https?://[^\s/]|mailto:[^\s])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ItemContent:
    """An item; `href` is where its title leads, `meta` the small line under it."""

    key: str
    anchor: str
    title: str
    href: str
    permalink: str
    meta: tuple[str, ...]
    body: Markup
    """The body, the table and the note, one after the other."""


@dataclass(frozen=True, slots=True)
class SectionContent:
    """A section with its items; `web_url` is its place on the issue's page."""

    slug: str
    kind: str
    title: str
    intro: Markup
    items: tuple[ItemContent, ...]
    all_title: str
    all_url: str
    web_url: str


@dataclass(frozen=True, slots=True)
class IssueContent:
    """A whole issue."""

    language: Language
    title: str
    subject: str
    preheader: str
    author: str
    date: str
    url: str
    lead: Markup
    sections: tuple[SectionContent, ...]


def folded_sentence(language: Language, count: int) -> str:
    """Return what stands where so many items of a section are left out of a mail."""
    return language.say(plural("%(count)s more on the web", "%(count)s more on the web", count))


def issue_content(document: Document, brand: Brand) -> IssueContent:
    """Make a document ready. Raises InputError when a text is too deep, or too long."""
    _check_length(document)
    language = language_of(document.language)
    taken = {section.slug for section in document.sections}
    return IssueContent(
        language=language,
        title=soften_line(document.title),
        subject=soften_line(document.subject),
        preheader=soften_line(document.preheader),
        author=soften_line(document.author),
        date=language.date(document.date),
        url=brand.issue_url(document.slug),
        lead=to_html(document.lead, where="the lead", language=language),
        sections=tuple(section_content(section, document, brand, taken) for section in document.sections),
    )


def section_content(section: Section, document: Document, brand: Brand, taken: set[str]) -> SectionContent:
    """Make a section ready; `taken` holds the anchors of the page so far, and grows."""
    return SectionContent(
        slug=section.slug,
        kind=section.kind.value,
        title=soften_line(section.title),
        intro=to_html(section.intro, where=f"section {section.slug}", language=language_of(document.language)),
        items=tuple(item_content(item, section.slug, document, brand, taken) for item in section.items),
        all_title=soften_line(section.all_title),
        all_url=brand.all_url(section.slug),
        web_url=f"{brand.issue_url(document.slug)}#{section.slug}",
    )


def item_content(item: Item, section: str, document: Document, brand: Brand, taken: set[str]) -> ItemContent:
    """Make an item ready. A key that another part of the page has as its anchor is prefixed with its section."""
    where = f"{section}/{item.key}"
    anchor = item.key if item.key not in taken else f"{section}-{item.key}"
    taken.add(anchor)
    permalink = brand.item_url(document.slug, section, item.key)
    return ItemContent(
        key=item.key,
        anchor=anchor,
        title=soften_line(item.title),
        href=on_the_wire(item.url) if _WEB_ADDRESS.match(item.url) else permalink,
        permalink=permalink,
        meta=_meta(item, language_of(document.language)),
        body=_body(item, where, language_of(document.language)),
    )


def _check_length(document: Document) -> None:
    items = [item for section in document.sections for item in section.items]
    cells = sum(len(cell) for item in items if isinstance(item, TableItem) for row in item.rows for cell in row)
    texts = sum(len(section.intro) for section in document.sections) + sum(len(item.body) for item in items)
    total = len(document.lead) + texts + cells
    if total > MAX_TOTAL_CHARS:
        raise InputError(
            f"the issue holds {total:,} characters, more than {MAX_TOTAL_CHARS:,}",
            where=document.slug,
            remedy="split it into several issues",
        )


def _meta(item: Item, language: Language) -> tuple[str, ...]:
    match item:
        case PaperItem():
            words = [item.category, soften_line(item.authors)]
        case LinkItem():
            words = [soften_line(item.source)]
        case RepositoryItem():
            stars = f"★ {language.number(item.stars)}" if item.stars is not None else ""
            today = (
                language.say(sentence("+%(stars)s today", stars=item.stars_today))
                if item.stars_today is not None
                else ""
            )
            words = [item.language, stars, today]
        case _:
            words = []
    if isinstance(item, PaperItem | LinkItem) and item.published:
        words.append(language.date(item.published))
    return tuple(word for word in words if word)


def _body(item: Item, where: str, language: Language) -> Markup:
    if not isinstance(item, TableItem):
        return to_html(item.body, where=where, language=language)
    notes = shared_notes((item.body, item.note))
    body = to_html(item.body, where=where, language=language, notes=notes)
    table = _table(item, where, notes)
    return with_notes((body, table, to_html(item.note, where=where, language=language, notes=notes)))


def _table(item: TableItem, where: str, notes: Mapping[str, Any]) -> Markup:
    """Return the table as the HTML that Markdown tables become as well; short rows are filled up."""
    if not item.columns:
        return Markup()
    width = len(item.columns)
    rows = [(*row, *[""] * width)[:width] for row in item.rows]
    aligns = [_align(column.align, [row[n] for row in rows]) for n, column in enumerate(item.columns)]
    head = _cells("th", [column.title for column in item.columns], aligns, where, notes)
    body = Markup("\n").join(Markup("<tr>%s</tr>") % _cells("td", row, aligns, where, notes) for row in rows)
    return Markup("<table>\n<thead>\n<tr>%s</tr>\n</thead>\n<tbody>\n%s\n</tbody>\n</table>") % (head, body)


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
    return "right" if said and all(_NUMBER.fullmatch(cell) for cell in said) else ""
