"""What each part of a filter asks of one reader, and the index from which its readers can be read instead of asking everybody.

A condition here correlates: it looks at the one subscription, so that a page asks it a bounded number of times. The conditions of
`segment_rules` choose among all readers at once; a rule that has no index of its own is asked by these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    SelectBase,
    String,
    and_,
    false,
    literal,
    not_,
    or_,
    select,
    text,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from newsletter.model import (
    AppliedReport,
    FieldValue,
    ReaderField,
    Subscriber,
    Subscription,
    Tag,
    Tagging,
)
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.segment import (
    AllOf,
    AnyOf,
    AtDomain,
    BouncedLately,
    CameBy,
    FieldIs,
    HasTag,
    Joined,
    NoneOf,
    SegmentRule,
)
from newsletter.model.states import SubscriptionState
from newsletter.store.audience.segment_rules import BOUNCES, RuleScope, came, condition

Ids = InstrumentedAttribute[int]


class Driver(NamedTuple):
    """An index whose entries are readers: `key` of the rows of `where`; `ordered` when it deals them by that key, or by day and key."""

    key: Any  # a column: descriptors of mapped classes are read as their values in a NamedTuple
    where: tuple[ColumnElement[bool], ...]
    ordered: bool = False
    by_day: bool = False
    """Whether it deals them by when they joined, and by their key where that is the same moment."""
    either: tuple[ColumnElement[bool], ...] = ()
    """Of which one holds besides: each is asked by an index of its own."""

    def keys(self, limit: int | None = None) -> SelectBase:
        """Return the SELECT of its readers, so many of each alternative."""
        rows = [select(self.key).where(*self.where, each).limit(limit) for each in self.either or (true(),)]
        return rows[0] if len(rows) == 1 else union_all(*[select(each.subquery().c[0]) for each in rows])

    @property
    def of_people(self) -> bool:
        """Whether its keys are subscribers, and not subscriptions."""
        return bool(self.key.key == "subscriber_id" or self.key is _PERSON)


class FilterPart(NamedTuple):
    """One part of a filter: its condition on a subscription and its subscriber, and its index where it has one."""

    check: ColumnElement[bool]
    driver: Driver | None = None


def asked(session: Session, wanted: ReaderFilter, scope: RuleScope) -> list[FilterPart]:
    """Return the parts of a filter: all of them hold for whoever is meant."""
    scope = scope._replace(walks=True)
    found = [_of_rule(session, rule, scope) for rule in _flat(wanted.rules)]
    if wanted.words:
        found.append(_of_words(wanted.words))
    if wanted.state is not None:
        found.append(_of_state(wanted.state, scope))
    if wanted.ids is not None:
        found.append(FilterPart(Subscription.id.in_(wanted.ids), Driver(_STANDING, (Subscription.id.in_(wanted.ids),))))
    return found


def everybody(scope: RuleScope, *joined: ColumnElement[bool]) -> Driver:
    """Return the index of all readers of the publication, by when they joined."""
    ours = Subscription.publication_id == scope.publication_id
    return Driver(_STANDING, (ours, *joined), ordered=True, by_day=True)


def _flat(rules: tuple[SegmentRule, ...]) -> list[SegmentRule]:
    return [inner for rule in rules for inner in (_flat(rule.of) if isinstance(rule, AllOf) else [rule])]


def _of_rule(session: Session, rule: SegmentRule, scope: RuleScope) -> FilterPart:
    if isinstance(rule, (AnyOf, NoneOf)):
        chosen = or_(false(), *[_all_of(session, inner, scope) for inner in rule.of])
        return FilterPart(chosen if isinstance(rule, AnyOf) else not_(chosen))
    way = _WAYS.get(type(rule))
    return FilterPart(condition(rule, scope)) if way is None else way(session, rule, scope)


def _all_of(session: Session, rule: SegmentRule, scope: RuleScope) -> ColumnElement[bool]:
    return and_(true(), *[_of_rule(session, inner, scope).check for inner in _flat((rule,))])


def _of_tag(session: Session, rule: HasTag, scope: RuleScope) -> FilterPart:
    wanted = select(Tag.id).where(Tag.publication_id == scope.publication_id, Tag.key == rule.key)
    tag_id = session.scalar(wanted)
    if tag_id is None:
        return _nobody()
    borne = Tagging.tag_id == tag_id
    return FilterPart(_exists(Tagging.subscription_id, borne), Driver(Tagging.subscription_id, (borne,), ordered=True))


def _of_field(session: Session, rule: FieldIs, scope: RuleScope) -> FilterPart:
    wanted = select(ReaderField.id).where(
        ReaderField.publication_id == scope.publication_id, ReaderField.key == rule.key
    )
    field_id = session.scalar(wanted)
    if field_id is None:
        return _nobody()
    held: list[ColumnElement[bool]] = [FieldValue.field_id == field_id]
    if rule.how == "is":
        held.append(FieldValue.folded == rule.value)
    elif rule.how == "begins":
        held.append(FieldValue.folded.startswith(rule.value, autoescape=True))
    elif rule.how in ("below", "above"):
        number = float(rule.value)
        held.append(FieldValue.number < number if rule.how == "below" else FieldValue.number > number)
    ordered = rule.how in ("is", "known")
    return FilterPart(
        _exists(FieldValue.subscription_id, *held), Driver(FieldValue.subscription_id, tuple(held), ordered)
    )


def _of_joined(_: Session, rule: Joined, scope: RuleScope) -> FilterPart:
    check = condition(rule, scope)
    return FilterPart(check, everybody(scope, check))


def _of_way(_: Session, rule: CameBy, scope: RuleScope) -> FilterPart:
    ours = Subscription.publication_id == scope.publication_id
    return FilterPart(condition(rule, scope), Driver(_STANDING, (ours, *came(rule))))


def _at_domain(_: Session, rule: AtDomain, __: RuleScope) -> FilterPart:
    there = Subscriber.domain == rule.domain
    return FilterPart(there, Driver(_PERSON, (there,), ordered=True))


def _bounced(_: Session, rule: BouncedLately, scope: RuleScope) -> FilterPart:
    lately = (AppliedReport.at > scope.now - timedelta(days=rule.days), AppliedReport.kind.in_(BOUNCES))
    known = AppliedReport.subscriber_id.is_not(None)
    # PostgreSQL and SQLite alike find one reader's reports by its id
    theirs = select(AppliedReport.id).where(AppliedReport.subscriber_id == Subscription.subscriber_id, *lately)
    return FilterPart(theirs.correlate(Subscription).exists(), Driver(_REPORTED, (*lately, known)))


def _of_state(state: SubscriptionState, scope: RuleScope) -> FilterPart:
    # joined to nothing, so that no planner takes the index of states where another index is the way
    check = type_coerce(Subscription.state, String()).concat("") == state.value
    if state is SubscriptionState.ACTIVE:
        return FilterPart(check)
    # the words of the index's own condition: only so is it known to hold
    where = (
        Subscription.publication_id == scope.publication_id,
        Subscription.state == state,
        _sql("subscriptions.state <> 'active'"),
    )
    return FilterPart(check, Driver(_STANDING, where, ordered=True))


def _of_words(words: str) -> FilterPart:
    if words.startswith("@"):
        there = Subscriber.domain == words[1:].lower()
        return FilterPart(there, Driver(_PERSON, (there,), ordered=True))
    spellings = _spellings(words)
    begins = [_between(Subscriber.address, each) for each in spellings]
    if "@" not in words:
        named = _sql("subscribers.name <> ''")
        begins += [and_(named, _between(Subscriber.name, each)) for each in spellings]
    return FilterPart(or_(*begins), Driver(_PERSON, (), either=tuple(begins)))


def _spellings(words: str) -> list[str]:
    """Return how people write it: a column is compared as it is kept, which is what its index holds."""
    local, at, domain = words.partition("@")
    kept = [words, words.lower(), words.upper(), words.capitalize(), words.title()]
    if at:  # a domain is kept in lower case
        kept = [
            f"{each}@{domain.lower()}"
            for each in (local, local.lower(), local.upper(), local.capitalize(), local.title())
        ]
    return list(dict.fromkeys(kept))


class _begins(FunctionElement[bool]):  # noqa: N801 - spelled as SQL functions are
    """Whether a column lies from one text to before another, in the order of octets: what an index of patterns answers in any collation."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:
        """Stand as it is: compared with 1, as SQLite's truths are, no index would answer it."""
        return self


