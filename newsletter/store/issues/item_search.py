"""Find items of issues that went out by words of their titles and addresses, in the newest issues alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from newsletter.model import Issue, IssueItem


class OldItem(NamedTuple):
    """An item of a published issue, and the slug of that issue."""

    item: IssueItem
    issue_slug: str


def search(
    session: Session, publication_id: int, words: Collection[str], *, issues: int, limit: int
) -> Sequence[OldItem]:
    """Return the items that hold all of the words, the newest first; what is older than so many issues is not looked at."""
    newest = (
        select(Issue.id)
        .where(Issue.publication_id == publication_id, Issue.published_at.is_not(None))
        .order_by(Issue.dated.desc(), Issue.id.desc())
        .limit(issues)
        .subquery()
    )
    holding = [
        or_(func.lower(IssueItem.title).contains(word, autoescape=True), IssueItem.url.icontains(word, autoescape=True))
        for word in words
    ]
    query = (
        select(IssueItem, Issue.slug)
        .join(Issue, Issue.id == IssueItem.issue_id)
        .where(IssueItem.issue_id.in_(select(newest.c.id)), *holding)
        .order_by(IssueItem.dated.desc(), IssueItem.issue_id.desc(), IssueItem.position)
        .limit(limit)
    )
    return [OldItem(item, slug) for item, slug in session.execute(query)]
