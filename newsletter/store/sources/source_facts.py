"""What of a source counts for the rank of what it offers."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.model import Source
from newsletter.model.sources import SourceKind
from newsletter.store.inserting import batches


class SourceFacts(NamedTuple):
    """Its kind, its weight, and the categories and topics that it wishes for."""

    kind: SourceKind
    weight: int
    wished: tuple[str, ...]


def longest_kept(session: Session, publication_id: int) -> int:
    """Return for how many days a publication's sources keep what they offer, the most patient one of them; 0 where there is none."""
    return session.scalar(select(func.max(Source.keep_days)).where(Source.publication_id == publication_id)) or 0


def of_ids(session: Session, source_ids: Collection[int]) -> dict[int, SourceFacts]:
    """Return what is known of these sources, by id."""
    found: dict[int, SourceFacts] = {}
    for batch in batches(sorted(source_ids)):
        query = select(Source.id, Source.kind, Source.weight, Source.wished).where(Source.id.in_(batch))
        found |= {
            number: SourceFacts(kind, weight, tuple(wished)) for number, kind, weight, wished in session.execute(query)
        }
    return found