@compiles(_begins)
def _compared(element: _begins, compiler: SQLCompiler, *, less: str = "<", **given: Any) -> str:
    column, low, high = (compiler.process(clause, **given) for clause in element.clauses)
    more = f"{less[0]}>=~" if len(less) > 1 else ">="
    return f"({column} {more} {low} AND {column} {less} {high})"


@compiles(_begins, "postgresql")
def _compared_by_octets(element: _begins, compiler: SQLCompiler, **given: Any) -> str:
    return _compared(element, compiler, less="~<~", **given)


def _between(column: InstrumentedAttribute[str], begin: str) -> ColumnElement[bool]:
    return _begins(column, literal(begin, String()), literal(begin + chr(0x10FFFF), String()))


def _exists(key: Ids, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(key).where(key == Subscription.id, *where).correlate(Subscription).exists()


def _sql(words: str) -> ColumnElement[bool]:
    return text(words)  # type: ignore[return-value]


def _nobody() -> FilterPart:
    return FilterPart(false(), Driver(_STANDING, (false(),)))


_REPORTED: Any = AppliedReport.subscriber_id
_PERSON: Any = Subscriber.id
_STANDING: Any = Subscription.id
_WAYS: Mapping[type, Callable[[Session, Any, RuleScope], FilterPart]] = {
    HasTag: _of_tag,
    FieldIs: _of_field,
    Joined: _of_joined,
    CameBy: _of_way,
    AtDomain: _at_domain,
    BouncedLately: _bounced,
}
