"""What issues there are, for people: those that stand, and those in the bin, each with the slug of its publication."""

from __future__ import annotations

from newsletter.model import BinnedIssue, Issue
from newsletter.store import binned, issues, publications
from newsletter.store.database import Database


def newest(database: Database, *, publication_id: int | None = None, limit: int) -> list[tuple[Issue, str]]:
    """Return the newest issues, of one publication or of all."""
    with database.read() as session:
        slugs = {publication.id: publication.slug for publication in publications.all_of(session)}
        found = issues.list_for(session, _those(publication_id), limit=limit)
    return [(issue, slugs[issue.publication_id]) for issue in found]


def in_bin(
    database: Database, *, publication_id: int | None = None, slug: str = "", limit: int = 100
) -> list[tuple[BinnedIssue, str]]:
    """Return the drafts that were deleted, last deleted first: of one publication, or that had one slug, or all."""
    with database.read() as session:
        slugs = {publication.id: publication.slug for publication in publications.all_of(session)}
        found = binned.listing(session, _those(publication_id), slug=slug, limit=limit)
    return [(gone, slugs[gone.publication_id]) for gone in found]


def _those(publication_id: int | None) -> list[int] | None:
    return None if publication_id is None else [publication_id]
