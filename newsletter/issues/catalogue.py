"""What issues there are, for people: those that stand, and those in the bin, each with the slug of its publication."""

from __future__ import annotations

from collections.abc import Collection

from newsletter.model import BinnedIssue, Issue
from newsletter.paging import IssueMark
from newsletter.store.database import Database
from newsletter.store.delivery import circuit_breaker
from newsletter.store.issues import binned, issues, shelves
from newsletter.store.issues.issues import Shelved
from newsletter.store.issues.shelves import IssueFilter
from newsletter.store.publications import publications


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


def page(
    database: Database, publication_ids: Collection[int], *, before: IssueMark | None, limit: int
) -> tuple[list[Shelved], dict[int, str]]:
    """Return issues of these publications, newest first, with what they wait for; and why some of them were paused, by id."""
    with database.read() as session:
        rows = issues.shelf(session, publication_ids, before=before, limit=limit)
        return rows, circuit_breaker.trips_of(session, [row.issue.id for row in rows])


def shelf_page(
    database: Database, wanted: IssueFilter, *, before: IssueMark | None, limit: int
) -> tuple[list[Shelved], dict[int, str]]:
    """Return the issues of one publication that are wanted, as `page` does."""
    with database.read() as session:
        rows = shelves.page(session, wanted, before=before, limit=limit)
        return rows, circuit_breaker.trips_of(session, [row.issue.id for row in rows])


def bin_page(database: Database, publication_ids: Collection[int], *, limit: int) -> list[BinnedIssue]:
    """Return what lies in the bin of these publications, last deleted first."""
    with database.read() as session:
        return binned.listing(session, publication_ids, limit=limit)


def see_in_bin(database: Database, issue_id: int, publication_id: int) -> None:
    """See that what lies in the bin is of this publication. Raises NotFoundError."""
    with database.read() as session:
        binned.see_of(session, issue_id, publication_id)


def _those(publication_id: int | None) -> list[int] | None:
    return None if publication_id is None else [publication_id]
