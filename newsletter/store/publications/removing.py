"""Remove the rows of a publication, a bounded number at a time; what many rows point at goes after them, so that no cascade is long."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.model import (
    AppliedReport,
    Attempt,
    Candidate,
    ChangedReader,
    ConsentRecord,
    CountedDomain,
    Delivery,
    DeliveryCount,
    Edition,
    Event,
    EventCount,
    FieldValue,
    Image,
    Issue,
    IssueRevision,
    Notice,
    OldDelivery,
    OpenPage,
    Publication,
    ReaderNote,
    Sighting,
    SignUp,
    Subscriber,
    Subscription,
    Suppression,
    Tagging,
    Vote,
)
from newsletter.model.base import Base
from newsletter.model.states import IssueState

MOST_ROWS = 2_000
"""Rows of one table in one step; a few times as many point at them."""
_ON_ITS_WAY = (IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED)
_OPTIONS = {"synchronize_session": False}


class RemovalStep(NamedTuple):
    """What one step removed: how many rows, of which images; and whether nothing is left of the publication."""

    rows: int
    images: list[Image]
    is_last: bool


def on_its_way(session: Session, publication_id: int) -> str:
    """Return the slug of an issue that is scheduled, being sent or paused; empty where there is none."""
    there = select(Issue.slug).where(Issue.publication_id == publication_id, Issue.state.in_(_ON_ITS_WAY))
    return session.scalar(there.limit(1)) or ""


def to_be_removed(session: Session) -> Sequence[int]:
    """Return the ids of publications that somebody asked to be removed, the oldest wish first."""
    wished = select(Publication.id).where(Publication.removal_at.is_not(None))
    return session.scalars(wished.order_by(Publication.removal_at).limit(20)).all()


def remove_some(session: Session, publication_id: int) -> RemovalStep:
    """Remove some rows of a publication; nothing while an issue is on its way, and the publication's own row last."""
    if on_its_way(session, publication_id):
        return RemovalStep(0, [], is_last=False)
    gone = _images(session, publication_id)
    rows = len(gone)
    for step in (_of_first_issue, _subscriptions, *_ROWS):
        if rows >= MOST_ROWS:
            return RemovalStep(rows, gone, is_last=False)
        rows += step(session, publication_id)
    if rows:
        return RemovalStep(rows, gone, is_last=False)
    session.execute(delete(Publication).where(Publication.id == publication_id), execution_options=_OPTIONS)
    return RemovalStep(1, [], is_last=True)


def _images(session: Session, publication_id: int) -> list[Image]:
    found = list(session.scalars(select(Image).where(Image.publication_id == publication_id).limit(200)))
    _drop(session, Image, Image.id.in_([each.id for each in found]))
    return found


def _of_first_issue(session: Session, publication_id: int) -> int:
    """Remove deliveries of the first issue there is, with what points at them; then its events; then the issue."""
    issue_id = session.scalar(
        select(Issue.id).where(Issue.publication_id == publication_id).order_by(Issue.id).limit(1)
    )
    if issue_id is None:
        return 0
    for rows in (Delivery, OldDelivery):
        if removed := _deliveries(session, rows, issue_id):
            return removed
    editions = session.scalars(select(Edition.id).where(Edition.issue_id == issue_id)).all()
    removed = _some(session, Event.id, Event.edition_id.in_(editions))
    removed = removed or _some(session, Vote.mark, Vote.issue_id == issue_id)
    if removed:
        return removed
    _drop(session, EventCount, EventCount.edition_id.in_(editions))
    for counted in (DeliveryCount, CountedDomain, OpenPage, AppliedReport):
        _drop(session, counted, counted.issue_id == issue_id)
    _drop(session, Issue, Issue.id == issue_id)  # with its editions, batches, items and approvals
    return 1


def _deliveries(session: Session, rows: type[Delivery | OldDelivery], issue_id: int) -> int:
    ids = session.scalars(select(rows.id).where(rows.issue_id == issue_id).limit(MOST_ROWS)).all()
    for pointing in (Attempt, Event, AppliedReport):
        _drop(session, pointing, pointing.delivery_id.in_(ids))
    _drop(session, rows, rows.id.in_(ids))
    return len(ids)


def _subscriptions(session: Session, publication_id: int) -> int:
    """Remove subscriptions with their consents and mails, and the people of whom the service knows nothing else."""
    rows = select(Subscription.id, Subscription.subscriber_id).where(Subscription.publication_id == publication_id)
    found = session.execute(rows.limit(MOST_ROWS)).all()
    ids, people = [row.id for row in found], [row.subscriber_id for row in found]
    for pointing in (
        ConsentRecord,
        Notice,
        Tagging,
        FieldValue,
        ChangedReader,
        ReaderNote,
    ):  # invitations stay, by their hash: nobody is asked twice
        _drop(session, pointing, pointing.subscription_id.in_(ids))
    _drop(session, Subscription, Subscription.id.in_(ids))
    elsewhere = exists().where(Subscription.subscriber_id == Subscriber.id)
    _drop(session, Subscriber, Subscriber.id.in_(people), ~elsewhere)
    return len(ids)


def _of(key: InstrumentedAttribute[Any], owner: InstrumentedAttribute[Any]) -> Callable[[Session, int], int]:
    def step(session: Session, publication_id: int) -> int:
        return _some(session, key, owner == publication_id)

    return step


def _candidates(session: Session, publication_id: int) -> int:
    ids = session.scalars(select(Candidate.id).where(Candidate.publication_id == publication_id).limit(MOST_ROWS)).all()
    _drop(session, Sighting, Sighting.candidate_id.in_(ids))
    _drop(session, Candidate, Candidate.id.in_(ids))
    return len(ids)


def _revisions(session: Session, publication_id: int) -> int:
    numbers = select(IssueRevision.number, IssueRevision.issue_id).where(IssueRevision.publication_id == publication_id)
    found = session.execute(numbers.limit(200)).all()
    for row in found:
        _drop(session, IssueRevision, IssueRevision.issue_id == row.issue_id, IssueRevision.number == row.number)
    return len(found)


_ROWS: tuple[Callable[[Session, int], int], ...] = (
    _candidates,
    _revisions,
    _of(SignUp.id, SignUp.publication_id),
    _of(Notice.id, Notice.publication_id),
    _of(Suppression.id, Suppression.publication_id),
    _of(AppliedReport.id, AppliedReport.publication_id),
)


def _some(session: Session, key: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> int:
    """Remove MOST_ROWS of the rows, known by their key; return how many there were."""
    keys: Collection[Any] = session.scalars(select(key).where(*where).limit(MOST_ROWS)).all()
    _drop(session, key.class_, key.in_(keys))  # type: ignore[arg-type]
    return len(keys)


def _drop(session: Session, kind: type[Base], *where: ColumnElement[bool]) -> None:
    session.execute(delete(kind).where(*where), execution_options=_OPTIONS)
