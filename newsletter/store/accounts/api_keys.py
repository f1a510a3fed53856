"""The keys of programs, found by the part that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from newsletter.model import ApiKey, Editor, Publication


def add(session: Session, made: ApiKey) -> ApiKey:
    """Store a key; its id is set on return."""
    session.add(made)
    session.flush()
    return made


def find(session: Session, prefix: str) -> ApiKey | None:
    """Return the key with this shown part."""
    return session.scalar(select(ApiKey).where(ApiKey.prefix == prefix))


def lock(session: Session, prefix: str) -> ApiKey | None:
    """Return the key with this shown part for changing."""
    return session.scalar(select(ApiKey).where(ApiKey.prefix == prefix).with_for_update())


def all_of(session: Session) -> Sequence[Row[ApiKey, str | None, str | None]]:
    """Return every key with the slug of its publication and the address of who made it, newest first."""
    return session.execute(
        select(ApiKey, Publication.slug, Editor.address)
        .outerjoin(Publication, Publication.id == ApiKey.publication_id)
        .outerjoin(Editor, Editor.id == ApiKey.made_by)
        .order_by(ApiKey.id.desc())
    ).all()


def note_used(session: Session, key_id: int, now: datetime) -> None:
    """Keep when a key was used last."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(used_at=now))
