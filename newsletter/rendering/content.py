"""A Document made ready for every output: LaTeX softened, Markdown turned into clean HTML, addresses and dates in words."""

# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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
    SponsorItem,
    TableItem,
)
from newsletter.rendering.addresses import on_the_wire
from newsletter.rendering.furniture.bars import GAP_TITLE, Bars, bars_of, opened_rows
from newsletter.rendering.furniture.bylines import AuthorContent, authors, byline
from newsletter.rendering.furniture.marks import marked
from newsletter.rendering.furniture.pictures import picture
from newsletter.rendering.furniture.polls import question
from newsletter.rendering.furniture.sponsors import LABEL, REL, is_paid, paid_links, said_of
from newsletter.rendering.language import Language, language_of
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_html, to_inline_html
from newsletter.sentences import plural, sentence

MAX_TOTAL_CHARS = 2_000_000
"""Length of all texts of a document together."""
_NUMBER = re.compile(r"[\s~≈<>≤≥+\-−±$€£¥(]*\d[\d.,'\s\u00a0\u202f/:±]*\s?(%|‰|x|×|[kKMBT]|ms|s|h|GB|MB|°C)?[)*]?")
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "N/A"})
_WEB_ADDRESS = re.compile(r"(https?://[^\s/]|mailto:[^\s])", re.IGNORECASE)


_NONE = Markup()


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
    """The picture, the body, the table and the note, one after the other."""
    rel: str = ""
    """What the link of the title is, for machines: "sponsored", or nothing."""


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
    label: str = ""
    """What stands above the heading: that it was paid for."""


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
    picture: Markup = _NONE
    """The picture above the lead, with its caption."""
    poll: str = ""
    """The question that readers are asked, or nothing."""
    authors: tuple[AuthorContent, ...] = ()
    """Those who wrote it, of whom there is more to show than a name."""

    @property
    def opening(self) -> Markup:
        """What stands above the sections: picture and lead."""
        return Markup("\n").join(part for part in (self.picture, self.lead) if part)


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
        author=byline(document.author, brand),
        date=language.date(document.date),
        url=brand.issue_url(document.slug),
        lead=to_html(document.lead, where="the lead"),
        sections=tuple(section_content(section, document, brand, taken) for section in document.sections),
        picture=picture(document, where="the picture"),
        poll=question(document.poll, language),
        authors=authors(document.author, brand),
    )


def section_content(section: Section, document: Document, brand: Brand, taken: set[str]) -> SectionContent:
    """Make a section ready; `taken` holds the anchors of the page so far, and grows."""
    paid = is_paid(section.kind)
    intro = to_html(section.intro, where=f"section {section.slug}")
    return SectionContent(
        slug=section.slug,
        kind=section.kind.value,
        title=soften_line(section.title),
        intro=paid_links(intro) if paid else intro,
        items=tuple(item_content(item, section.slug, document, brand, taken) for item in section.items),
        all_title=soften_line(section.all_title),
        all_url=brand.all_url(section.slug),
        web_url=f"{brand.issue_url(document.slug)}#{section.slug}",
        label=language_of(document.language).say(LABEL) if paid else "",
    )


def item_content(item: Item, section: str, document: Document, brand: Brand, taken: set[str]) -> ItemContent:
    """Make an item ready. A key that another part of the page has as its anchor is prefixed with its section."""
    where = f"{section}/{item.key}"
    anchor = item.key if item.key not in taken else f"{section}-{item.key}"
    taken.add(anchor)
    permalink = brand.item_url(document.slug, section, item.key)
    language, paid = language_of(document.language), is_paid(item.kind)
    body = _body(item, where, language)
    return ItemContent(
        key=item.key,
        anchor=anchor,
        title=soften_line(item.title),
        href=on_the_wire(item.url) if _WEB_ADDRESS.match(item.url) else permalink,
        permalink=permalink,
        meta=_meta(item, language),
        body=paid_links(body) if paid else body,
        rel=REL if paid else "",
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
        case SponsorItem():
            words = [said_of(item, language)]
        case _:
            words = []
    if isinstance(item, PaperItem | LinkItem) and item.published:
        words.append(language.date(item.published))
    return tuple(word for word in words if word)


def _body(item: Item, where: str, language: Language) -> Markup:
    parts = [picture(item, where=where), to_html(item.body, where=where)]
    if isinstance(item, TableItem):
        parts += [_table(item, where, language), to_html(item.note, where=where)]
    return Markup("\n").join(part for part in parts if part)


def _table(item: TableItem, where: str, language: Language) -> Markup:
    """Return the table as the HTML that Markdown tables become as well; short rows are filled up."""
    if not item.columns:
        return Markup()
    width = len(item.columns)
    titles, rows = [column.title for column in item.columns], [list((*row, *[""] * width)[:width]) for row in item.rows]
    aligns = [_align(column.align, [row[n] for row in rows]) for n, column in enumerate(item.columns)]
    bars = bars_of(item, language)
    if bars is not None:
        _add_gaps(bars, titles, rows, aligns, language)
    head = _cells("th", titles, aligns, where)
    openings = opened_rows(bars, len(rows))
    body = Markup("\n").join(
        Markup("%s%s</tr>") % (opening, _cells("td", row, aligns, where))
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


def _cells(tag: str, cells: Sequence[str], aligns: list[str], where: str) -> Markup:
    scope = ' scope="col"' if tag == "th" else ""
    opening = [f'<{tag} align="{align}"{scope}>' if align else f"<{tag}{scope}>" for align in aligns]
    html = [to_inline_html(cell, where=where) for cell in cells]
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
