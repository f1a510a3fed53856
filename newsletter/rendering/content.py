"""A Document made ready for every output: LaTeX softened, Markdown turned into clean HTML, addresses and dates in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup

from newsletter.errors import InputError
from newsletter.model.brand import Brand
from newsletter.model.document import (
    Document,
    Item,
    PaperItem,
    Section,
    SectionKind,
    TableItem,
)
from newsletter.model.surroundings import Surroundings
from newsletter.rendering.addresses import on_the_wire
from newsletter.rendering.facts import facts_of
from newsletter.rendering.footnotes import shared_notes, with_notes
from newsletter.rendering.furniture.bylines import AuthorContent, authors, byline
from newsletter.rendering.furniture.changes import with_changes
from newsletter.rendering.furniture.charts import charted
from newsletter.rendering.furniture.pictures import picture
from newsletter.rendering.furniture.polls import question
from newsletter.rendering.furniture.sponsors import LABEL, REL, is_paid, paid_links
from newsletter.rendering.headlines import headline, shown_subject
from newsletter.rendering.kept_work import KeptWork
from newsletter.rendering.language import Language, language_of
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_html
from newsletter.rendering.reading_time import minutes_of
from newsletter.rendering.shortening import first_sentences
from newsletter.rendering.tables import table_html

MAX_TOTAL_CHARS = 2_000_000
"""Length of all texts of a document together."""
_ALONE = Surroundings()
_NOTHING = Markup()
_TABLES: KeptWork[Markup] = KeptWork()
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
    """The picture, the body, the table and the note, one after the other."""
    rel: str = ""
    """What the link of the title is, for machines: "sponsored", or nothing."""
    category: str = ""
    """Such as cs.CL, the first of `meta`."""
    authors: str = ""
    """Who wrote it; among `meta`, too."""
    short: Markup = _NOTHING
    """What a mail shows in place of the body; empty: the body."""

    @property
    def facts(self) -> tuple[str, ...]:
        """The small facts but for category and authors, which stand apart."""
        return tuple(fact for fact in self.meta if fact not in {self.category, self.authors})

    @property
    def leads_away(self) -> bool:
        """Whether the title leads elsewhere than to the item's own page."""
        return self.href != self.permalink


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
    """Where `all_title` leads; empty where there is nothing to see yet."""
    web_url: str
    label: str = ""
    """What stands above the heading: that it was paid for."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing under the heading."""
        return not self.items and not self.intro

    @property
    def is_writing(self) -> bool:
        """Whether its items are the issue's own words, and not pointers to what others wrote."""
        return self.kind == SectionKind.TEXT.value


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
    minutes: int = 1
    """How long it takes to read, in minutes."""
    previous_title: str = ""
    previous_url: str = ""
    """The issue before it in the archive; empty: none is known."""
    picture: Markup = _NOTHING
    """The picture above the lead, with its caption."""
    poll: str = ""
    """The question that readers are asked, or nothing."""
    authors: tuple[AuthorContent, ...] = ()
    """Those who wrote it, of whom there is more to show than a name."""
    lead_for_all: Markup = _NOTHING
    """The lead with the fallbacks of its merge fields, of which a part may be shown; empty: it has none."""

    @property
    def opening(self) -> Markup:
        """What stands above the sections: picture and lead."""
        return Markup("\n").join(part for part in (self.picture, self.lead) if part)

    @property
    def parts(self) -> tuple[SectionContent, ...]:
        """The sections with something in them."""
        return tuple(section for section in self.sections if not section.is_empty)

    @property
    def elsewhere(self) -> tuple[SectionContent, ...]:
        """The sections with nothing today of which earlier issues, or another site, have something."""
        return tuple(section for section in self.sections if section.is_empty and section.all_url)

    @property
    def without(self) -> tuple[SectionContent, ...]:
        """The sections with nothing at all."""
        return tuple(section for section in self.sections if section.is_empty and not section.all_url)


def issue_content(document: Document, brand: Brand, around: Surroundings = _ALONE) -> IssueContent:
    """Make a document ready. Raises InputError when a text is too deep, or too long."""
    _check_length(document)
    language = language_of(document.language)
    document = with_changes(document, around, language)
    taken = {section.slug for section in document.sections}
    lead = to_html(document.lead, where="the lead", language=language)
    sections = tuple(section_content(section, document, brand, taken, around) for section in document.sections)
    return IssueContent(
        language=language,
        title=headline(document, brand.name),
        subject=shown_subject(document),
        preheader=soften_line(document.preheader),
        author=byline(document.author, brand),
        date=language.date(document.date),
        url=brand.issue_url(document.slug),
        lead=lead,
        sections=sections,
        minutes=_minutes(lead, sections),
        previous_title=headline(around.previous, brand.name) if around.previous else "",
        previous_url=brand.issue_url(around.previous.slug) if around.previous else "",
        picture=picture(document, where="the picture"),
        poll=question(document.poll, language),
        authors=authors(document.author, brand),
    )


