"""What stands in a draft of what was gathered, and what an issue of a day is made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.model import Candidate, Issue, Source
from newsletter.model.sources import SourceKind
from newsletter.model.states import SourceState


def issue_of_day(session: Session, publication_id: int, day: date) -> Issue | None:
    """Return the issue of a day that candidates were put into, whatever it is called now; the newest where there are several."""
    stands = select(Candidate.id).where(Candidate.issue_id == Issue.id).exists()
    mine = select(Issue).where(Issue.publication_id == publication_id, Issue.dated == day, stands)
    return session.scalar(mine.order_by(Issue.id.desc()).limit(1))


def clusters_in(session: Session, issue_id: int) -> set[int]:
    """Return the clusters of which something was put into an issue."""
    query = select(Candidate.cluster).where(Candidate.issue_id == issue_id, Candidate.cluster.is_not(None)).distinct()
    return {cluster for cluster in session.scalars(query) if cluster is not None}


def names_of(session: Session, source_ids: Collection[int]) -> dict[int, str]:
    """Return the names of sources by id."""
    query = select(Source.id, Source.name).where(Source.id.in_(sorted(set(source_ids))))
    return {row.id: row.name for row in session.execute(query)}


def boards_of(session: Session, publication_id: int, section: str) -> Sequence[Source]:
    """Return the sources of tables that fill a section, in the order in which they were added: a publication has a bounded number of them."""
    query = select(Source).where(
        Source.publication_id == publication_id,
        Source.kind == SourceKind.TABLE,
        Source.section == section,
        Source.state != SourceState.OFF,
    )
    return session.scalars(query.order_by(Source.id)).all()


def sections_from(session: Session, publication_id: int, kind: SourceKind) -> set[str]:
    """Return the sections that sources of a kind fill."""
    query = select(Source.section).where(Source.publication_id == publication_id, Source.kind == kind)
    return set(session.scalars(query.distinct()))
