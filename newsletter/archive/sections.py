"""The "All ..." pages: one section's items across every published issue, newest issue first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from newsletter.archive.pages import find_publication
from newsletter.errors import NotFoundError
from newsletter.model import IssueSection, Publication
from newsletter.model.brand import Brand
from newsletter.model.document import Document, SectionKind
from newsletter.paging import ItemMark, cut, read_item_mark, write_item_mark
from newsletter.rendering.latex import soften_line
from newsletter.rendering.renderer import Renderer
from newsletter.sentences import sentence
from newsletter.store.archive import published
from newsletter.store.archive.published import PublishedItem
from newsletter.store.database import Database

PAGE = 40
"""Items on one page."""


@dataclass(frozen=True)
class SectionPage:
    """One page of a section's items; `categories` are (name, count); `older` is the mark of the next page, or empty."""

    publication: Publication
    section: IssueSection
    items: tuple[PublishedItem, ...]
    categories: tuple[tuple[str, int], ...]
    category: str
    older: str
    first: bool

    @property
    def title(self) -> str:
        """Such as "All papers"."""
        return soften_line(self.section.all_title or self.section.title)

    @property
    def boards(self) -> tuple[tuple[str, str], ...]:
        """Key and title of each table on the page, as the newest issue calls it: they have histories."""
        tables = [found.item for found in self.items if found.item.kind == SectionKind.TABLES.value]
        return tuple({item.key: (item.key, soften_line(item.title)) for item in reversed(tables)}.values())[::-1]

    def by_issue(self) -> Iterator[tuple[PublishedItem, list[PublishedItem]]]:
        """Yield the items of each issue together, with the first of them."""
        for _, group in groupby(self.items, key=lambda found: found.item.issue_id):
            together = list(group)
            yield together[0], together


def section_page(
    database: Database, *, publication: str, section: str, category: str = "", before: str = ""
) -> SectionPage:
    """Return a page of a section, which may be empty. Raises NotFoundError when no published issue has the section."""
    mark = read_item_mark(before)
    with database.read() as session:
        owner = find_publication(session, publication)
        known = published.find_section(session, owner.id, section)
        if known is None:
            raise NotFoundError(sentence("there is no such section in this archive"))
        found = published.items(session, owner.id, section, category=category, before=mark, limit=PAGE + 1)
        categories = published.categories(session, owner.id, section)
    shown, older = cut(found, PAGE, _mark_of)
    return SectionPage(owner, known, tuple(shown), tuple(categories), category, older or "", first=mark is None)


@dataclass(frozen=True)
class Group:
    """The items of one issue on a section's page; `bodies` are HTML fragments."""

    first: PublishedItem
    bodies: tuple[str, ...]


def render_groups(page: SectionPage, *, renderer: Renderer, brand: Brand) -> list[Group]:
    """Return the page's items rendered, grouped by issue."""
    return [_render_group(page, first, together, renderer, brand) for first, together in page.by_issue()]


def _render_group(
    page: SectionPage, first: PublishedItem, together: list[PublishedItem], renderer: Renderer, brand: Brand
) -> Group:
    document = document_of(page, together)
    section = page.section.slug
    return Group(first, tuple(renderer.web_item(document, section, found.item.key, brand) for found in together))


def document_of(page: SectionPage, together: list[PublishedItem]) -> Document:
    """Return a Document that holds just these items of one issue: what the renderer needs to show them alone."""
    first = together[0]
    return Document.model_validate(
        {
            "publication": page.publication.slug,
            "title": first.issue_title,
            "slug": first.issue_slug,
            "date": first.item.dated,
            "subject": first.issue_subject,
            "language": page.publication.language,
            "sections": [
                {
                    "title": page.section.title,
                    "slug": page.section.slug,
                    "kind": first.item.kind,
                    "items": [found.item.content for found in together],
                }
            ],
        }
    )


def _mark_of(found: PublishedItem) -> str:
    item = found.item
    return write_item_mark(ItemMark(item.dated, item.issue_id, item.position, item.id))
