"""Issues: find, list, write, and move from one state to the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import FormerIssue, Issue, Publication
from newsletter.model.actor import Actor
from newsletter.model.states import ISSUE_ACTS, IssueState, check_issue_move
from newsletter.paging import IssueMark
from newsletter.store.accounts import audit
from newsletter.store.issues.counting import sent_here
from newsletter.store.issues.planned import readers_of
from newsletter.store.sources import used


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


def with_slugs(session: Session, slugs: Collection[str]) -> list[Issue]:
    """Return the issues, of whatever publication, that have one of these slugs."""
    return list(session.scalars(select(Issue).where(Issue.slug.in_(slugs)).order_by(Issue.id)))


def formerly(session: Session, publication_id: int, slug: str) -> Issue | None:
    """Return the issue that had a slug before, or None."""
    query = select(Issue).join(FormerIssue, FormerIssue.issue_id == Issue.id)
    return session.scalar(query.where(FormerIssue.publication_id == publication_id, FormerIssue.slug == slug))


def rename(session: Session, issue: Issue, slug: str, values: Mapping[str, object], now: datetime) -> None:
    """Give a locked issue another slug, and let the old one lead on; `values` are set along. Raises ConflictError when it is taken."""
    home = issue.publication_id
    if find(session, home, slug) is not None:
        raise _slug_taken(slug)
    session.execute(
        delete(FormerIssue).where(FormerIssue.publication_id == home, FormerIssue.slug.in_([slug, issue.slug]))
    )
    session.add(FormerIssue(publication_id=home, slug=issue.slug, issue_id=issue.id, until=now))
    issue.slug = slug
    for name, value in values.items():
        setattr(issue, name, value)
    try:
        session.flush()
    except IntegrityError:
        raise _slug_taken(slug) from None


def by_id(session: Session, issue_id: int, *, fresh: bool = False) -> Issue:
    """Return the issue with this key, `fresh` as it is now. Raises NotFoundError."""
    found = session.get(Issue, issue_id, populate_existing=fresh)
    if found is None:
        raise no_such_id(issue_id)
    return found


def with_id(session: Session, issue_id: int) -> Issue | None:
    """Return the issue with this key as it is now, or None: it may lie in the bin."""
    return session.get(Issue, issue_id, populate_existing=True)


def list_for(
    session: Session,
    publication_ids: Collection[int] | None = None,
    *,
    before: IssueMark | None = None,
    limit: int = 100,
) -> list[Issue]:
    """Return issues newest first, of some publications or of all; `before` marks the last one seen."""
    query = select(Issue)
    if publication_ids is not None:
        query = query.where(Issue.publication_id.in_(publication_ids))
    if before is not None:
        same_day = and_(Issue.dated == before.dated, Issue.id < before.issue_id)
        query = query.where(or_(Issue.dated < before.dated, same_day))
    return list(session.scalars(query.order_by(Issue.dated.desc(), Issue.id.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class Shelved:
    """An issue in the desk's list; `readers` is how many it was planned for, None before that."""

    issue: Issue
    readers: int | None


def shelf(session: Session, publication_ids: Collection[int], *, before: IssueMark | None, limit: int) -> list[Shelved]:
    """Return issues as `list_for` does, each with the readers of its plans."""
    found = list_for(session, publication_ids, before=before, limit=limit)
    planned = readers_of(session, [issue.id for issue in found])
    return [Shelved(issue, planned.get(issue.id)) for issue in found]


def last_published(session: Session, issue: Issue) -> Issue | None:
    """Return the issue of the same publication that went out last, another than this one; or None."""
    query = select(Issue).where(Issue.publication_id == issue.publication_id, Issue.id != issue.id, *sent_here())
    return session.scalar(query.order_by(Issue.published_at.desc(), Issue.id.desc()).limit(1))


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


def rewrite(
    session: Session, issue_id: int, revision: int, values: dict[str, Any], *, state: IssueState = IssueState.DRAFT
) -> Issue | None:
    """Change a draft that still has `revision` (compare and swap); None when it has not, or is no draft any more.

    What was published elsewhere may be changed, too, by whoever names that `state`: nobody was sent it.

    Raises ConflictError when the new slug belongs to another issue.
    """
    statement = (
        update(Issue)
        .where(Issue.id == issue_id, Issue.revision == revision, Issue.state == state)
        .values(**values, revision=revision + 1)
        .returning(Issue.id)
    )
    try:
        changed = session.execute(statement, execution_options={"synchronize_session": False}).scalar()
    except IntegrityError:
        raise _slug_taken(str(values.get("slug"))) from None
    return None if changed is None else session.get(Issue, issue_id, populate_existing=True)


