"""Find readers by a filter at any size of the audience: what few match is found whole, and of what many match a bounded part is looked at.

Each part of a filter that has an index is asked how many readers it could choose, up to MOST_EXACT. Where one chooses fewer, these are
read and asked everything else: the page and the count are exact. Else readers are walked through, newest first, by the index of one part
or of the publication, at most MOST_LOOKED for a page; it says where the next begins, though it may have found nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from newsletter.model import Subscriber, Subscription
from newsletter.model.base import BigId, Moment
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.states import SubscriptionState
from newsletter.paging import ReaderMark
from newsletter.store import plans
from newsletter.store.audience.reader_drivers import Driver, FilterPart, asked, everybody
from newsletter.store.audience.segment_rules import RuleScope

MOST_EXACT = 5_000
"""Readers whom a part of a filter may choose so that all of them are looked at."""
_HANDFULS = (200, 1_000, 3_800)
MOST_LOOKED = sum(_HANDFULS)
"""Readers whom a page walks through: 5,000, each by two rows somewhere on the disk."""


class ListedReaderRow(NamedTuple):
    """A reader as a list shows them."""

    subscription_id: int
    subscriber_id: int
    address: str
    name: str
    state: SubscriptionState
    created_at: datetime


class ReaderPage(NamedTuple):
    """Readers of a page; `after` begins the next one, None where all were looked at. `known` is how many there are, where that is."""

    rows: Sequence[ListedReaderRow]
    after: ReaderMark | None
    known: int | None
    is_more: bool = False
    """Whether `known` is a bound which more readers than that exceed."""


class ReaderAsk(NamedTuple):
    """What a page asks for: readers whom all parts choose, with a mark below `after`."""

    parts: Sequence[FilterPart]
    scope: RuleScope
    after: ReaderMark | None
    limit: int

    @property
    def checks(self) -> list[ColumnElement[bool]]:
        """What is asked of each reader."""
        return [part.check for part in self.parts]


def page(
    session: Session, wanted: ReaderFilter, scope: RuleScope, *, after: ReaderMark | None, limit: int
) -> ReaderPage:
    """Return the readers with a mark below `after`, newest first."""
    ask = ReaderAsk(asked(session, wanted, scope), scope, after, limit)
    plans.by_index(session)
    drivers = [part.driver for part in ask.parts if part.driver is not None] or [everybody(scope)]
    sizes = [(_size(session, each), each) for each in drivers]
    size, driver = min(sizes, key=lambda each: each[0])
    if size <= MOST_EXACT:
        return _exact(session, driver, ask)
    way = next((each for _, each in sizes if each.ordered), everybody(scope))
    # of one index alone it is known that so many are meant
    is_one = len(ask.parts) <= 1 and (not ask.parts or ask.parts[0].driver is not None)
    return _walk(session, way, ask)._replace(known=MOST_EXACT if is_one else None, is_more=is_one)


def ids_within(
    session: Session, parts: Sequence[FilterPart], scope: RuleScope, first: int, last: int, *, locked: bool
) -> Sequence[int]:
    """Return the subscriptions of a range of ids that a filter matches, by id; `locked` until the transaction ends, or not."""
    plans.by_index(session)
    rows = select(Subscription.id).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    # the sum keeps other indexes out: the range of ids is the way
    here = (Subscription.publication_id + 0 == scope.publication_id, Subscription.id.between(first, last))
    rows = rows.where(*here, Subscriber.address != "", *[part.check for part in parts])
    rows = rows.order_by(Subscription.id)
    return session.scalars(rows.with_for_update(of=Subscription) if locked else rows).all()


def last_id(session: Session) -> int:
    """Return the id of the newest subscription of any publication; 0 where there is none."""
    return session.scalar(select(func.max(Subscription.id))) or 0


def _size(session: Session, driver: Driver) -> int:
    some = select(literal(1)).select_from(driver.keys(MOST_EXACT + 1).subquery()).limit(MOST_EXACT + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _rows(checks: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return (
        select(Subscription.id, Subscription.subscriber_id, Subscriber.address, Subscriber.name)
        .add_columns(Subscription.state, Subscription.created_at)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.address != "", *checks)
    )


def _exact(session: Session, driver: Driver, ask: ReaderAsk) -> ReaderPage:
    key = Subscription.subscriber_id if driver.of_people else Subscription.id
    few = key.in_(driver.keys())
    # the sum keeps the indexes of the publication out: the few are the way
    ours = Subscription.publication_id + 0 == ask.scope.publication_id
    chosen = _rows([few, ours, *ask.checks]).with_only_columns(Subscription.id)
    ids = sorted(session.scalars(chosen), reverse=True)
    below = [each for each in ids if ask.after is None or each < ask.after.subscription_id]
    rows = _rows([Subscription.id.in_(below[: ask.limit])]).order_by(Subscription.id.desc())
    shown = [ListedReaderRow(*row) for row in session.execute(rows)]
    return ReaderPage(shown, _mark(shown[-1]) if len(below) > ask.limit else None, len(ids))


def _walk(session: Session, way: Driver, ask: ReaderAsk) -> ReaderPage:
    """Walk through the entries of an index from the newest on, a handful and then larger ones, so many of them at most."""
    found: list[ListedReaderRow] = []
    after = ask.after
    for size in _HANDFULS:
        plans.by_index(session, ordered=True)
        begin = [] if after is None else [_place(way) < _place_of(way, after)]
        entries = select(*_keys(way)).where(*way.where, *begin).order_by(*[key.desc() for key in _keys(way)])
        found += _among(session, way, entries.limit(size), ask)
        if len(found) > ask.limit:
            return ReaderPage(found[: ask.limit], _mark(found[ask.limit - 1]), None)
        plans.by_index(session, ordered=True)
        last = session.execute(entries.offset(size - 1).limit(1)).one_or_none()
        if last is None:
            return ReaderPage(found, None, None)
        after = ReaderMark(last[-1], last[-1], last[0] if way.by_day else ask.scope.now)
    return ReaderPage(found, after, None)


def _among(session: Session, way: Driver, entries: Select[Any], ask: ReaderAsk) -> list[ListedReaderRow]:
    """Return those of a handful whom the filter matches, in their order."""
    plans.by_few(session)
    some = entries.subquery()
    key = Subscription.subscriber_id if way.of_people else Subscription.id
    # the sum keeps the indexes of the publication out: the handful is the way
    ours = Subscription.publication_id + 0 == ask.scope.publication_id
    rows = _rows([ours, *ask.checks]).join(some, some.c[way.key.key] == key)
    rows = rows.order_by(*[some.c[each.key].desc() for each in _keys(way)]).limit(ask.limit + 1)
    return [ListedReaderRow(*row) for row in session.execute(rows)]


def _keys(way: Driver) -> Sequence[Any]:
    return (Subscription.created_at, way.key) if way.by_day else (way.key,)


def _place(way: Driver) -> Any:
    return tuple_(*_keys(way)) if way.by_day else way.key


def _place_of(way: Driver, mark: ReaderMark) -> Any:
    key = mark.subscriber_id if way.of_people else mark.subscription_id
    return tuple_(literal(mark.created_at, Moment()), literal(key, BigId)) if way.by_day else key


def _mark(last: ListedReaderRow) -> ReaderMark:
    return ReaderMark(last.subscription_id, last.subscriber_id, last.created_at)
