"""The bin of drafts, and of issues that moved in, that were deleted: put in, look, take out, and empty what has lain there long enough."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import BinnedIssue, Issue, OldAddress
from newsletter.model.states import IssueState

KEPT = tuple(column.key for column in BinnedIssue.__table__.columns if column.key not in ("deleted_at", "old_paths"))
"""What the bin keeps of an issue; the rest is the same for every one."""
DELETED = (IssueState.DRAFT, IssueState.ARCHIVED)
"""States of issues that may be deleted: nobody was mailed them."""


def put(session: Session, issue: Issue, now: datetime) -> BinnedIssue:
    """Move an issue into the bin if it still stands where `issue` says (compare and swap). Raises ConflictError."""
    kept = {name: getattr(issue, name) for name in KEPT}
    paths = list(session.scalars(select(OldAddress.path).where(OldAddress.issue_id == issue.id).order_by("path")))
    gone = session.execute(
        delete(Issue)
        .where(Issue.id == issue.id, Issue.state == issue.state, Issue.revision == issue.revision)
        .returning(Issue.id),
        execution_options={"synchronize_session": False},
    ).scalar()
    if gone is None:
        raise ConflictError(f"someone else changed {issue.slug!r} just now", remedy="look at it again and repeat")
    session.expunge(issue)
    binned = BinnedIssue(**kept, old_paths=paths, deleted_at=now)
    session.add(binned)
    session.flush()
    return binned


def take_out(session: Session, issue_id: int) -> tuple[Issue, list[str]]:
    """Take an issue out of the bin; return what it was, not yet stored, and the paths that led to it.

    Raises NotFoundError, also when another was first.
    """
    found = session.get(BinnedIssue, issue_id)
    statement = delete(BinnedIssue).where(BinnedIssue.id == issue_id).returning(BinnedIssue.id)
    gone = session.execute(statement, execution_options={"synchronize_session": False}).scalar()
    if found is None or gone is None:
        raise _not_there(issue_id)
    session.expunge(found)
    state = IssueState.DRAFT if found.published_at is None else IssueState.ARCHIVED
    return Issue(**{name: getattr(found, name) for name in KEPT}, state=state), list(found.old_paths)


def see_of(session: Session, issue_id: int, publication_id: int) -> None:
    """See that an issue of this publication lies in the bin. Raises NotFoundError."""
    there = select(BinnedIssue.id).where(BinnedIssue.id == issue_id, BinnedIssue.publication_id == publication_id)
    if session.scalar(there) is None:
        raise _not_there(issue_id)


def _not_there(issue_id: int) -> NotFoundError:
    return NotFoundError(f"no deleted issue with id {issue_id} lies in the bin", remedy="it may have been restored")


def listing(
    session: Session, publication_ids: Collection[int] | None = None, *, slug: str = "", limit: int = 100
) -> list[BinnedIssue]:
    """Return what lies in the bin, last deleted first; of some publications, with one slug, or all."""
    query = select(BinnedIssue)
    if publication_ids is not None:
        query = query.where(BinnedIssue.publication_id.in_(publication_ids))
    if slug:
        query = query.where(BinnedIssue.slug == slug)
    return list(session.scalars(query.order_by(BinnedIssue.deleted_at.desc(), BinnedIssue.id.desc()).limit(limit)))


def count(session: Session, publication_id: int | None = None) -> int:
    """Return how many issues lie in the bin, of one publication or of all."""
    query = select(func.count()).select_from(BinnedIssue)
    if publication_id is not None:
        query = query.where(BinnedIssue.publication_id == publication_id)
    return session.scalar(query) or 0


def purge(session: Session, before: datetime) -> list[int]:
    """Remove for good what was deleted at `before` or earlier; return the ids."""
    statement = delete(BinnedIssue).where(BinnedIssue.deleted_at <= before).returning(BinnedIssue.id)
    return list(session.scalars(statement, execution_options={"synchronize_session": False}))
