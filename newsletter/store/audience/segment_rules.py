"""Rules of segments as SQL: of each rule a condition on subscriptions, asked by an index of its own; values are parameters, never a statement's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    false,
    not_,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from newsletter.mail.report import ReportKind
from newsletter.model import (
    AppliedReport,
    Delivery,
    Edition,
    EditionLink,
    Event,
    FieldValue,
    IssueItem,
    OldDelivery,
    ReaderField,
    Subscriber,
    Subscription,
    Tag,
    Tagging,
)
from newsletter.model.feedback import MACHINE, EventKind
from newsletter.model.segment import (
    AllOf,
    AnyOf,
    AtDomain,
    BouncedLately,
    CameBy,
    ChosenAudience,
    Clicked,
    FieldIs,
    Got,
    HasTag,
    InLanguage,
    Joined,
    NoneOf,
    ReadSection,
    SegmentRule,
    rules_within,
)
from newsletter.model.states import DeliveryState
from newsletter.store.audience.consents import ConsentAction

_GOT = (DeliveryState.SUBMITTED, DeliveryState.DELIVERED, DeliveryState.COMPLAINED)
"""What a server took, and what did not come back."""
BOUNCES = (ReportKind.PERMANENT, ReportKind.TRANSIENT)
CAME_BY = {"form": ConsentAction.ASKED, "import": ConsentAction.IMPORTED}


class RuleScope(NamedTuple):
    """For whom and when rules are asked: days begin at midnight of `zone`."""

    publication_id: int
    now: datetime
    zone: tzinfo
    rolled_up: Mapping[int, bool] = MappingProxyType({})
    """As `old_deliveries.rolled_up` tells: two tables are asked only where rows are in both, for that cannot be done in parallel."""
    walks: bool = False
    """Whether readers are met one after another, until there are enough: then each is asked alone, and no rule for all it chooses."""
    mixed: bool = False
    """Whether several rules must hold: then a list of people is asked for each subscription. SQLite would try each of one list with each of another."""
    tags: Mapping[str, int] = MappingProxyType({})
    fields: Mapping[str, int] = MappingProxyType({})
    """Ids by key, where they are known: of one tag an index deals its readers in order, and two such orders are merged."""


def chosen(audience: Mapping[str, Any] | None, scope: RuleScope) -> ColumnElement[bool]:
    """Return what an issue's audience says of a subscription: all are meant where nobody was chosen."""
    return true() if audience is None else condition(ChosenAudience.model_validate(audience).of, scope)


def condition(rule: SegmentRule, scope: RuleScope) -> ColumnElement[bool]:
    """Return what a rule says of a subscription."""
    return _CONDITIONS[type(rule)](rule, scope)


def _all_of(rule: AllOf, scope: RuleScope) -> ColumnElement[bool]:
    return and_(true(), *[condition(each, scope._replace(mixed=scope.mixed or len(rule.of) > 1)) for each in rule.of])


def _any_of(rule: AnyOf, scope: RuleScope) -> ColumnElement[bool]:
    return or_(false(), *[condition(each, scope) for each in rule.of])


def _none_of(rule: NoneOf, scope: RuleScope) -> ColumnElement[bool]:
    return not_(_any_of(AnyOf(of=rule.of), scope))


def listed(rule: HasTag | FieldIs, scope: RuleScope) -> Select[int]:
    """Return the SELECT of the subscriptions that are known for what a rule says, each once, whatever their standing: an index alone has it."""
    return _tagged(rule, scope) if isinstance(rule, HasTag) else _filled(rule, scope)


def stands_in(
    rule: HasTag | FieldIs, mine: ColumnElement[Any] | InstrumentedAttribute[int], scope: RuleScope
) -> ColumnElement[bool]:
    """Return whether one subscription, by its id, is among those that are `listed`."""
    theirs = listed(rule, scope)
    return theirs.where(theirs.selected_columns[0] == mine).exists()


