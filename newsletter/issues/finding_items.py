"""Find an item of an earlier issue, to be inserted into this one as it stood there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from newsletter.model.document import Item
from newsletter.rendering.markdown_file import write_item
from newsletter.store.database import Database
from newsletter.store.issues import item_search

ISSUES = 400
"""So many of the newest issues are looked through: more than a year of weekdays."""
SHOWN = 20
_MOST_WORDS = 8
_MOST_CHARS = 200
_ITEM: TypeAdapter[Item] = TypeAdapter(Item)


@dataclass(frozen=True, slots=True)
class ItemFound:
    """An item that was published before, and how an issue file says it."""

    title: str
    issue_slug: str
    section: str
    dated: dt.date
    markdown: str


def find_items(database: Database, publication_id: int, words: str) -> list[ItemFound]:
    """Return the newest items whose titles or addresses hold all of these words, SHOWN at most; without words the newest of all."""
    wanted = words[:_MOST_CHARS].casefold().split()[:_MOST_WORDS]
    with database.read() as session:
        rows = item_search.search(session, publication_id, wanted, issues=ISSUES, limit=SHOWN)
        return [found for row in rows if (found := _found(row)) is not None]


def _found(row: item_search.OldItem) -> ItemFound | None:
    item, slug = row
    try:
        written = write_item(_ITEM.validate_python(item.content))
    except ValidationError:  # of a release before this one: its words stand in that issue
        return None
    return ItemFound(item.title, slug, item.section_slug, item.dated, written)
