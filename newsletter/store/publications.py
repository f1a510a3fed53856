"""Publications: create, find, list."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import Publication


def add(session: Session, publication: Publication) -> Publication:
    """Store a new publication. Raises ConflictError when its slug is taken."""
    session.add(publication)
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(
            f"a publication {publication.slug!r} exists already", remedy="choose another slug"
        ) from None
    return publication


def find(session: Session, slug: str) -> Publication | None:
    """Return the publication, or None."""
    return session.scalar(select(Publication).where(Publication.slug == slug))


def get(session: Session, slug: str) -> Publication:
    """Return the publication. Raises NotFoundError, naming those that exist."""
    publication = find(session, slug)
    if publication is None:
        names = ", ".join(p.slug for p in all_of(session)) or "none yet: `newsletter publication create`"
        raise NotFoundError(f"there is no publication {slug!r}", remedy=f"there are: {names}")
    return publication


def by_id(session: Session, publication_id: int) -> Publication:
    """Return the publication with this key. Raises NotFoundError."""
    publication = session.get(Publication, publication_id)
    if publication is None:
        raise NotFoundError(f"there is no publication with id {publication_id}")
    return publication


def all_of(session: Session) -> list[Publication]:
    """Return every publication, by slug."""
    return list(session.scalars(select(Publication).order_by(Publication.slug)))