def with_ids(session: Session, rule: SegmentRule, scope: RuleScope) -> RuleScope:
    """Return a scope that knows the tags and fields that a rule names."""
    named: dict[type[Tag | ReaderField], set[str]] = {Tag: set(), ReaderField: set()}
    for each in rules_within(rule):
        if isinstance(each, HasTag | FieldIs):
            named[Tag if isinstance(each, HasTag) else ReaderField].add(each.key)
    tags, fields = (_ids(session, table, keys, scope) for table, keys in named.items())
    return scope._replace(tags=tags, fields=fields)


def _ids(session: Session, table: type[Tag | ReaderField], keys: set[str], scope: RuleScope) -> dict[str, int]:
    ours = select(table.key, table.id).where(table.publication_id == scope.publication_id, table.key.in_(sorted(keys)))
    return {row.key: row.id for row in session.execute(ours)} if keys else {}


def _has_tag(rule: HasTag, scope: RuleScope) -> ColumnElement[bool]:
    return _among(Subscription.id, _tagged(rule, scope), scope)


def _tagged(rule: HasTag, scope: RuleScope) -> Select[int]:
    tags = select(Tag.id).where(Tag.publication_id == scope.publication_id, Tag.key == rule.key)
    tagging = aliased(Tagging)  # two rules of one kind may stand within each other
    one = scope.tags.get(rule.key)
    return select(tagging.subscription_id).where(tagging.tag_id.in_(tags) if one is None else tagging.tag_id == one)


def _field_is(rule: FieldIs, scope: RuleScope) -> ColumnElement[bool]:
    return _among(Subscription.id, _filled(rule, scope), scope)


def _filled(rule: FieldIs, scope: RuleScope) -> Select[int]:
    fields = select(ReaderField.id).where(
        ReaderField.publication_id == scope.publication_id, ReaderField.key == rule.key
    )
    value = aliased(FieldValue)
    one = scope.fields.get(rule.key)
    held = select(value.subscription_id).where(value.field_id.in_(fields) if one is None else value.field_id == one)
    if rule.how == "is":
        held = held.where(value.folded == rule.value)
    elif rule.how == "begins":
        held = held.where(value.folded.startswith(rule.value, autoescape=True))
    elif rule.how in ("below", "above"):
        number = float(rule.value)
        held = held.where(value.number < number if rule.how == "below" else value.number > number)
    return held


def _joined(rule: Joined, scope: RuleScope) -> ColumnElement[bool]:
    asked: list[ColumnElement[bool]] = [true()]
    if rule.since is not None:
        asked.append(Subscription.created_at >= _midnight(rule.since, scope))
    if rule.before is not None:
        asked.append(Subscription.created_at < _midnight(rule.before, scope))
    if rule.days is not None:
        asked.append(Subscription.created_at > scope.now - timedelta(days=rule.days))
    return and_(*asked)


def came(rule: CameBy) -> list[ColumnElement[bool]]:
    """Return what their index is asked for those who came so, beside the publication."""
    way = [Subscription.came_by == CAME_BY[rule.way].value]
    return [*way, Subscription.came_place == rule.place] if rule.place else way


def _came_by(rule: CameBy, _: RuleScope) -> ColumnElement[bool]:
    # Joined to nothing: who is met in another order is asked, and no planner begins with all who came so.
    way = _apart(Subscription.came_by) == CAME_BY[rule.way].value
    return and_(way, _apart(Subscription.came_place) == rule.place) if rule.place else way


