"""Steps that browsers have begun, found by the hash of their secret; each ends once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import Challenge


def add(session: Session, begun: Challenge) -> None:
    """Store a step, and forget all that have expired."""
    session.execute(delete(Challenge).where(Challenge.expires_at <= begun.created_at))
    session.add(begun)
    session.flush()


def find(session: Session, secret_hash: bytes, purpose: str, now: datetime) -> Challenge | None:
    """Return a step that is open; None when it has ended or expired, or is for something else."""
    return session.scalar(
        select(Challenge).where(
            Challenge.secret_hash == secret_hash, Challenge.purpose == purpose, Challenge.expires_at > now
        )
    )


def take(session: Session, secret_hash: bytes, purpose: str, now: datetime) -> Challenge | None:
    """End a step and return it; None when it has ended already."""
    found = find(session, secret_hash, purpose, now)
    gone = delete(Challenge).where(Challenge.secret_hash == secret_hash).returning(Challenge.id)
    if found is None or session.scalar(gone) is None:
        return None
    session.expunge(found)
    return found


def count_try(session: Session, secret_hash: bytes, most: int) -> bool:
    """Count a try at a step; False when it has had `most` already."""
    tried = (
        update(Challenge)
        .where(Challenge.secret_hash == secret_hash, Challenge.tries < most)
        .values(tries=Challenge.tries + 1)
        .returning(Challenge.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(tried) is not None


def drop_all(session: Session, editor_id: int) -> None:
    """End every step of an editor."""
    session.execute(delete(Challenge).where(Challenge.editor_id == editor_id))
