"""The issues of one publication as its desk lists them: by state, by words, by day; texts and contents are left where they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, not_, or_, select, true
from sqlalchemy.orm import Session, defer

from newsletter.model import Approval, ApprovalRequest, Issue, Publication
from newsletter.model.states import IssueState
from newsletter.paging import IssueMark
from newsletter.store.issues.issues import Shelved
from newsletter.store.issues.planned import readers_of

MOST_SEARCHED = 5_000
"""So many of a publication's newest issues are looked through for words: twenty years of weekdays."""
MOST_IN_CALENDAR = 400
"""So many issues a calendar shows: more than one a day stand in no month that anybody plans."""


@dataclass(frozen=True, slots=True)
class IssueFilter:
    """Which issues of a publication are wanted: those in one of `states`, of words in subject or slug, dated from `first` to `last`.

    `waits`: only drafts that nobody else has approved as they stand, and for which somebody asked, or which were changed in a publication
    that wants a second person.
    """

    publication_id: int
    states: Collection[IssueState] = tuple(IssueState)
    words: str = ""
    first: date | None = None
    last: date | None = None
    waits: bool = False


def page(session: Session, wanted: IssueFilter, *, before: IssueMark | None, limit: int) -> list[Shelved]:
    """Return the issues that are wanted, newest first, each with the readers of its plans."""
    query = _filtered(wanted)
    if before is not None:
        same_day = and_(Issue.dated == before.dated, Issue.id < before.issue_id)
        query = query.where(or_(Issue.dated < before.dated, same_day))
    found = session.scalars(query.order_by(Issue.dated.desc(), Issue.id.desc()).limit(limit)).all()
    planned = readers_of(session, [each.id for each in found])
    return [Shelved(issue, planned.get(issue.id)) for issue in found]


def of_days(session: Session, publication_id: int, first: date, last: date) -> list[Issue]:
    """Return the issues dated from one day to another, in the order of their days."""
    query = _light().where(Issue.publication_id == publication_id, Issue.dated.between(first, last))
    return list(session.scalars(query.order_by(Issue.dated, Issue.id).limit(MOST_IN_CALENDAR)))


def going_out(session: Session, publication_id: int, first: datetime, last: datetime) -> list[Issue]:
    """Return the scheduled issues that go out from one moment on and before another, the next one first."""
    mine = _light().where(Issue.publication_id == publication_id, Issue.state == IssueState.SCHEDULED)
    query = mine.where(Issue.scheduled_at >= first, Issue.scheduled_at < last)
    return list(session.scalars(query.order_by(Issue.scheduled_at, Issue.id).limit(MOST_IN_CALENDAR)))


def next_out(session: Session, publication_id: int) -> Issue | None:
    """Return the issue that goes out next of those that are scheduled."""
    mine = _light().where(Issue.publication_id == publication_id, Issue.state == IssueState.SCHEDULED)
    return session.scalar(mine.order_by(Issue.scheduled_at, Issue.id).limit(1))


def _light() -> Select[Issue]:
    """A page of issues without what is long of them."""
    return select(Issue).options(defer(Issue.source, raiseload=True), defer(Issue.content, raiseload=True))


def _filtered(wanted: IssueFilter) -> Select[Issue]:
    query = _light().where(Issue.publication_id == wanted.publication_id, Issue.state.in_(wanted.states))
    if wanted.first is not None:
        query = query.where(Issue.dated >= wanted.first)
    if wanted.last is not None:
        query = query.where(Issue.dated <= wanted.last)
    if wanted.words:
        newest = _newest(wanted.publication_id)
        query = query.join(newest, newest.c.id == Issue.id).where(_says(wanted.words))
    return query.where(_waits()) if wanted.waits else query


def _newest(publication_id: int) -> Subquery:
    """The issues that are looked through for words: joined, so that a database begins with them and not with all there are."""
    every = select(Issue.id).where(Issue.publication_id == publication_id)
    return every.order_by(Issue.dated.desc(), Issue.id.desc()).limit(MOST_SEARCHED).subquery("newest")


def _says(words: str) -> ColumnElement[bool]:
    """Words that stand in subject or slug, each of them, in whatever case."""
    there = [
        or_(Issue.subject.icontains(word, autoescape=True), Issue.slug.icontains(word, autoescape=True))
        for word in words.split()
    ]
    return and_(true(), *there)


def _waits() -> ColumnElement[bool]:
    given = (Approval.issue_id == Issue.id, Approval.revision == Issue.revision, Approval.person != Issue.written_by)
    asked = exists().where(ApprovalRequest.issue_id == Issue.id)
    needed = exists().where(Publication.id == Issue.publication_id, Publication.four_eyes)
    return and_(or_(asked, and_(needed, Issue.revision > 1)), not_(exists().where(*given)))
