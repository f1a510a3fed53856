"""Snippets: list, find, keep, remove."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.model import Snippet


def of(session: Session, publication_id: int, *, limit: int) -> Sequence[Snippet]:
    """Return the snippets of a publication by name, `limit` at most."""
    query = select(Snippet).where(Snippet.publication_id == publication_id)
    return session.scalars(query.order_by(Snippet.name, Snippet.id).limit(limit)).all()


def named(session: Session, publication_id: int, name: str) -> Snippet | None:
    """Return the snippet with this name, or None."""
    return session.scalar(select(Snippet).where(Snippet.publication_id == publication_id, Snippet.name == name))


def by_id(session: Session, publication_id: int, snippet_id: int) -> Snippet | None:
    """Return a snippet of this publication, or None."""
    return session.scalar(select(Snippet).where(Snippet.publication_id == publication_id, Snippet.id == snippet_id))


def count(session: Session, publication_id: int) -> int:
    """Return how many a publication has."""
    query = select(func.count()).select_from(Snippet).where(Snippet.publication_id == publication_id)
    return session.scalar(query) or 0
