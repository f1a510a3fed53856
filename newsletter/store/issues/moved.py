"""Posts that moved in, and the old addresses that lead to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.model import Issue, MovedPost, OldAddress, Publication


class MovedIssue(NamedTuple):
    """The slugs of an issue and its publication."""

    publication: str
    issue: str


def of_publication(session: Session, publication_id: int) -> dict[tuple[str, str], MovedPost]:
    """Return the posts that moved into a publication, by product and their id there."""
    rows = session.scalars(select(MovedPost).where(MovedPost.publication_id == publication_id))
    return {(row.product, row.foreign_id): row for row in rows}


def find(session: Session, publication_id: int, product: str, foreign_id: str) -> MovedPost | None:
    """Return what became of a post, or None."""
    return session.get(MovedPost, (publication_id, product, foreign_id), populate_existing=True)


def slugs_of(session: Session, publication_id: int) -> dict[int, str]:
    """Return the slugs of the issues that moved into a publication, by id."""
    moved = select(MovedPost.issue_id).where(MovedPost.publication_id == publication_id)
    rows = session.execute(select(Issue.id, Issue.slug).where(Issue.id.in_(moved)))
    return dict(iter(rows))


def keep(session: Session, row: MovedPost) -> None:
    """Note what became of a post."""
    session.merge(row)
    session.flush()


def lead_to(session: Session, issue: Issue, paths: Collection[str]) -> int:
    """Let old paths lead to an issue, and return how many are new; one that leads to another issue stays with that."""
    there = select(OldAddress.path).where(OldAddress.publication_id == issue.publication_id, OldAddress.path.in_(paths))
    taken = set(session.scalars(there))
    new = [path for path in dict.fromkeys(paths) if path not in taken]
    session.add_all(OldAddress(publication_id=issue.publication_id, path=path, issue_id=issue.id) for path in new)
    session.flush()
    return len(new)


def at_path(session: Session, path: str, publication_id: int | None = None) -> MovedIssue | None:
    """Return the public issue that stood at a path before; of several publications the one that was there first."""
    query = (
        select(Publication.slug, Issue.slug)
        .join(Issue, Issue.publication_id == Publication.id)
        .join(OldAddress, OldAddress.issue_id == Issue.id)
        .where(OldAddress.path == path, Issue.published_at.is_not(None))
    )
    if publication_id is not None:
        query = query.where(Issue.publication_id == publication_id)
    found = session.execute(query.order_by(Publication.id).limit(1)).first()
    return None if found is None else MovedIssue._make(found)
