"""How many active readers a rule chooses, among a million: counted by the narrowest index that knows, and not reader by reader.

Whoever is known for a tag or a value of a field stands in an index of its own. So these are counted there, and those who are not active,
who are few and have an index too, are taken off. `any` is the sum of its rules, of each without those before it; `none` is everybody less
`any`. How readers came has an index that tells their standing. What fits no such shape is asked of each subscription.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from newsletter.model import Subscription
from newsletter.model.segment import AllOf, AnyOf, CameBy, FieldIs, HasTag, InLanguage, Joined, NoneOf, SegmentRule
from newsletter.model.states import SubscriptionState
from newsletter.store import plans
from newsletter.store.audience.segment_rules import RuleScope, came, condition, listed, stands_in, with_ids

FEW = 20_000
"""From so many on, one of them is met every few dozen rows of a list of a million."""
_Known: TypeAlias = HasTag | FieldIs
_Plain: TypeAlias = CameBy | InLanguage | Joined


class _Shape(NamedTuple):
    """Whoever is known for all of some things, and for none of others; and of whom the subscription itself tells some, and not others."""

    known: tuple[_Known, ...]
    without: tuple[_Known, ...] = ()
    told: tuple[_Plain, ...] = ()
    untold: tuple[_Plain, ...] = ()

    @property
    def came(self) -> bool:
        """Whether there is an index of those whom the subscription tells of: SQLite begins there sooner."""
        return any(isinstance(rule, CameBy) for rule in self.told)


def count(session: Session, rule: SegmentRule, scope: RuleScope) -> int:
    """Count the active readers whom a rule chooses."""
    return _count(session, rule, with_ids(session, rule, scope))


def _count(session: Session, rule: SegmentRule, scope: RuleScope) -> int:
    if rule == AllOf():
        return _number(session, select(Subscription.id).where(_ours(scope))) - _number(session, _away(scope))
    if isinstance(rule, NoneOf) and _all_simple(rule.of):
        return _count(session, AllOf(), scope) - _count(session, AnyOf(of=rule.of), scope)
    if isinstance(rule, AnyOf) and _known(rule.of) and _all_simple(rule.of):
        return _count_any(session, rule, scope)
    shape = _shape_of(rule)
    if shape is not None and shape.known and not (shape.came and not _merges(session)):
        return _count_shape(session, shape, scope)
    return _asked_of_each(session, rule, scope)


def _count_any(session: Session, rule: AnyOf, scope: RuleScope) -> int:
    """Add up what subscriptions tell themselves, and what each list knows beside that and beside the lists before it."""
    known, plain = _known(rule.of), _plain(rule.of)
    lists = [_Shape((each,), known[:n], (), plain) for n, each in enumerate(known)]
    more = _count(session, plain[0] if len(plain) == 1 else AnyOf(of=plain), scope) if plain else 0
    return more + sum(_count_shape(session, each, scope) for each in lists)


def _asked_of_each(session: Session, rule: SegmentRule, scope: RuleScope) -> int:
    parts = rule.of if isinstance(rule, AllOf) else (rule,)
    came_so = [part for each in parts if isinstance(each, CameBy) for part in came(each)]
    return _number(session, select(Subscription.id).where(_active(scope), *came_so, condition(rule, scope)))


def _shape_of(rule: SegmentRule) -> _Shape | None:
    if isinstance(rule, _Known):
        return _Shape((rule,))
    if isinstance(rule, _Plain):
        return _Shape((), told=(rule,))
    if isinstance(rule, NoneOf) and _all_simple(rule.of):
        return _Shape((), _known(rule.of), (), _plain(rule.of))
    if not isinstance(rule, AllOf):
        return None
    shapes = [shape for each in rule.of if (shape := _shape_of(each)) is not None]
    if not shapes or len(shapes) < len(rule.of):
        return None
    return _Shape(*(tuple(chain.from_iterable(alike)) for alike in zip(*shapes, strict=True)))


def _all_simple(rules: Sequence[SegmentRule]) -> bool:
    return all(isinstance(rule, _Known | _Plain) for rule in rules)


def _known(rules: Sequence[SegmentRule]) -> tuple[_Known, ...]:
    return tuple(rule for rule in rules if isinstance(rule, _Known))


def _plain(rules: Sequence[SegmentRule]) -> tuple[_Plain, ...]:
    return tuple(rule for rule in rules if isinstance(rule, _Plain))


def _count_shape(session: Session, shape: _Shape, scope: RuleScope) -> int:
    return (_merged if _merges(session) else _taken_off)(session, shape, scope)


def _merges(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _merged(session: Session, shape: _Shape, scope: RuleScope) -> int:
    """Go through all lists at once, in the order of subscriptions, and through that of whoever is not active."""
    held, mine = _held(shape.known[0], shape, scope)
    away = _away(scope).where(Subscription.id == mine).exists()
    with plans.by_merging(session):
        return _number(session, held.where(~away if _tells_nothing(shape) else _is_active(mine, shape, scope)))


def _taken_off(session: Session, shape: _Shape, scope: RuleScope) -> int:
    """Begin with what the fewest are known for; of these, take off whoever is not active by the shorter of two ways."""
    sizes = {rule: _number(session, listed(rule, scope)) for rule in shape.known if len(shape.known) > 1}
    held, mine = _held(min(shape.known, key=lambda rule: sizes.get(rule, 0)), shape, scope)
    size = _number(session, held)
    if not _tells_nothing(shape) or _number(session, _away(scope)) > size:
        return _number(session, held.where(_is_active(mine, shape, scope)))
    alone = scope._replace(walks=True)
    told = [condition(rule, alone) for rule in shape.known] + [~condition(rule, alone) for rule in shape.without]
    return size - _number(session, _away(scope).where(*told))


def _held(first: _Known, shape: _Shape, scope: RuleScope) -> tuple[Select[Any], ColumnElement[Any]]:
    """Return whoever a shape is true of, whatever their standing, from one of its lists on; and its column of subscriptions."""
    lead = listed(first, scope)
    mine = lead.selected_columns[0]
    others = [stands_in(rule, mine, scope) for rule in shape.known if rule is not first]
    return lead.where(*others, *[~stands_in(rule, mine, scope) for rule in shape.without]), mine


def _tells_nothing(shape: _Shape) -> bool:
    return not shape.told and not shape.untold


def _is_active(subscription_id: ColumnElement[Any], shape: _Shape, scope: RuleScope) -> ColumnElement[bool]:
    told = [condition(rule, scope) for rule in shape.told] + [~condition(rule, scope) for rule in shape.untold]
    return select(Subscription.id).where(Subscription.id == subscription_id, _active(scope), *told).exists()


def _active(scope: RuleScope) -> ColumnElement[bool]:
    return and_(_ours(scope), Subscription.state == SubscriptionState.ACTIVE)


def _away(scope: RuleScope) -> Select[Any]:
    return select(Subscription.id).where(_ours(scope), Subscription.state != SubscriptionState.ACTIVE)


def _ours(scope: RuleScope) -> ColumnElement[bool]:
    return Subscription.publication_id == scope.publication_id


def _number(session: Session, rows: Select[Any]) -> int:
    return session.scalar(rows.with_only_columns(func.count(), maintain_column_froms=True)) or 0
