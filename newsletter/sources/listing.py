"""Look at sources: one by its name or id, those of a publication page by page."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.model import Source
from newsletter.store.database import Database
from newsletter.store.sources import sources as store


@dataclass(frozen=True, slots=True)
class SourcePage:
    """Sources in the order in which they were added, and the id after which the next page begins; None when there is none."""

    rows: tuple[Source, ...]
    more: int | None


def page(database: Database, publication_id: int, *, after: int = 0, size: int) -> SourcePage:
    """Return sources of a publication with an id above `after`."""
    with database.read() as session:
        rows = store.page(session, publication_id, after=after, limit=size + 1)
    shown = tuple(rows[:size])
    return SourcePage(shown, shown[-1].id if len(rows) > size else None)


def named(database: Database, publication_id: int, word: str) -> Source:
    """Return the source of a publication with this name or id. Raises NotFoundError."""
    with database.read() as session:
        return store.named(session, publication_id, word)


def names(database: Database, publication_id: int) -> list[tuple[int, str]]:
    """Return (id, name) of each source of a publication, by name."""
    with database.read() as session:
        return store.names(session, publication_id)


def every(database: Database, publication_id: int) -> tuple[Source, ...]:
    """Return all sources of a publication: it has a bounded number of them."""
    with database.read() as session:
        return tuple(store.page(session, publication_id, limit=store.MOST))
