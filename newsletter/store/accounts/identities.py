"""Who editors are at issuers of single sign-on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import EditorIdentity


def find(session: Session, issuer: str, subject: str) -> EditorIdentity | None:
    """Return the identity that an issuer knows by this subject."""
    mine = (EditorIdentity.issuer == issuer) & (EditorIdentity.subject == subject)
    return session.scalar(select(EditorIdentity).where(mine).execution_options(populate_existing=True))


def of(session: Session, editor_id: int) -> Sequence[EditorIdentity]:
    """Return the identities of an editor, oldest first."""
    mine = EditorIdentity.editor_id == editor_id
    return session.scalars(select(EditorIdentity).where(mine).order_by(EditorIdentity.id)).all()


def add(session: Session, made: EditorIdentity) -> None:
    """Store an identity of an editor who has none at its issuer."""
    session.add(made)
    session.flush()


def note_used(session: Session, identity_id: int, now: datetime) -> None:
    """Keep when an identity last let its editor in."""
    session.execute(update(EditorIdentity).where(EditorIdentity.id == identity_id).values(used_at=now))


def remove(session: Session, editor_id: int, identity_id: int) -> str | None:
    """Delete an identity of an editor and return its issuer; None when they have none such."""
    mine = (EditorIdentity.id == identity_id) & (EditorIdentity.editor_id == editor_id)
    return session.scalar(delete(EditorIdentity).where(mine).returning(EditorIdentity.issuer))
