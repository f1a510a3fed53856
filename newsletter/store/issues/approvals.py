"""Who said that an issue may go out as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.model import Approval
from newsletter.store.inserting import insert_new


def add(session: Session, approval: Approval) -> bool:
    """Store an approval; False when the same person gave it before."""
    row = {name: getattr(approval, name) for name in ("issue_id", "revision", "person", "name", "at")}
    unique = ["issue_id", "revision", "person"]
    return bool(insert_new(session, Approval, [row], unique=unique, returning=[Approval.id]))


def of(session: Session, issue_id: int, revision: int) -> Sequence[Approval]:
    """Return who approved an issue at one revision, first come first."""
    query = select(Approval).where(Approval.issue_id == issue_id, Approval.revision == revision)
    return session.scalars(query.order_by(Approval.id)).all()