def _apart(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    return type_coerce(column, String()).concat("")


def _in_language(rule: InLanguage, _: RuleScope) -> ColumnElement[bool]:
    return Subscription.language == rule.language


def _got(rule: Got, scope: RuleScope) -> ColumnElement[bool]:
    got = [
        select(rows.subscriber_id).where(rows.issue_id == rule.issue_id, rows.state.in_(_GOT))
        for rows in _tables(rule.issue_id, scope)
    ]
    if scope.walks or len(got) == 1:
        return or_(*[_among_people(each, scope) for each in got])
    return _person(scope).in_(union_all(*got))


def _tables(issue_id: int, scope: RuleScope) -> tuple[type[Delivery | OldDelivery], ...]:
    """Return where the deliveries of an issue are."""
    ended = scope.rolled_up.get(issue_id)
    if ended is None:
        return (Delivery,)
    return (OldDelivery,) if ended else (Delivery, OldDelivery)


def _clicked(rule: Clicked, scope: RuleScope) -> ColumnElement[bool]:
    editions = select(Edition.id).where(Edition.issue_id == rule.issue_id)
    clicked = [
        select(rows.subscriber_id)
        .join(Event, Event.delivery_id == rows.id)
        .where(Event.edition_id.in_(editions), Event.kind == EventKind.CLICK, Event.score < MACHINE)
        for rows in _tables(rule.issue_id, scope)
    ]
    return _person(scope).in_(union_all(*clicked) if len(clicked) > 1 else clicked[0])


def _read_section(rule: ReadSection, scope: RuleScope) -> ColumnElement[bool]:
    followed = (
        select(EditionLink.edition_id, EditionLink.number)
        .join(Edition, Edition.id == EditionLink.edition_id)
        .join(IssueItem, and_(IssueItem.issue_id == Edition.issue_id, IssueItem.key == EditionLink.item_key))
        .where(IssueItem.publication_id == scope.publication_id, IssueItem.section_slug == rule.section)
    )
    read = [
        select(rows.subscriber_id)
        .join(Event, Event.delivery_id == rows.id)
        .where(tuple_(Event.edition_id, Event.link).in_(followed))
        .where(Event.at > scope.now - timedelta(days=rule.days), Event.kind == EventKind.CLICK, Event.score < MACHINE)
        for rows in ((Delivery, OldDelivery) if scope.rolled_up else (Delivery,))
    ]
    return _person(scope).in_(union_all(*read) if len(read) > 1 else read[0])


def _at_domain(rule: AtDomain, scope: RuleScope) -> ColumnElement[bool]:
    there = aliased(Subscriber)  # the sample joins readers too
    return _among_people(select(there.id).where(there.domain == rule.domain), scope)


def _bounced(rule: BouncedLately, scope: RuleScope) -> ColumnElement[bool]:
    since = scope.now - timedelta(days=rule.days)
    bounced: Select[Any] = select(AppliedReport.subscriber_id).where(
        AppliedReport.kind.in_(BOUNCES), AppliedReport.at > since, AppliedReport.subscriber_id.is_not(None)
    )
    return _person(scope).in_(bounced)


def _person(scope: RuleScope) -> ColumnElement[int]:
    return Subscription.subscriber_id + 0 if scope.mixed else Subscription.subscriber_id.expression


def _among_people(theirs: Select[int], scope: RuleScope) -> ColumnElement[bool]:
    return _among(Subscription.subscriber_id, theirs, scope) if scope.walks else _person(scope).in_(theirs)


def _among(mine: InstrumentedAttribute[int], theirs: Select[int], scope: RuleScope) -> ColumnElement[bool]:
    if not scope.walks:
        return mine.in_(theirs)
    return theirs.where(theirs.selected_columns[0] == mine).correlate(Subscription).exists()


def _midnight(day: date, scope: RuleScope) -> datetime:
    return datetime.combine(day, time(), scope.zone)


_CONDITIONS: Mapping[type, Callable[[Any, RuleScope], ColumnElement[bool]]] = {
    AllOf: _all_of,
    AnyOf: _any_of,
    NoneOf: _none_of,
    HasTag: _has_tag,
    FieldIs: _field_is,
    Joined: _joined,
    CameBy: _came_by,
    InLanguage: _in_language,
    Got: _got,
    Clicked: _clicked,
    ReadSection: _read_section,
    AtDomain: _at_domain,
    BouncedLately: _bounced,
}