def move(
    session: Session,
    issue_id: int,
    present: IssueState,
    wanted: IssueState,
    *,
    by: Actor,
    at: datetime,
    only_if: ColumnElement[bool] | None = None,
    values: Mapping[str, object] = MappingProxyType({}),
) -> bool:
    """Move an issue by compare-and-swap and write down who moved it: every move of an issue is made here.

    False when it was no longer in `present`, or `only_if` does not hold. `values` are set along. Raises ConflictError for a move
    that is not legal.
    """
    check_issue_move(present, wanted)
    statement = update(Issue).where(Issue.id == issue_id, Issue.state == present)
    if only_if is not None:
        statement = statement.where(only_if)
    moved = session.execute(
        statement.values(**values, state=wanted).returning(Issue.publication_id, Issue.slug),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if moved is None:
        return False
    if wanted is IssueState.DRAFT:
        used.release(session, issue_id)
    subject = audit.Subject("issue", issue_id, moved.slug)
    words = {"old": _told(present), "new": _told(wanted, values)}
    audit.add(session, by, ISSUE_ACTS[present, wanted], subject, at=at, publication_id=moved.publication_id, **words)
    return True


def move_as_seen(
    session: Session, issue: Issue, wanted: IssueState, *, by: Actor, at: datetime, values: Mapping[str, object]
) -> None:
    """Move an issue if its state and revision are still those of `issue`. Raises ConflictError, NotFoundError."""
    same = Issue.revision == issue.revision
    if not move(session, issue.id, issue.state, wanted, by=by, at=at, only_if=same, values=values):
        check_issue_move(_state_now(session, issue.id), wanted)  # whoever was first left it where this cannot follow
        raise ConflictError(f"someone else changed {issue.slug!r} just now", remedy="look at it again and repeat")


def put_off_as_seen(session: Session, issue: Issue, until: datetime, *, by: Actor, at: datetime) -> None:
    """Give a scheduled issue another moment if it still is as `issue`, and write down who did. Raises ConflictError."""
    same = (Issue.id == issue.id, Issue.state == IssueState.SCHEDULED, Issue.revision == issue.revision)
    put_off = update(Issue).where(*same, Issue.scheduled_at == issue.scheduled_at).values(scheduled_at=until)
    found = session.execute(put_off.returning(Issue.id), execution_options={"synchronize_session": False}).one_or_none()
    if found is None:
        raise ConflictError(f"someone else changed {issue.slug!r} just now", remedy="look at it again and repeat")
    words = {"old": _told(issue.state, {"scheduled_at": issue.scheduled_at})}
    words["new"] = _told(IssueState.SCHEDULED, {"scheduled_at": until})
    subject = audit.Subject("issue", issue.id, issue.slug)
    audit.add(session, by, "issue.reschedule", subject, at=at, publication_id=issue.publication_id, **words)


def _told(state: IssueState, values: Mapping[str, object] = MappingProxyType({})) -> str:
    """A state as the audit trail has it: with its moment, or with the reason."""
    moment, why = values.get("scheduled_at"), values.get("paused_why")
    if isinstance(moment, datetime):
        return f"{state} for {moment:%Y-%m-%d %H:%M:%S} UTC"
    return f"{state}: {why}" if why else str(state)


def lock(session: Session, issue_id: int) -> IssueState | None:
    """Keep an issue in its state until the transaction ends and return that state; None if there is no such issue."""
    # As strong as an UPDATE, no stronger: rows that point at the issue may be added meanwhile.
    return session.scalar(select(Issue.state).where(Issue.id == issue_id).with_for_update(key_share=True))


def locked(session: Session, issue_id: int) -> Issue:
    """Return an issue as `by_id` does, locked until the transaction ends: for those who decide by its state."""
    lock(session, issue_id)
    return by_id(session, issue_id, fresh=True)


def _state_now(session: Session, issue_id: int) -> IssueState:
    found = session.scalar(select(Issue.state).where(Issue.id == issue_id))
    if found is None:
        raise no_such_id(issue_id)
    return found


def publication_of(session: Session, issue: Issue) -> Publication:
    """Return the publication an issue belongs to."""
    return session.get_one(Publication, issue.publication_id)


def no_such_id(issue_id: int) -> NotFoundError:
    """Return the error that says so."""
    return NotFoundError(
        f"there is no issue with id {issue_id}", remedy="a draft that was deleted lies in the bin for 30 days"
    )


def _slug_taken(slug: str) -> ConflictError:
    return ConflictError(
        f"another issue of this publication has the slug {slug!r}",
        where="slug",
        remedy="choose another slug in the front matter",
    )
