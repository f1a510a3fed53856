"""Export the readers of a publication, page by page, so that a million of them need no memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.audience.own_list import COLUMNS, ListedKnowledge, row_of, row_of_invited, row_of_rule
from newsletter.audience.reader_lists import ReaderLists
from newsletter.clock import Clock
from newsletter.model import Suppression
from newsletter.model.actor import Actor
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.rights import Right
from newsletter.store import plans
from newsletter.store.audience import exporting as store
from newsletter.store.audience import invitations, reader_fields, subscriptions, suppressions
from newsletter.store.audience.exporting import ListedReader, ListedRecord
from newsletter.store.database import Database
from newsletter.store.inserting import batches

__all__ = ["COLUMNS", "export_chosen", "export_subscribers"]

_PAGE = 1000


def export_subscribers(database: Database, *, clock: Clock, publication_id: int, by: Actor) -> Iterator[dict[str, str]]:
    """Return the readers in the order they came, then who else is ruled out, or was invited and is forgotten: one dict with `COLUMNS` each; moments in ISO 8601, UTC.

    Raises NotFoundError, ForbiddenError at once, and writes down who took them out of the house. Each page is read on its own: a
    reader who comes while it runs may be in or not.
    """
    require(by, Right.SEE_PEOPLE, publication_id)
    with database.write() as session:
        entries.of_list(session, by, "subscribers.export", publication_id, at=clock.now())
    return _rows(database, clock, publication_id)


def export_chosen(
    lists: ReaderLists, *, publication_id: int, wanted: ReaderFilter, by: Actor
) -> Iterator[dict[str, str]]:
    """Return the readers whom a filter matches in the order they came, as `export_subscribers` does. Raises ForbiddenError at once."""
    require(by, Right.SEE_PEOPLE, publication_id)
    with lists.database.write() as session:
        entries.of_list(session, by, "subscribers.export", publication_id, at=lists.clock.now(), words="some of them")
    return _chosen_rows(lists, publication_id, wanted)


def _chosen_rows(lists: ReaderLists, publication_id: int, wanted: ReaderFilter) -> Iterator[dict[str, str]]:
    for ids in lists.ranges(publication_id, wanted):
        for some in batches(ids, _PAGE):
            with lists.database.read() as session:
                plans.by_index(session)
                readers = store.chosen(session, publication_id, some)
                page = _known_of(session, readers, publication_id, lists.clock.now())
            yield from page.rows()


def _rows(database: Database, clock: Clock, publication_id: int) -> Iterator[dict[str, str]]:
    """The database looks for the next page while this one is written."""
    with ThreadPoolExecutor(1, thread_name_prefix="export") as ahead:
        coming: Future[_Page] | None = ahead.submit(_read, database, clock, publication_id, 0)
        while coming is not None:
            page = coming.result()
            whole = len(page.readers) == _PAGE
            coming = ahead.submit(_read, database, clock, publication_id, page.readers[-1][0]) if whole else None
            yield from page.rows()
    yield from _others(database, clock, publication_id)


class _Page(NamedTuple):
    readers: Sequence[ListedReader]
    records: dict[int, list[ListedRecord]]
    held: Mapping[bytes, Sequence[Suppression]]
    invited: Mapping[bytes, datetime]
    tags: Mapping[int, list[str]]
    fields: Mapping[int, dict[str, str]]

    def rows(self) -> Iterator[dict[str, str]]:
        for reader in self.readers:
            subscription_id, _, known, *_ = reader
            told = ListedKnowledge(
                self.records.get(subscription_id, ()),
                self.held.get(known, ()),
                self.tags.get(subscription_id, ()),
                self.fields.get(subscription_id, {}),
            )
            yield row_of(reader, told, self.invited.get(known))


def _read(database: Database, clock: Clock, publication_id: int, after: int) -> _Page:
    with database.read() as session:
        plans.by_index(session, ordered=True)
        page = store.readers(session, publication_id, after=after, limit=_PAGE)
        plans.by_index(session)
        return _known_of(session, page, publication_id, clock.now())


def _known_of(session: Session, page: Sequence[ListedReader], publication_id: int, now: datetime) -> _Page:
    records = store.consent_of(session, publication_id, page)
    theirs = store.within(publication_id, page)
    held = suppressions.of_subscriptions(session, theirs, publication_id, now)
    invited = invitations.invited_among(session, [reader[2] for reader in page])
    tags, fields = reader_fields.tags_within(session, theirs), reader_fields.values_within(session, theirs)
    return _Page(page, records, held, invited, tags, fields)


def _others(database: Database, clock: Clock, publication_id: int) -> Iterator[dict[str, str]]:
    after: int | None = 0
    while after is not None:
        with database.read() as session:
            page = suppressions.page(session, now=clock.now(), publication_id=publication_id, after=after, limit=_PAGE)
            people = [row.address_hash for row in page]
            readers = subscriptions.subscribed_among(session, publication_id, people)
            invited = invitations.invited_among(session, people)
        yield from (row_of_rule(row, invited.get(row.address_hash)) for row in page if row.address_hash not in readers)
        after = page[-1].id if len(page) == _PAGE else None
    yield from _invited(database, clock, publication_id)


def _invited(database: Database, clock: Clock, publication_id: int) -> Iterator[dict[str, str]]:
    after: int | None = 0
    while after is not None:
        with database.read() as session:
            page = invitations.page_of_strangers(session, after=after, limit=_PAGE)
            told = suppressions.held_among(session, publication_id, [row.address_hash for row in page], clock.now())
        yield from (row_of_invited(row) for row in page if row.address_hash not in told)
        after = page[-1].id if len(page) == _PAGE else None
