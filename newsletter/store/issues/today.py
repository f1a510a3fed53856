"""What the first page of a publication asks of the ledger. Each question reads a bounded number of rows, however many readers there are."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from newsletter.model import Batch, Issue, PlanRecord, Snapshot, Source
from newsletter.model.states import IssueState, SourceState
from newsletter.store.issues.planned import readers_of


class SentIssue(NamedTuple):
    """An issue that went out or is going out: for how many it was planned, how many servers answered for, how many refused."""

    issue: Issue
    planned: int
    answered: int
    refused: int


class HeldBoard(NamedTuple):
    """A board that is not shown until somebody has looked at it, and why."""

    source_id: int
    name: str
    why: str


def issue_of(session: Session, publication_id: int, day: date) -> Issue | None:
    """Return the issue that is dated a day, the newest of several; one that was cancelled only where there is no other."""
    mine = select(Issue).where(Issue.publication_id == publication_id, Issue.dated == day)
    light = mine.options(defer(Issue.source, raiseload=True), defer(Issue.content, raiseload=True))
    cancelled = (Issue.state == IssueState.CANCELLED).asc()
    return session.scalar(light.order_by(cancelled, Issue.id.desc()).limit(1))


def last_sent(session: Session, publication_id: int, *, limit: int) -> list[SentIssue]:
    """Return the issues that were planned last, newest first, each with the sums of its batches."""
    went = (IssueState.SENDING, IssueState.PAUSED, IssueState.SENT, IssueState.CANCELLED)
    query = (
        select(Issue)
        .options(defer(Issue.source, raiseload=True), defer(Issue.content, raiseload=True))
        .join(PlanRecord, PlanRecord.issue_id == Issue.id)
        .where(Issue.publication_id == publication_id, Issue.state.in_(went))
        .order_by(Issue.dated.desc(), Issue.id.desc())
        .limit(limit)
    )
    found = session.scalars(query).all()
    sums = (
        select(Batch.issue_id, func.sum(Batch.answered), func.sum(Batch.refused))
        .where(Batch.issue_id.in_([issue.id for issue in found]))
        .group_by(Batch.issue_id)
    )
    counted = {issue_id: (int(answered), int(refused)) for issue_id, answered, refused in session.execute(sums)}
    planned = readers_of(session, [issue.id for issue in found])
    return [SentIssue(issue, planned[issue.id], *counted.get(issue.id, (0, 0))) for issue in found]


def held_boards(session: Session, publication_id: int) -> list[HeldBoard]:
    """Return the boards whose newest snapshot is held for an editor; a publication has a bounded number of sources."""
    newest = select(func.max(Snapshot.day)).where(Snapshot.source_id == Source.id).correlate(Source).scalar_subquery()
    query = (
        select(Source.id, Source.name, Snapshot.held)
        .join(Snapshot, Snapshot.source_id == Source.id)
        .where(Source.publication_id == publication_id, Source.state != SourceState.OFF)
        .where(Snapshot.day == newest, Snapshot.held != "")
        .order_by(Source.id)
    )
    return [HeldBoard(*row) for row in session.execute(query)]
