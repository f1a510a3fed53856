"""Look for readers of a publication: by address, name, tag, field, state, source, day, segment and bounces; each page costs the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience.field_values import folded, read_value
from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.mail.address import address_hash, parse_address
from newsletter.model.actor import Actor
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.rights import Right
from newsletter.model.segment import BouncedLately, CameBy, FieldIs, HasTag, Joined, SegmentRule
from newsletter.model.states import SubscriptionState
from newsletter.paging import ReaderMark
from newsletter.store.audience import reader_fields, reader_search, segments
from newsletter.store.audience.reader_drivers import asked
from newsletter.store.audience.reader_search import ReaderPage
from newsletter.store.audience.segment_rules import RuleScope
from newsletter.store.database import Database
from newsletter.store.delivery.old_deliveries import rolled_up
from newsletter.store.publications import publications
from newsletter.zones import zone

PAGE = 50
BOUNCED_DAYS = 30
_RANGE = 10_000


@dataclass(frozen=True, slots=True)
class TypedFilter:
    """A filter as somebody typed it: empty where nothing is asked."""

    words: str = ""
    state: str = ""
    tag: str = ""
    key: str = ""  # of a field
    value: str = ""
    source: str = ""  # `form`, `form:WORD`, `import` or `hand`
    since: str = ""
    until: str = ""  # that day included
    segment: str = ""
    bounced: bool = False
    ids: Sequence[int] = ()


class FilterChoices(NamedTuple):
    """What a filter may be made of: tags by name, fields by key, segments as (id, name)."""

    tags: Sequence[str]
    fields: Sequence[str]
    segments: Sequence[tuple[int, str]]


class FoundReaders(NamedTuple):
    """A page of readers with their tags, by subscription."""

    page: ReaderPage
    tags: dict[int, list[str]]


@dataclass(frozen=True)
class ReaderLists:
    """The tools of looking for readers, put together once per process."""

    database: Database
    clock: Clock

    def choices(self, publication_id: int, *, by: Actor) -> FilterChoices:
        """Return what a filter may be made of. Raises ForbiddenError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        with self.database.read() as session:
            tags = reader_fields.tags_of_publication(session, publication_id)
            fields = sorted(reader_fields.fields_of(session, publication_id))
            kept = [(each.id, each.name) for each in segments.of_publication(session, publication_id)]
        return FilterChoices(tags, fields, kept)

    def read(self, publication_id: int, typed: TypedFilter) -> ReaderFilter:
        """Return the filter that somebody typed. Raises InputError, NotFoundError."""
        with self.database.read() as session:
            try:
                rules = tuple(_rules(session, publication_id, typed))
            except ValidationError as error:
                why = error.errors()[0]["msg"]
                raise InputError(f"nobody is found by that: {why}", where="filter", remedy="look for less") from None
        state = _state(typed.state)
        return ReaderFilter(words=_words(typed.words), state=state, rules=rules, ids=tuple(typed.ids) or None)

    def page(
        self,
        publication_id: int,
        wanted: ReaderFilter,
        *,
        by: Actor,
        after: ReaderMark | None = None,
        limit: int = PAGE,
    ) -> FoundReaders:
        """Return the readers after a mark, newest first. Raises ForbiddenError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        with self.database.read() as session:
            found = reader_search.page(session, wanted, self.scope(session, publication_id), after=after, limit=limit)
            tags = reader_fields.tags_among(session, [row.subscription_id for row in found.rows])
        return FoundReaders(found, tags)

    def ranges(self, publication_id: int, wanted: ReaderFilter) -> Iterator[Sequence[int]]:
        """Yield the subscriptions that a filter matches, by id, of one range of ids after another."""
        first, now = 1, self.clock.now()
        with self.database.read() as session:
            last = reader_search.last_id(session)
        if wanted.ids:
            first, last = min(wanted.ids), max(wanted.ids)
        while first <= last:
            with self.database.read() as session:
                scope = self.scope(session, publication_id)._replace(now=now)
                parts = asked(session, wanted, scope)
                yield reader_search.ids_within(
                    session, parts, scope, first, min(first + _RANGE - 1, last), locked=False
                )
            first += _RANGE

    def scope(self, session: Session, publication_id: int) -> RuleScope:
        """Return for whom and when rules are asked."""
        home = publications.by_id(session, publication_id)
        return RuleScope(publication_id, self.clock.now(), zone(home.time_zone), rolled_up(session, publication_id))

    def whole_address(self, words: str) -> bytes | None:
        """Return the hash of a whole address, by which a reader is found whatever its case; None for anything else."""
        try:
            return address_hash(parse_address(words.strip()).text)
        except InputError:
            return None


def _words(typed: str) -> str:
    words = "".join(c for c in typed if unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if len(words) > 320:
        raise InputError("at most 320 characters are looked for", where="words", remedy="shorten it")
    return words


def _state(typed: str) -> SubscriptionState | None:
    try:
        return SubscriptionState(typed) if typed else None
    except ValueError:
        raise InputError(f"{typed[:20]!r} is no state", where="state", remedy="choose one of the list") from None


def _rules(session: Session, publication_id: int, typed: TypedFilter) -> Iterator[SegmentRule]:
    if typed.tag:
        yield HasTag(key=folded(typed.tag) or " ")
    if typed.key:
        yield _field(session, publication_id, typed.key, typed.value)
    if typed.source:
        yield _source(typed.source)
    if typed.since or typed.until:
        yield _joined(typed.since, typed.until)
    if typed.segment:
        yield _segment(session, publication_id, typed.segment)
    if typed.bounced:
        yield BouncedLately(days=BOUNCED_DAYS)


def _field(session: Session, publication_id: int, key: str, value: str) -> SegmentRule:
    kind = reader_fields.fields_of(session, publication_id).get(key)
    if kind is None:
        raise InputError("there is no such field", where="field", remedy="choose one of the list")
    if not value.strip():
        return FieldIs(key=key, how="known")
    return FieldIs(key=key, how="is", value=read_value(kind, value).folded)


def _source(typed: str) -> SegmentRule:
    if typed == "hand":
        return CameBy(way="import", place=BY_HAND)
    way, _, word = typed.partition(":")
    if way == "import":
        return CameBy(way="import")
    if way != "form":
        raise InputError("there is no such source", where="source", remedy="choose one of the list")
    return CameBy(way="form", place=f"form:{word}"[:200] if word else "")


BY_HAND = "by hand"
"""The place in consent records of readers whom an editor added."""


def _joined(since: str, until: str) -> SegmentRule:
    try:
        first = date.fromisoformat(since) if since else None
        last = date.fromisoformat(until) if until else None
    except ValueError:
        raise InputError("this is no day", where="since", remedy="write it as 2026-05-09") from None
    for day in (first, last):
        if day is not None and not 1990 <= day.year <= 2199:
            raise InputError("no reader joined then", where="since", remedy="choose days between 1990 and 2199")
    # a rule ends before a day, and a form names the last one
    return Joined(since=first, before=None if last is None else date.fromordinal(last.toordinal() + 1))


def _segment(session: Session, publication_id: int, typed: str) -> SegmentRule:
    known = {str(each.id): each for each in segments.of_publication(session, publication_id)}
    if typed not in known:
        raise InputError("there is no such segment", where="segment", remedy="choose one of the list")
    rule = segments.rule_of(known[typed])
    if missing := segments.gone(session, publication_id, rule):
        raise InputError(f"the segment names {missing}", where="segment", remedy="change that segment first")
    return rule
