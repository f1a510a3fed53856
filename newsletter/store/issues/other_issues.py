"""What else a publication sends or has sent: the same text, much of it, and what goes out on the same day.

An issue counts from the moment it is scheduled. A draft never does, nor what was cancelled before a server took a message of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from newsletter.model import Issue, IssueItem, Publication
from newsletter.model.states import IssueState
from newsletter.store.delivery import kept_numbers
from newsletter.store.issues.counting import AHEAD, GOT_IT, counts

STANDING = 3
"""What stood in more issues than so many stands in all of them: the same words each time are meant."""
MOST = 10
"""So many others of a day are looked at."""


class Other(NamedTuple):
    """Another issue, as far as an editor needs to know it."""

    issue_id: int
    slug: str
    state: IssueState
    scheduled_at: datetime | None
    published_at: datetime | None  # when its first message was about to go


class SharedItems(NamedTuple):
    """How much of a draft stood in another issue: `same` of its `counted` items; those of every issue are not counted."""

    other: Other
    same: int
    counted: int


def lock(session: Session, publication_id: int) -> None:
    """Let no other issue of a publication be scheduled until this transaction ends."""
    # SQLite's writers take turns anyhow. No stronger than an UPDATE: rows that point at the publication may be added meanwhile.
    session.execute(select(Publication.id).where(Publication.id == publication_id).with_for_update(key_share=True))


def with_text(session: Session, issue: Issue, digest: str) -> Other | None:
    """Return the newest other issue whose text has this digest, or None: one look into an index."""
    found = session.execute(
        _others(issue).where(Issue.text_digest == digest).order_by(Issue.id.desc()).limit(1)
    ).first()
    return None if found is None else Other._make(found)


def with_items(session: Session, issue: Issue, digests: Collection[str]) -> SharedItems | None:
    """Return the other issue that has most of these items, or None where none of them stood in one."""
    seen = {digest: times for digest, times in session.execute(_seen_items(issue, digests)) if digest}
    rare = {digest for digest, times in seen.items() if times <= STANDING}
    if not rare:
        return None
    count = func.count(IssueItem.digest.distinct())
    found = session.execute(
        _others(issue)
        .add_columns(count)
        .join(IssueItem, IssueItem.issue_id == Issue.id)
        .where(IssueItem.publication_id == issue.publication_id, IssueItem.digest.in_(rare))
        .group_by(Issue.id)
        .order_by(count.desc(), Issue.id.desc())
        .limit(1)
    ).first()
    assert found is not None  # each of them was seen in one
    return SharedItems(Other._make(found[:-1]), found[-1], len(digests) - len(seen) + len(rare))


def on_day(session: Session, issue: Issue, begins: datetime, ends: datetime, now: datetime) -> list[Other]:
    """Return the other issues that went out from `begins` until before `ends`, or will go out then, newest first; ten at most.

    One that should have gone by `now` and has not counts as one of now.
    """
    went = and_(Issue.published_at >= begins, Issue.published_at < ends)
    goes = and_(Issue.scheduled_at >= begins, Issue.scheduled_at < ends)
    if begins <= now < ends:
        goes = or_(goes, Issue.scheduled_at < begins)
    # two statements, for each has an index: an OR of both would read every issue
    gone = _others(issue).where(went).order_by(Issue.published_at.desc())
    going = _others(issue).where(Issue.state.in_(AHEAD), Issue.published_at.is_(None), goes)
    going = going.order_by(Issue.scheduled_at.desc())
    found = [Other._make(row) for query in (gone, going) for row in session.execute(query.limit(MOST))]
    return sorted(found, key=lambda other: (other.published_at or other.scheduled_at or now, other.issue_id))[::-1][
        :MOST
    ]


class Stood(NamedTuple):
    """An item of another issue, as far as it is to be known again: `dated` is its issue's date."""

    slug: str
    dated: date
    url: str
    digest: str | None
    address_key: str | None


def items_of_last(session: Session, issue: Issue, most: int) -> list[Stood]:
    """Return the items of the `most` newest other issues by date, newest first: the rows of so many issues, however many there are."""
    last = _others(issue).with_only_columns(Issue.id).order_by(Issue.dated.desc(), Issue.id.desc()).limit(most)
    ids = list(session.scalars(last))
    query = (
        select(Issue.slug, Issue.dated, IssueItem.url, IssueItem.digest, IssueItem.address_key)
        .join(Issue, Issue.id == IssueItem.issue_id)
        .where(IssueItem.issue_id.in_(ids))
        .order_by(Issue.dated.desc(), Issue.id.desc())
    )
    return [Stood._make(row) for row in session.execute(query)] if ids else []


def digests_before(session: Session, issue: Issue, day: date, digests: Collection[str]) -> dict[str, date]:
    """Return which items stood in the newest other issue that is dated `day` or before, with its date."""
    newest = (
        _others(issue)
        .with_only_columns(Issue.id, Issue.dated)
        .where(Issue.dated <= day)
        .order_by(Issue.dated.desc(), Issue.id.desc())
    )
    found = session.execute(newest.limit(1)).first()
    if found is None:
        return {}
    stood = select(IssueItem.digest).where(IssueItem.issue_id == found[0], IssueItem.digest.in_(digests))
    return {digest: found[1] for digest in session.scalars(stood) if digest}


def has_items(session: Session, issue: Issue, section_slug: str) -> bool:
    """Tell whether anybody may see an item of this section of the publication's, from another issue."""
    query = (
        select(IssueItem.id)
        .join(Issue, Issue.id == IssueItem.issue_id)
        .where(IssueItem.publication_id == issue.publication_id, IssueItem.section_slug == section_slug)
        .where(Issue.id != issue.id, Issue.published_at.is_not(None))
    )
    return session.scalar(query.limit(1)) is not None


def readers_who_got(session: Session, issue_id: int) -> int:
    """Count the readers whose server took a message of an issue and did not send it back."""
    kept = kept_numbers.by_state(session, issue_id)
    return sum(kept.get(state, 0) for state in GOT_IT)


def _seen_items(issue: Issue, digests: Collection[str]) -> Select[str | None, int]:
    return (
        select(IssueItem.digest, func.count(Issue.id.distinct()))
        .join(Issue, Issue.id == IssueItem.issue_id)
        .where(IssueItem.publication_id == issue.publication_id, IssueItem.digest.in_(digests), *_counts(issue))
        .group_by(IssueItem.digest)
    )


def _others(issue: Issue) -> Select[int, str, IssueState, datetime | None, datetime | None]:
    columns = (Issue.id, Issue.slug, Issue.state, Issue.scheduled_at, Issue.published_at)
    return select(*columns).where(Issue.publication_id == issue.publication_id, *_counts(issue))


def _counts(issue: Issue) -> tuple[ColumnElement[bool], ...]:
    return Issue.id != issue.id, counts()
