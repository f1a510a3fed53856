"""How many active readers a rule chooses, among a million: counted by the narrowest index that knows, and not reader by reader.

Whoever is known for a tag or a value of a field stands in an index of its own. So these are counted there, and those who are not active,
who are few and have an index too, are taken off. `any` is the sum of its rules, of each without those before it; `none` is everybody less
`any`. How readers came has an index that tells their standing. What fits no such shape is asked of each subscription.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from newsletter.model import Subscription
from newsletter.model.segment import AllOf, AnyOf, CameBy, FieldIs, HasTag, NoneOf, SegmentRule
from newsletter.model.states import SubscriptionState
from newsletter.store import plans
from newsletter.store.audience.segment_rules import RuleScope, came, condition, listed, stands_in

FEW = 20_000
"""From so many on, one of them is met every few dozen rows of a list of a million."""
_Known: TypeAlias = HasTag | FieldIs


class _Shape(NamedTuple):
    """Whoever is known for all of some things, and for none of others."""

    known: tuple[_Known, ...]
    without: tuple[_Known, ...] = ()


def count(session: Session, rule: SegmentRule, scope: RuleScope) -> int:
    """Count the active readers whom a rule chooses."""
    if rule == AllOf():
        return _number(session, select(Subscription.id).where(_ours(scope))) - _number(session, _away(scope))
    if isinstance(rule, NoneOf) and _all_known(rule.of):
        return count(session, AllOf(), scope) - count(session, AnyOf(of=rule.of), scope)
    shapes = _shapes(rule, several=session.get_bind().dialect.name != "postgresql")
    if shapes:
        return sum(_count_shape(session, shape, scope) for shape in shapes)
    came_so = [part for each in _parts(rule) if isinstance(each, CameBy) for part in came(each)]
    return _number(session, select(Subscription.id).where(_active(scope), *came_so, condition(rule, scope)))


def _parts(rule: SegmentRule) -> Sequence[SegmentRule]:
    """Return rules all of which hold for whomever a rule chooses."""
    return [part for each in rule.of for part in _parts(each)] if isinstance(rule, AllOf) else [rule]


def _shapes(rule: SegmentRule, *, several: bool) -> list[_Shape]:
    """Return shapes that are a rule together, or none. PostgreSQL joins whole lists with each other sooner than it looks into `several`."""
    if isinstance(rule, AnyOf) and _all_known(rule.of) and several:
        return [_Shape((each,), _known(rule.of[:n])) for n, each in enumerate(_known(rule.of))]
    if isinstance(rule, AnyOf) and len(rule.of) == 1:
        return _shapes(rule.of[0], several=several)
    shape = _shape_of(rule)
    if shape is None or not shape.known or (len(shape.known + shape.without) > 1 and not several):
        return []
    return [shape]


def _shape_of(rule: SegmentRule) -> _Shape | None:
    if isinstance(rule, _Known):
        return _Shape((rule,))
    if isinstance(rule, NoneOf) and _all_known(rule.of):
        return _Shape((), _known(rule.of))
    if not isinstance(rule, AllOf):
        return None
    shapes = [shape for each in rule.of if (shape := _shape_of(each)) is not None]
    if len(shapes) < len(rule.of):
        return None
    known = tuple(one for shape in shapes for one in shape.known)
    return _Shape(known, tuple(one for shape in shapes for one in shape.without))


def _all_known(rules: Sequence[SegmentRule]) -> bool:
    return len(_known(rules)) == len(rules)


def _known(rules: Sequence[SegmentRule]) -> tuple[_Known, ...]:
    return tuple(rule for rule in rules if isinstance(rule, _Known))


def _count_shape(session: Session, shape: _Shape, scope: RuleScope) -> int:
    """Begin with what the fewest are known for; of these, take off whoever is not active by the shorter of two ways."""
    sizes = {rule: _number(session, listed(rule, scope)) for rule in shape.known if len(shape.known) > 1}
    first = min(shape.known, key=lambda rule: sizes.get(rule, 0))
    lead = listed(first, scope)
    mine = lead.selected_columns[0]
    others = [stands_in(rule, mine, scope) for rule in shape.known if rule is not first]
    held = lead.where(*others, *[~stands_in(rule, mine, scope) for rule in shape.without])
    size = _number(session, held)
    if _number(session, _away(scope)) > size:
        if size <= FEW:
            plans.by_few(session)
        return _number(session, held.where(_is_active(mine, scope)))
    alone = scope._replace(walks=True)
    told = [condition(rule, alone) for rule in shape.known] + [~condition(rule, alone) for rule in shape.without]
    return size - _number(session, _away(scope).where(*told))


def _is_active(subscription_id: ColumnElement[Any], scope: RuleScope) -> ColumnElement[bool]:
    return select(Subscription.id).where(Subscription.id == subscription_id, _active(scope)).exists()


def _active(scope: RuleScope) -> ColumnElement[bool]:
    return and_(_ours(scope), Subscription.state == SubscriptionState.ACTIVE)


def _away(scope: RuleScope) -> Select[Any]:
    return select(Subscription.id).where(_ours(scope), Subscription.state != SubscriptionState.ACTIVE)


def _ours(scope: RuleScope) -> ColumnElement[bool]:
    return Subscription.publication_id == scope.publication_id


def _number(session: Session, rows: Select[Any]) -> int:
    return session.scalar(rows.with_only_columns(func.count(), maintain_column_froms=True)) or 0
