"""Frozen editions, as the engine reads them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.errors import NotFoundError
from newsletter.model import Edition, EditionBody, Issue, Publication


def for_sending(session: Session, edition_id: int) -> tuple[Edition, Issue, Publication]:
    """Return an edition with its issue and publication. Raises NotFoundError."""
    row = session.execute(
        select(Edition, Issue, Publication)
        .join(Issue, Issue.id == Edition.issue_id)
        .join(Publication, Publication.id == Issue.publication_id)
        .where(Edition.id == edition_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no edition {edition_id}")
    return row[0], row[1], row[2]


def bodies(session: Session, edition_id: int) -> dict[str, EditionBody]:
    """Return the compiled bodies of an edition by form."""
    return {b.form: b for b in session.scalars(select(EditionBody).where(EditionBody.edition_id == edition_id))}
