"""The tables of one name in the newest published issues: what a board was from issue to issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.model import Issue, IssueItem, IssueSection
from newsletter.model.document import SectionKind


@dataclass(frozen=True, slots=True)
class PublishedBoard:
    """A table as it stood in one issue: its content as JSON of a TableItem."""

    item_id: int
    issue_id: int
    dated: date
    issue_slug: str
    title: str
    content: dict[str, Any]


def boards(session: Session, publication_id: int, section: str, key: str, *, issues: int) -> list[PublishedBoard]:
    """Return the tables of that key in the newest `issues` published issues, newest first. Its cost does not grow with the issues before."""
    published = (Issue.publication_id == publication_id, Issue.published_at.is_not(None))
    newest = select(Issue.dated).where(*published).order_by(Issue.dated.desc(), Issue.id.desc())
    oldest = session.scalar(newest.offset(max(0, issues - 1)).limit(1))
    query = (
        select(IssueItem.id, IssueItem.issue_id, IssueItem.dated, Issue.slug, IssueItem.title, IssueItem.content)
        .join(Issue, Issue.id == IssueItem.issue_id)
        .where(
            IssueItem.publication_id == publication_id,
            IssueItem.section_slug == section,
            IssueItem.key == key,
            IssueItem.kind == SectionKind.TABLES.value,
            Issue.published_at.is_not(None),
        )
        .order_by(IssueItem.dated.desc(), IssueItem.id.desc())
        .limit(issues)
    )
    if oldest is not None:
        query = query.where(IssueItem.dated >= oldest)
    return [PublishedBoard(*row) for row in session.execute(query)]


def section_of(session: Session, board: PublishedBoard, slug: str) -> IssueSection:
    """Return the section in which a table stands."""
    query = select(IssueSection).where(IssueSection.issue_id == board.issue_id, IssueSection.slug == slug)
    return session.scalars(query).one()
