"""Segments of a publication, and the readers whom their rules choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, defer

from newsletter.errors import NotFoundError
from newsletter.model import Issue, Segment, Subscriber, Subscription
from newsletter.model.segment import SegmentRule
from newsletter.model.states import IssueState, SubscriptionState
from newsletter.store import plans
from newsletter.store.audience.segment_counts import FEW
from newsletter.store.audience.segment_rules import RuleScope, condition

_RULE: TypeAdapter[SegmentRule] = TypeAdapter(SegmentRule)


class ChosenReader(NamedTuple):
    """A reader whom a segment chooses."""

    subscriber_id: int
    address: str
    name: str


def of_publication(session: Session, publication_id: int) -> Sequence[Segment]:
    """Return the segments of a publication, by name."""
    return session.scalars(select(Segment).where(Segment.publication_id == publication_id).order_by(Segment.name)).all()


def by_id(session: Session, segment_id: int) -> Segment:
    """Return a segment. Raises NotFoundError."""
    found = session.get(Segment, segment_id)
    if found is None:
        raise NotFoundError(f"there is no segment {segment_id}", remedy="look for it by its name")
    return found


def named(session: Session, publication_id: int, name: str) -> Segment | None:
    """Return the segment of that name, if there is one."""
    return session.scalar(select(Segment).where(Segment.publication_id == publication_id, Segment.name == name))


def rule_of(segment: Segment) -> SegmentRule:
    """Return the rule that a segment holds."""
    return _RULE.validate_python(segment.rule)


def used_by(session: Session, publication_id: int) -> dict[int, list[Issue]]:
    """Return the issues that are meant for segments and have not gone out, by segment."""
    open_states = [IssueState.DRAFT, IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED]
    theirs = select(Issue).where(
        Issue.publication_id == publication_id, Issue.state.in_(open_states), Issue.audience.is_not(None)
    )
    found: dict[int, list[Issue]] = {}
    for issue in session.scalars(theirs.order_by(Issue.id).options(defer(Issue.source), defer(Issue.content))):
        found.setdefault((issue.audience or {})["segment_id"], []).append(issue)
    return found


def newest_issues(session: Session, publication_id: int, *, limit: int) -> list[tuple[int, str]]:
    """Return the ids of the newest issues that went out, with what they are called."""
    rows = (
        select(Issue.id, Issue.slug)
        .where(Issue.publication_id == publication_id, Issue.published_at.is_not(None))
        .order_by(Issue.published_at.desc())
        .limit(limit)
    )
    return [(row.id, row.slug) for row in session.execute(rows)]


def sample(session: Session, rule: SegmentRule, scope: RuleScope, *, limit: int, among: int) -> list[ChosenReader]:
    """Return the first of the active readers whom a rule chooses, by subscriber; `among`: how many there are.

    Of many the first are soon met by walking the list; few are found by the rule's own index, and put in order.
    """
    if not among:
        return []
    if among > FEW:
        plans.by_index(session, ordered=True)
        scope = scope._replace(walks=True)
    else:
        plans.by_few(session)
    rows = (
        select(Subscriber.id, Subscriber.address, Subscriber.name)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(_chosen(rule, scope))
        .order_by(Subscription.subscriber_id if among > FEW else Subscription.subscriber_id + 0)
        .limit(limit)
    )
    return [ChosenReader(*row) for row in session.execute(rows)]


def _chosen(rule: SegmentRule, scope: RuleScope) -> ColumnElement[bool]:
    ours = Subscription.publication_id == scope.publication_id
    return and_(ours, Subscription.state == SubscriptionState.ACTIVE, condition(rule, scope))
