"""Segments of a publication, and the readers whom their rules choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, defer

from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import FieldKind, Issue, IssueItem, IssueSection, Segment, Subscriber, Subscription
from newsletter.model.segment import (
    AllOf,
    AtDomain,
    BouncedLately,
    ChosenAudience,
    Clicked,
    FieldIs,
    Got,
    HasTag,
    ReadSection,
    SegmentRule,
    rules_within,
)
from newsletter.model.states import IssueState, SubscriptionState
from newsletter.store import plans
from newsletter.store.audience import reader_fields
from newsletter.store.audience.segment_counts import FEW
from newsletter.store.audience.segment_rules import RuleScope, condition

ORDERED = frozenset({FieldKind.NUMBER, FieldKind.DATE})
"""Kinds of fields whose values are below or above each other."""
_LISTED = (HasTag, FieldIs, Got, Clicked, ReadSection, AtDomain, BouncedLately)
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
    found: dict[int, list[Issue]] = {}
    for issue, meant in _meant_for_some(session, publication_id):
        found.setdefault(meant.segment_id, []).append(issue)
    return found


def _meant_for_some(session: Session, publication_id: int) -> Iterator[tuple[Issue, ChosenAudience]]:
    open_states = [IssueState.DRAFT, IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED]
    theirs = select(Issue).where(
        Issue.publication_id == publication_id, Issue.state.in_(open_states), Issue.audience.is_not(None)
    )
    for issue in session.scalars(theirs.order_by(Issue.id).options(defer(Issue.source), defer(Issue.content))):
        yield issue, ChosenAudience.model_validate(issue.audience)


def who_asks(session: Session, publication_id: int, key: str) -> str:
    """Return in words which segment, or which issue that has not gone out, asks for a field; empty for none."""
    for segment in of_publication(session, publication_id):
        if _asks(rule_of(segment), key):
            return f"the segment {segment.name!r}"
    for issue, meant in _meant_for_some(session, publication_id):
        if _asks(meant.of, key):
            return f"the issue {issue.slug!r}, which goes to {meant.name!r},"
    return ""


def _asks(rule: SegmentRule, key: str) -> bool:
    return any(isinstance(each, FieldIs) and each.key == key for each in rules_within(rule))


def gone(session: Session, publication_id: int, rule: SegmentRule) -> str:
    """Return in words the first thing that a rule names and that is not there any more, or is of another kind; empty for none.

    Such a rule chooses nobody, and within `none` everybody: neither is meant. A tag is never gone: it is there by being borne, so nobody bears
    one that is unknown, and both `tag` and `none` are right about that.
    """
    within = list(rules_within(rule))
    kinds = (
        reader_fields.fields_of(session, publication_id) if any(isinstance(each, FieldIs) for each in within) else {}
    )
    for each in within:
        if isinstance(each, FieldIs):
            if each.key not in kinds:
                return f"a field that is gone: {each.key}"
            if each.how in ("below", "above") and kinds[each.key] not in ORDERED:
                return f"a field that has no order any more: {each.key}"
        if isinstance(each, Got | Clicked) and not _is_issue_of(session, publication_id, each.issue_id):
            return f"an issue that is gone: {each.issue_id}"
        if isinstance(each, ReadSection) and not _has_items(session, publication_id, each.section):
            return f"a section that no issue had: {each.section}"
    return ""


def _is_issue_of(session: Session, publication_id: int, issue_id: int) -> bool:
    theirs = select(Issue.id).where(Issue.id == issue_id, Issue.publication_id == publication_id)
    return session.scalar(theirs) is not None


def _has_items(session: Session, publication_id: int, section: str) -> bool:
    theirs = select(IssueItem.id).where(IssueItem.publication_id == publication_id, IssueItem.section_slug == section)
    return session.scalar(theirs.limit(1)) is not None


def gone_of(session: Session, issue: Issue) -> str:
    """Return what `gone` says of the rule by which an issue was meant for some readers; empty for an issue that goes to everyone."""
    if issue.audience is None:
        return ""
    return gone(session, issue.publication_id, ChosenAudience.model_validate(issue.audience).of)


def see_whole(session: Session, issue: Issue) -> None:
    """Raise ConflictError when the rule by which an issue is meant for some readers names what is gone."""
    if missing := gone_of(session, issue):
        raise ConflictError(
            f"the segment {(issue.audience or {})['name']!r} names {missing}",
            where=issue.slug,
            remedy="make it a draft, and choose for it a segment of what there is",
        )


def newest_issues(session: Session, publication_id: int, *, limit: int) -> list[tuple[int, str]]:
    """Return the ids of the newest issues that went out, with what they are called."""
    rows = (
        select(Issue.id, Issue.slug)
        .where(Issue.publication_id == publication_id, Issue.published_at.is_not(None))
        .order_by(Issue.published_at.desc())
        .limit(limit)
    )
    return [(row.id, row.slug) for row in session.execute(rows)]


def newest_sections(session: Session, publication_id: int, *, limit: int) -> Sequence[str]:
    """Return the slugs of the sections of the newest issues that went out, in their order."""
    newest = [issue_id for issue_id, _ in newest_issues(session, publication_id, limit=limit)]
    return session.scalars(
        select(IssueSection.slug).where(IssueSection.issue_id.in_(newest)).distinct().order_by(IssueSection.slug)
    ).all()


def sample(session: Session, rule: SegmentRule, scope: RuleScope, *, limit: int, among: int) -> list[ChosenReader]:
    """Return the first of the active readers whom a rule chooses, by subscriber; `among`: how many there are.

    Of many the first are soon met by walking the list; few are found by the rule's own index, and put in order.
    """
    if not among:
        return []
    many = among > FEW
    if many:
        plans.by_index(session, ordered=True)
        scope = scope._replace(walks=True)
    else:
        plans.by_few(session)
    rows = (
        select(Subscriber.id, Subscriber.address, Subscriber.name)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(
            _of(session, rule, scope, many=many), Subscription.state == SubscriptionState.ACTIVE, condition(rule, scope)
        )
        .order_by(Subscription.subscriber_id if many else Subscription.subscriber_id + 0)
        .limit(limit)
    )
    return [ChosenReader(*row) for row in session.execute(rows)]


def _of(session: Session, rule: SegmentRule, scope: RuleScope, *, many: bool) -> ColumnElement[bool]:
    """Return the condition on the publication. SQLite takes its index also where few have a list of their own: the sum keeps it out."""
    parts = rule.of if isinstance(rule, AllOf) else (rule,)
    listed = not many and any(isinstance(each, _LISTED) for each in parts)
    if listed and session.get_bind().dialect.name == "sqlite":
        return Subscription.publication_id + 0 == scope.publication_id
    return Subscription.publication_id == scope.publication_id
