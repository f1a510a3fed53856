"""Issues: find, list, write, and move from one state to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import Issue, PlanRecord, Publication
from newsletter.model.states import IssueState, check_issue_move


def get(session: Session, publication: str, slug: str) -> Issue:
    """Return the issue `slug` of the publication with slug `publication`. Raises NotFoundError."""
    found = session.scalar(
        select(Issue)
        .join(Publication, Publication.id == Issue.publication_id)
        .where(Publication.slug == publication, Issue.slug == slug)
    )
    if found is None:
        raise NotFoundError(
            f"{publication!r} has no issue {slug!r}",
            remedy="`newsletter issue list` shows those there are, with --deleted those in the bin",
        )
    return found


def find(session: Session, publication_id: int, slug: str) -> Issue | None:
    """Return the issue, or None."""
    return session.scalar(select(Issue).where(Issue.publication_id == publication_id, Issue.slug == slug))


def by_id(session: Session, issue_id: int, *, fresh: bool = False) -> Issue:
    """Return the issue with this key, `fresh` as it is now. Raises NotFoundError."""
    found = session.get(Issue, issue_id, populate_existing=fresh)
    if found is None:
        raise _no_such_id(issue_id)
    return found


def list_for(
    session: Session, publication_id: int | None = None, *, before: tuple[date, int] | None = None, limit: int = 100
) -> list[Issue]:
    """Return issues newest first, of one publication or of all; `before` is (dated, id) of the last one seen."""
    query = select(Issue)
    if publication_id is not None:
        query = query.where(Issue.publication_id == publication_id)
    if before is not None:
        dated, issue_id = before
        query = query.where(or_(Issue.dated < dated, and_(Issue.dated == dated, Issue.id < issue_id)))
    return list(session.scalars(query.order_by(Issue.dated.desc(), Issue.id.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class Shelved:
    """An issue in the desk's list; `readers` is how many it was planned for, None before that."""

    issue: Issue
    readers: int | None


def shelf(
    session: Session, publication_id: int | None, *, before: tuple[date, int] | None, limit: int
) -> list[Shelved]:
    """Return issues as `list_for` does, each with the size of its plan."""
    found = list_for(session, publication_id, before=before, limit=limit)
    query = select(PlanRecord.issue_id, PlanRecord.planned).where(
        PlanRecord.issue_id.in_([issue.id for issue in found])
    )
    planned: dict[int, int] = {row.issue_id: row.planned for row in session.execute(query)}
    return [Shelved(issue, planned.get(issue.id)) for issue in found]


def slugs_like(session: Session, publication_id: int, start: str) -> set[str]:
    """Return the slugs of a publication's issues that begin with `start`."""
    query = select(Issue.slug).where(
        Issue.publication_id == publication_id, Issue.slug.startswith(start, autoescape=True)
    )
    return set(session.scalars(query))


def add(session: Session, issue: Issue) -> Issue:
    """Store a new issue; its id is set on return. Raises ConflictError when its slug is taken."""
    slug = issue.slug
    session.add(issue)
    try:
        session.flush()
    except IntegrityError:
        raise _slug_taken(slug) from None
    return issue


def rewrite(session: Session, issue_id: int, revision: int, values: dict[str, Any]) -> Issue | None:
    """Change a draft that still has `revision` (compare and swap); None when it has not, or is no draft any more.

    Raises ConflictError when the new slug belongs to another issue.
    """
    statement = (
        update(Issue)
        .where(Issue.id == issue_id, Issue.revision == revision, Issue.state == IssueState.DRAFT)
        .values(**values, revision=revision + 1)
        .returning(Issue.id)
    )
    try:
        changed = session.execute(statement, execution_options={"synchronize_session": False}).scalar()
    except IntegrityError:
        raise _slug_taken(str(values.get("slug"))) from None
    return None if changed is None else session.get(Issue, issue_id, populate_existing=True)


def move(session: Session, issue: Issue, wanted: IssueState, values: dict[str, Any]) -> None:
    """Move an issue to `wanted` if it still stands where `issue` says (compare and swap). Raises ConflictError, NotFoundError.

    `issue` is what the caller saw: its state and revision are the swap's condition. `values` are set along.
    """
    check_issue_move(issue.state, wanted)
    moved = session.execute(
        update(Issue)
        .where(Issue.id == issue.id, Issue.state == issue.state, Issue.revision == issue.revision)
        .values(**values, state=wanted)
        .returning(Issue.id),
        execution_options={"synchronize_session": False},
    ).scalar()
    if moved is None:
        check_issue_move(_state_now(session, issue.id), wanted)  # whoever was first left it where this cannot follow
        raise ConflictError(f"someone else changed {issue.slug!r} just now", remedy="look at it again and repeat")


def _state_now(session: Session, issue_id: int) -> IssueState:
    found = session.scalar(select(Issue.state).where(Issue.id == issue_id))
    if found is None:
        raise _no_such_id(issue_id)
    return found


def publication_of(session: Session, issue: Issue) -> Publication:
    """Return the publication an issue belongs to."""
    return session.get_one(Publication, issue.publication_id)


def _no_such_id(issue_id: int) -> NotFoundError:
    return NotFoundError(
        f"there is no issue with id {issue_id}", remedy="a draft that was deleted lies in the bin for 30 days"
    )


def _slug_taken(slug: str) -> ConflictError:
    return ConflictError(
        f"another issue of this publication has the slug {slug!r}",
        where="slug",
        remedy="choose another slug in the front matter",
    )
