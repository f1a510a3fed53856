"""What issues said before: one row a stored text, whole and compressed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session, defer

from newsletter.errors import NotFoundError
from newsletter.model import AcceptedFinding, Approval, IssueRevision, WorkingCopy
from newsletter.store.inserting import batches, insert_new


class RevisionMoment(NamedTuple):
    """Which revision there is, and when it was stored."""

    issue_id: int
    number: int
    at: datetime


def packed(text: str) -> bytes:
    """Return a text as it is kept."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def unpacked(body: bytes) -> str:
    """Return the text that was packed."""
    return zlib.decompress(body).decode("utf-8", "surrogatepass")


def add(session: Session, text: str, **values: object) -> None:
    """Store the text of a revision unless that revision is there."""
    octets = text.encode("utf-8", "surrogatepass")
    row = {**values, "body": packed(text), "digest": sha256(octets).hexdigest(), "octets": len(octets)}
    insert_new(session, IssueRevision, [row], unique=["issue_id", "number"], returning=[IssueRevision.number])


def find(session: Session, issue_id: int, number: int) -> IssueRevision | None:
    """Return a revision, or None: it may have been thinned out, or never noted."""
    return session.get(IssueRevision, (issue_id, number))


def get(session: Session, issue_id: int, number: int) -> IssueRevision:
    """Return a revision. Raises NotFoundError."""
    found = find(session, issue_id, number)
    if found is None:
        raise NotFoundError("this revision is not kept", remedy="the history of the issue lists those that are")
    return found


def page(session: Session, issue_id: int, *, before: int | None, limit: int) -> Sequence[IssueRevision]:
    """Return revisions without their texts, newest first, below number `before`."""
    query = select(IssueRevision).where(IssueRevision.issue_id == issue_id).options(defer(IssueRevision.body))
    if before is not None:
        query = query.where(IssueRevision.number < before)
    return session.scalars(query.order_by(IssueRevision.number.desc()).limit(limit)).all()


def last_before(session: Session, issue_id: int, number: int) -> int | None:
    """Return the number of the revision that is kept before one."""
    query = select(IssueRevision.number).where(IssueRevision.issue_id == issue_id, IssueRevision.number < number)
    return session.scalar(query.order_by(IssueRevision.number.desc()).limit(1))


def between(session: Session, start: datetime, end: datetime) -> list[RevisionMoment]:
    """Return what was stored in `[start, end)`, in order."""
    query = select(IssueRevision.issue_id, IssueRevision.number, IssueRevision.at)
    query = query.where(IssueRevision.at >= start, IssueRevision.at < end)
    rows = session.execute(query.order_by(IssueRevision.issue_id, IssueRevision.number))
    return [RevisionMoment(row.issue_id, row.number, row.at) for row in rows]


def bases(session: Session, issue_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Return the revisions of these issues that something is said about: an approval, or a text typed on them."""
    found: set[tuple[int, int]] = set()
    for some in batches(issue_ids):
        for kind in (Approval, WorkingCopy):
            query = select(kind.issue_id, kind.revision).where(kind.issue_id.in_(some))
            found.update((row.issue_id, row.revision) for row in session.execute(query))
    return found


def remove(session: Session, revisions: Sequence[RevisionMoment]) -> None:
    """Forget these revisions."""
    for some in batches(revisions, 400):
        keys = [(each.issue_id, each.number) for each in some]
        session.execute(
            delete(IssueRevision).where(tuple_(IssueRevision.issue_id, IssueRevision.number).in_(keys)),
            execution_options={"synchronize_session": False},
        )


def forget_issues(session: Session, issue_ids: Sequence[int]) -> None:
    """Forget all that was noted of issues that are gone for good."""
    for some in batches(issue_ids, 400):
        for kind in (IssueRevision, WorkingCopy, AcceptedFinding):
            session.execute(
                delete(kind).where(kind.issue_id.in_(some)), execution_options={"synchronize_session": False}
            )
