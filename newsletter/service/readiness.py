"""Whether the ledger is there and has the shape that this release needs; and what gives it that shape."""

from __future__ import annotations

from newsletter.errors import ConflictError
from newsletter.store import migrating
from newsletter.store.archive import published
from newsletter.store.database import Database


def see_that_it_answers(database: Database) -> None:
    """Raise StoreError unless the database answers and has its tables."""
    with database.read() as session:
        published.is_ready(session)


def see_that_it_is_migrated(database: Database) -> None:
    """Raise ConflictError unless the tables have the shape that this release needs."""
    if migrating.pending(database):
        raise ConflictError(
            f"the database is at {migrating.current(database) or 'nothing'}, and this release needs {migrating.head()}",
            where="database",
            remedy="run `newsletter migrate`",
        )


def migrate(database: Database) -> list[str]:
    """Make the tables, or bring them to the shape this release needs; return the revisions applied. Safe to run at any time."""
    return migrating.upgrade(database)


def revision_needed() -> str:
    """Return the revision that this release needs."""
    return migrating.head()
