"""Frozen editions with their bodies and links, and the rows the archive lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.model import Edition, EditionBody, EditionLink, IssueItem, IssueSection
from newsletter.store.sources import used


def add(session: Session, edition: Edition) -> Edition:
    """Store a new edition; its id is set on return."""
    session.add(edition)
    session.flush()
    return edition


def add_bodies(session: Session, edition: Edition, bodies: Sequence[EditionBody], digest: str) -> None:
    """Store the compiled forms of an edition made in this transaction, and their digest."""
    edition.digest = digest
    session.add_all(bodies)
    session.flush()


def add_links(session: Session, links: Iterable[EditionLink]) -> None:
    """Store where the numbered links of an edition lead."""
    session.add_all(links)
    session.flush()


def newest(session: Session, issue_id: int) -> Edition | None:
    """Return the edition that was frozen last for an issue, or None."""
    return session.scalar(select(Edition).where(Edition.issue_id == issue_id).order_by(Edition.id.desc()).limit(1))


def replace_listing(
    session: Session, issue_id: int, sections: Iterable[IssueSection], items: Iterable[IssueItem]
) -> None:
    """Put these sections and items in the place of those an issue had in the archive's lists; what the items name counts as used."""
    for table in (IssueItem, IssueSection):
        session.execute(
            delete(table).where(table.issue_id == issue_id), execution_options={"synchronize_session": False}
        )
    session.add_all([*sections, *items])
    session.flush()
    used.mark(session, issue_id)
