"""Publications: create, find, list."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import FormerPublication, Publication


def add(session: Session, publication: Publication) -> Publication:
    """Store a new publication. Raises ConflictError when its slug is taken, or was another's before."""
    see_free(session, publication.slug)
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
    return session.scalar(select(Publication).where(Publication.slug == slug, Publication.removal_at.is_(None)))


def formerly(session: Session, slug: str) -> Publication | None:
    """Return the publication that had a slug before, or None."""
    query = select(Publication).join(FormerPublication, FormerPublication.publication_id == Publication.id)
    return session.scalar(query.where(FormerPublication.slug == slug, Publication.removal_at.is_(None)))


def see_free(session: Session, slug: str, besides: int | None = None) -> None:
    """See that no other publication had a slug before. Raises ConflictError."""
    had = formerly(session, slug)
    if had is not None and had.id != besides:
        raise ConflictError(
            f"{slug!r} was the slug of {had.slug!r}, and its addresses lead there", remedy="choose another slug"
        )


def rename(session: Session, publication: Publication, slug: str, now: datetime) -> None:
    """Give a publication another slug, and let the old one lead on. Raises ConflictError when it is taken."""
    see_free(session, slug, besides=publication.id)
    if find(session, slug) is not None:
        raise ConflictError(f"a publication {slug!r} exists already", remedy="choose another slug")
    session.execute(
        delete(FormerPublication).where(FormerPublication.slug == slug)
    )  # it gets an old one of its own back
    session.add(FormerPublication(slug=publication.slug, publication_id=publication.id, until=now))
    publication.slug = slug
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(f"a publication {slug!r} exists already", remedy="choose another slug") from None


def get(session: Session, slug: str) -> Publication:
    """Return the publication with a slug, or that had it before. Raises NotFoundError, naming those that exist."""
    publication = find(session, slug) or formerly(session, slug)
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


def lock(session: Session, publication_id: int) -> Publication:
    """Return the publication with this key, as it is now and for nobody else to change until the end. Raises NotFoundError."""
    statement = select(Publication).where(Publication.id == publication_id).with_for_update()
    publication = session.scalar(statement.execution_options(populate_existing=True))
    if publication is None:
        raise NotFoundError(f"there is no publication with id {publication_id}")
    return publication


def all_of(session: Session) -> list[Publication]:
    """Return every publication, by slug; none that is being removed."""
    there = select(Publication).where(Publication.removal_at.is_(None))
    return list(session.scalars(there.order_by(Publication.slug)))


def see_open(session: Session, publication_id: int) -> None:
    """See that people may join a publication and issues may go out. Raises ConflictError where it is closed."""
    home = by_id(session, publication_id)
    if home.closed_at is not None:
        raise ConflictError(
            f"{home.name} is closed: nothing is sent, and nobody can join",
            where=home.slug,
            remedy="whoever manages it can open it again in its settings",
        )
