"""From a slug to an id, as the doors look it up."""

from __future__ import annotations

from newsletter.issues import addressing
from newsletter.store.database import Database


def id_of_issue(database: Database, slug: str, publication: str) -> int:
    """Return the id of an issue of a publication."""
    return addressing.issue_named(database, slug, publication).id


def id_of_publication(database: Database, slug: str) -> int:
    """Return the id of a publication."""
    return addressing.publication_named(database, slug).id
