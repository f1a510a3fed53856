"""What the archive shows: published issues, their latest editions, sections and items. Keyset paging throughout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from newsletter.model import Edition, Issue, IssueItem, IssueSection, Publication
from newsletter.model.document import Document, SectionKind, TableItem
from newsletter.model.surroundings import PreviousIssue, Surroundings
from newsletter.paging import IssueMark, ItemMark
from newsletter.store.issues.counting import sent_here


@dataclass(frozen=True, slots=True)
class PublishedItem:
    """An item with the address of the issue it stands in."""

    item: IssueItem
    issue_slug: str
    issue_title: str
    issue_subject: str


class LatestIssue(NamedTuple):
    """A published issue in a few words."""

    slug: str
    title: str
    subject: str
    dated: date


def is_ready(session: Session) -> None:
    """Raise StoreError (through the session's owner) unless the database answers and has its tables."""
    session.execute(select(Publication.id).limit(1)).all()


def issues(session: Session, publication_id: int, *, before: IssueMark | None, limit: int) -> Sequence[Issue]:
    """Return at most `limit` published issues older than `before`, newest first."""
    query = select(Issue).where(*_published(publication_id))
    if before is not None:
        query = query.where(_older(before.dated, before.issue_id))
    return session.scalars(query.order_by(Issue.dated.desc(), Issue.id.desc()).limit(limit)).all()


def find(session: Session, publication_id: int, slug: str) -> tuple[Issue, Edition] | None:
    """Return a published issue with its latest edition, or None."""
    row = session.execute(
        select(Issue, Edition)
        .join(Edition, Edition.issue_id == Issue.id)
        .where(*_published(publication_id), Issue.slug == slug)
        .order_by(Edition.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def newest(session: Session, publication_id: int, *, limit: int) -> list[tuple[Issue, Edition]]:
    """Return the newest issues that were sent here with their latest editions, newest first: a feed announces none that moved in."""
    latest = select(func.max(Edition.id)).where(Edition.issue_id == Issue.id).correlate(Issue).scalar_subquery()
    rows = session.execute(
        select(Issue, Edition)
        .join(Edition, Edition.id == latest)
        .where(Issue.publication_id == publication_id, *sent_here())
        .order_by(Issue.dated.desc(), Issue.id.desc())
        .limit(limit)
    )
    return [(issue, edition) for issue, edition in rows]


def latest(session: Session, publication_id: int, *, limit: int) -> list[LatestIssue]:
    """Return what the newest published issues are called and dated, newest first, without their content."""
    rows = session.execute(
        select(Issue.slug, Issue.title, Issue.subject, Issue.dated)
        .where(*_published(publication_id))
        .order_by(Issue.dated.desc(), Issue.id.desc())
        .limit(limit)
    )
    return [LatestIssue(*row) for row in rows]


def neighbours(session: Session, issue: Issue) -> tuple[Issue | None, Issue | None]:
    """Return the published issues just before and just after `issue`."""
    base = select(Issue).where(*_published(issue.publication_id))
    older = base.where(_older(issue.dated, issue.id)).order_by(Issue.dated.desc(), Issue.id.desc())
    newer = base.where(Issue.dated >= issue.dated, or_(Issue.dated > issue.dated, Issue.id > issue.id)).order_by(
        Issue.dated, Issue.id
    )
    return session.scalar(older.limit(1)), session.scalar(newer.limit(1))


def surroundings(session: Session, publication_id: int, document: Document) -> Surroundings:
    """Return what the archive knows around an issue: the one before its day, and which of its empty sections had items before."""
    before = session.execute(
        select(Issue.slug, Issue.title, Issue.subject)
        .where(*_published(publication_id), Issue.dated <= document.date, Issue.slug != document.slug)
        .order_by(Issue.dated.desc(), Issue.id.desc())
        .limit(1)
    ).first()
    previous = PreviousIssue(*before) if before is not None else None
    empty = [section.slug for section in document.sections if not section.items]
    own = {each.slug for each in document.sections if each.items and not each.mailed_items}  # soon on their pages
    around = filled(session, publication_id, empty) | own
    return Surroundings(previous, around, _tables(session, publication_id, document))


def _tables(session: Session, publication_id: int, document: Document) -> dict[tuple[str, str], TableItem]:
    """Return the last tables that were published before, of those that show a change: one look-up for each."""
    asked = [
        (section.slug, item.key)
        for section in document.sections
        for item in section.mailed_items
        if isinstance(item, TableItem) and item.change
    ]
    found = ((place, _before(session, publication_id, document, place)) for place in asked)
    return {place: TableItem.model_validate(content) for place, content in found if content}


def _before(session: Session, publication_id: int, document: Document, place: tuple[str, str]) -> dict[str, Any] | None:
    return session.scalars(
        select(IssueItem.content)
        .join(Issue, Issue.id == IssueItem.issue_id)
        .where(
            *_published(publication_id),
            IssueItem.publication_id == publication_id,
            IssueItem.section_slug == place[0],
            IssueItem.key == place[1],
            IssueItem.kind == SectionKind.TABLES.value,
            IssueItem.dated <= document.date,
            Issue.slug != document.slug,
        )
        .order_by(IssueItem.dated.desc(), IssueItem.id.desc())
        .limit(1)
    ).first()


def filled(session: Session, publication_id: int, slugs: Iterable[str]) -> frozenset[str]:
    """Return of which of these sections published issues hold an item."""
    found = select(IssueItem.section_slug).join(Issue, Issue.id == IssueItem.issue_id)
    asked = found.where(*_published(publication_id), IssueItem.publication_id == publication_id)
    return frozenset(
        slug for slug in slugs if session.execute(asked.where(IssueItem.section_slug == slug).limit(1)).first()
    )


def homes(session: Session) -> list[str]:
    """Return the slugs of all publications."""
    return list(session.scalars(select(Publication.slug).order_by(Publication.slug)))


def section_addresses(session: Session) -> list[tuple[str, str]]:
    """Return (publication, section) of every section of which a published issue holds an item."""
    homes_by_id = session.execute(select(Publication.id, Publication.slug).order_by(Publication.slug))
    return [
        (home, section)
        for publication_id, home in homes_by_id.all()
        for section in sorted(filled(session, publication_id, section_slugs(session, publication_id)))
    ]


def issue_addresses(session: Session, *, limit: int) -> list[tuple[str, str, datetime | None]]:
    """Return (publication, issue, since when) of the newest published issues of all publications, newest first."""
    query = (
        select(Publication.slug, Issue.slug, Issue.published_at)
        .join(Publication, Publication.id == Issue.publication_id)
        .where(Issue.published_at.is_not(None))
        .order_by(Issue.dated.desc(), Issue.id.desc())
    )
    return [(home, slug, since) for home, slug, since in session.execute(query.limit(max(0, limit)))]


def sections(session: Session, publication_id: int) -> list[IssueSection]:
    """Return the newest appearance of each section that holds an item of a published issue, in its order; a sponsor's is left out.

    Its cost grows with the sections and not with the issues: each name is stepped to along the index.
    """
    held = filled(session, publication_id, section_slugs(session, publication_id))
    newest = (_newest_appearance(session, publication_id, slug) for slug in sorted(held))
    shown = [found for found in newest if found is not None and found.kind != SectionKind.SPONSOR.value]
    return sorted(shown, key=lambda found: (-found.issue_id, found.position))


def section_slugs(session: Session, publication_id: int) -> Iterator[str]:
    """Yield the slugs under which a publication has items, published or not, in their order."""
    slug: str | None = ""
    while True:
        slug = session.scalar(
            select(func.min(IssueItem.section_slug)).where(
                IssueItem.publication_id == publication_id, IssueItem.section_slug > slug
            )
        )
        if slug is None:
            return
        yield slug


def _newest_appearance(session: Session, publication_id: int, slug: str) -> IssueSection | None:
    return session.scalar(
        select(IssueSection)
        .join(Issue, Issue.id == IssueSection.issue_id)
        .where(*_published(publication_id), IssueSection.publication_id == publication_id, IssueSection.slug == slug)
        .order_by(IssueSection.id.desc())
        .limit(1)
    )


def find_section(session: Session, publication_id: int, slug: str) -> IssueSection | None:
    """Return the newest appearance of a section in a published issue, or None."""
    return session.scalar(
        select(IssueSection)
        .join(Issue, Issue.id == IssueSection.issue_id)
        .where(
            IssueSection.publication_id == publication_id, IssueSection.slug == slug, Issue.published_at.is_not(None)
        )
        .order_by(Issue.dated.desc(), IssueSection.id.desc())
        .limit(1)
    )


def items(
    session: Session, publication_id: int, section: str, *, category: str, before: ItemMark | None, limit: int
) -> list[PublishedItem]:
    """Return at most `limit` items of a section across published issues, after `before`."""
    query = (
        select(IssueItem, Issue.slug, Issue.title, Issue.subject)
        .join(Issue, Issue.id == IssueItem.issue_id)
        .where(
            IssueItem.publication_id == publication_id,
            IssueItem.section_slug == section,
            Issue.published_at.is_not(None),
        )
    )
    if category:
        query = query.where(IssueItem.category == category)
    if before is not None:
        query = query.where(_after(before))
    order = (IssueItem.dated.desc(), IssueItem.issue_id.desc(), IssueItem.position, IssueItem.id)
    return [PublishedItem(*row) for row in session.execute(query.order_by(*order).limit(limit))]


def categories(session: Session, publication_id: int, section: str) -> list[tuple[str, int]]:
    """Return the categories of a section's published items with their counts, by name."""
    rows = session.execute(
        select(IssueItem.category, func.count())
        .join(Issue, Issue.id == IssueItem.issue_id)
        .where(
            IssueItem.publication_id == publication_id,
            IssueItem.section_slug == section,
            IssueItem.category != "",
            Issue.published_at.is_not(None),
        )
        .group_by(IssueItem.category)
        .order_by(IssueItem.category)
    )
    return [(category, count) for category, count in rows]


def _published(publication_id: int) -> tuple[ColumnElement[bool], ...]:
    return Issue.publication_id == publication_id, Issue.published_at.is_not(None)


def _older(dated: date, issue_id: int) -> ColumnElement[bool]:
    # The first term lets the index on (publication_id, dated) end the scan; the second settles equal dates.
    return and_(Issue.dated <= dated, or_(Issue.dated < dated, Issue.id < issue_id))


def _after(mark: ItemMark) -> ColumnElement[bool]:
    in_issue = or_(
        IssueItem.position > mark.position,
        and_(IssueItem.position == mark.position, IssueItem.id > mark.item_id),
    )
    same_day = or_(
        IssueItem.issue_id < mark.issue_id,
        and_(IssueItem.issue_id == mark.issue_id, in_issue),
    )
    return and_(IssueItem.dated <= mark.dated, or_(IssueItem.dated < mark.dated, same_day))