def _minutes(lead: Markup, sections: tuple[SectionContent, ...]) -> int:
    bodies = [part for section in sections for part in (section.intro, *(item.body for item in section.items))]
    return minutes_of(" ".join(part.striptags() for part in (lead, *bodies)))


def section_content(
    section: Section, document: Document, brand: Brand, taken: set[str], around: Surroundings = _ALONE
) -> SectionContent:
    """Make a section ready; `taken` holds the anchors of the page so far, and grows."""
    all_title = soften_line(section.all_title)
    all_url = _all_url(section, brand, around) if all_title else ""
    short = section.attributes.get("abstract") == "short"
    paid = is_paid(section.kind)
    intro = to_html(section.intro, where=f"section {section.slug}", language=language_of(document.language))
    return SectionContent(
        slug=section.slug,
        kind=section.kind.value,
        title=soften_line(section.title),
        intro=paid_links(intro) if paid else intro,
        items=tuple(item_content(item, section.slug, document, brand, taken, short=short) for item in section.items),
        all_title=all_title if all_url else "",
        all_url=all_url,
        web_url=f"{brand.issue_url(document.slug)}#{section.slug}",
        label=(brand.look.sponsor_label or language_of(document.language).say(LABEL)) if paid else "",
    )


def _all_url(section: Section, brand: Brand, around: Surroundings) -> str:
    """Return where all items of a section are: the address an editor names, or its page as soon as there is something on it."""
    named = section.attributes.get("all-url", "")
    if _WEB_ADDRESS.match(named):
        return on_the_wire(named)
    return brand.all_url(section.slug) if section.items or section.slug in around.filled else ""


def item_content(
    item: Item, section: str, document: Document, brand: Brand, taken: set[str], *, short: bool = False
) -> ItemContent:
    """Make an item ready. A key that another part of the page has as its anchor is prefixed with its section.

    `short`: a mail shows the first sentences of its body.
    """
    where = f"{section}/{item.key}"
    anchor = item.key
    while anchor in taken:
        anchor = f"{section}-{anchor}"
    taken.add(anchor)
    permalink = brand.item_url(document.slug, section, item.key)
    language, paid = language_of(document.language), is_paid(item.kind)
    chart = charted(item, section, document, brand) if isinstance(item, TableItem) else Markup()
    tldr, body = soften_line(item.attributes.get("tldr", "")), _body(item, where, language, chart)
    said = Markup("<p>%s</p>") % tldr if tldr else Markup()
    whole = Markup("\n").join(part for part in (said, body) if part)
    brief = _brief(item, said, where, language) if said or short else Markup()
    return ItemContent(
        key=item.key,
        anchor=anchor,
        title=soften_line(item.title),
        href=on_the_wire(item.url) if _WEB_ADDRESS.match(item.url) else permalink,
        permalink=permalink,
        meta=facts_of(item, language),
        body=paid_links(whole) if paid else whole,
        category=item.category if isinstance(item, PaperItem) else "",
        authors=soften_line(item.authors) if isinstance(item, PaperItem) else "",
        short=paid_links(brief) if paid else brief,
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


def _body(item: Item, where: str, language: Language, chart: Markup) -> Markup:
    shown = picture(item, where=where)
    if not isinstance(item, TableItem):
        return with_notes((shown, to_html(item.body, where=where, language=language)))
    known = item.model_dump_json()
    return _TABLES.of(
        (known, language.tag, chart),
        lambda: _table_body(item, where, language, (shown, chart)),
        lambda body: len(known) + len(chart) + len(body),
    )


def _table_body(item: TableItem, where: str, language: Language, before: tuple[Markup, Markup]) -> Markup:
    shown, chart = before
    notes = shared_notes((item.body, item.note))
    body = to_html(item.body, where=where, language=language, notes=notes)
    table = table_html(item, where, language, notes)
    return with_notes((shown, body, chart, table, to_html(item.note, where=where, language=language, notes=notes)))


def _brief(item: Item, said: Markup, where: str, language: Language) -> Markup:
    """Return what a mail shows of an item with `said` or its first sentences in place of its text; empty: the whole.

    The picture stays, and of a table all: it is no text that could be shorter.
    """
    if isinstance(item, TableItem) or not item.body.strip():
        return Markup()
    words = said or first_sentences(to_html(item.body, where=where, language=language))
    return Markup("\n").join((picture(item, where=where), words)).strip() if words else Markup()
