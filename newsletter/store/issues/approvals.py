"""Who said that an issue may go out as it stands, and who asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.model import Approval, ApprovalRequest
from newsletter.store.inserting import insert_new

_KEPT = ("issue_id", "revision", "person", "name", "at", "despite", "source")


def add(session: Session, approval: Approval) -> bool:
    """Store an approval; False when the same person gave it before."""
    row = {name: getattr(approval, name) for name in _KEPT}
    unique = ["issue_id", "revision", "person"]
    return bool(insert_new(session, Approval, [row], unique=unique, returning=[Approval.id]))


def remove(session: Session, issue_id: int, revision: int, person: str) -> bool:
    """Take an approval back; False when there is none."""
    one = (Approval.issue_id == issue_id, Approval.revision == revision, Approval.person == person)
    gone = session.execute(
        delete(Approval).where(*one).returning(Approval.id), execution_options={"synchronize_session": False}
    )
    return gone.scalar() is not None


def of(session: Session, issue_id: int, revision: int) -> Sequence[Approval]:
    """Return who approved an issue at one revision, first come first."""
    query = select(Approval).where(Approval.issue_id == issue_id, Approval.revision == revision)
    return session.scalars(query.order_by(Approval.id)).all()


def all_of(session: Session, issue_id: int, *, limit: int = 200) -> Sequence[Approval]:
    """Return every approval of an issue, of whatever revision, newest first."""
    query = select(Approval).where(Approval.issue_id == issue_id)
    return session.scalars(query.order_by(Approval.id.desc()).limit(limit)).all()


def ask(session: Session, request: ApprovalRequest) -> None:
    """Store that somebody asked for an approval."""
    session.add(request)
    session.flush()


def requests_of(session: Session, issue_id: int, *, limit: int = 200) -> Sequence[ApprovalRequest]:
    """Return who asked for the approval of an issue, newest first."""
    query = select(ApprovalRequest).where(ApprovalRequest.issue_id == issue_id)
    return session.scalars(query.order_by(ApprovalRequest.id.desc()).limit(limit)).all()
