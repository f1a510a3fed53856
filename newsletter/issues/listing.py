"""The rows of a frozen issue that the archive and the link counters read: sections, items, numbered links."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.canonical_url import key_of
from newsletter.issues.sameness import item_digest
from newsletter.model import EditionLink, Issue, IssueItem, IssueSection
from newsletter.model.document import Document, ItemBase, PaperItem, SectionKind
from newsletter.rendering.renderer import EmailRendering

_TITLE_CHARS = 200
_CATEGORY_CHARS = 80


def section_rows(issue: Issue, document: Document) -> Iterator[IssueSection]:
    """Return one row for each section in order, even for an empty one, so that its "All ..." page exists."""
    for position, section in enumerate(document.sections):
        yield IssueSection(
            issue_id=issue.id,
            publication_id=issue.publication_id,
            position=position,
            slug=section.slug,
            title=section.title[:_TITLE_CHARS],
            kind=section.kind.value,
            all_title=section.all_title[:_TITLE_CHARS],
        )


def item_rows(issue: Issue, document: Document) -> Iterator[IssueItem]:
    """Return one row for each item; positions count within its section."""
    for section in document.sections:
        for position, item in enumerate(section.items):
            yield IssueItem(
                issue_id=issue.id,
                publication_id=issue.publication_id,
                section_slug=section.slug,
                kind=section.kind.value,
                position=position,
                key=item.key,
                title=item.title,
                url=item.url,
                category=_category(item),
                dated=document.date,
                digest=item_digest(item),
                address_key=key_of(item.url),
                content=item.model_dump(mode="json"),
            )


def link_rows(edition_id: int, document: Document, mail: EmailRendering) -> Iterator[EditionLink]:
    """Return where link 1, 2, ... of an edition leads, with the key of the item whose heading it is, and whether a sponsor paid for it."""
    keys = {
        (item.url, section.kind is SectionKind.SPONSOR): item.key
        for section in document.sections
        for item in section.mailed_items
        if item.url
    }
    for number, url in enumerate(mail.links, start=1):
        paid = number in mail.paid
        yield EditionLink(edition_id=edition_id, number=number, url=url, item_key=keys.get((url, paid), ""), paid=paid)


def _category(item: ItemBase) -> str:
    return item.category[:_CATEGORY_CHARS] if isinstance(item, PaperItem) else ""
