"""SQL of a plan: freeze the audience of an edition into deliveries and batches, in statements of constant number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, and_, cast, func, insert, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsletter.model import (
    Batch,
    Delivery,
    Edition,
    IdBlock,
    Issue,
    PlanRecord,
    Publication,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.model.actor import Actor
from newsletter.model.states import BatchState, DeliveryState, IssueState, SubscriptionState
from newsletter.store.audience import segment_rules, segments, suppressions
from newsletter.store.audience.segment_rules import RuleScope
from newsletter.store.database import Database
from newsletter.store.delivery import kept_counts, old_deliveries
from newsletter.store.issues import issues
from newsletter.zones import zone

DELIVERY_IDS = "deliveries"
SERIALIZATION_FAILURE = "40001"
"""SQLSTATE, PostgreSQL documentation appendix A."""


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """How the candidates divide: `candidates == planned + excluded_standing + excluded_suppressed`."""

    candidates: int
    planned: int
    excluded_standing: int
    excluded_suppressed: int
    pending: int = 0
    """Those of `excluded_standing` who have not confirmed yet; the others left."""


def issues_due(session: Session, now: datetime) -> list[int]:
    """Return ids of scheduled issues whose moment has come, earliest first."""
    return list(
        session.scalars(
            select(Issue.id)
            .where(Issue.state == IssueState.SCHEDULED, Issue.scheduled_at <= now)
            .order_by(Issue.scheduled_at, Issue.id)
        )
    )


def take_ids(database: Database, amount: int) -> int:
    """Set aside `amount` contiguous delivery ids for good and return the first. Gaps are harmless, doubles are not."""
    with database.write() as session:
        return take_ids_in(session, amount)


def take_ids_in(session: Session, amount: int) -> int:
    """Set ids aside as `take_ids` does, in a transaction: other plans wait until it ends."""
    build = sqlite.insert if _is_sqlite(session) else postgresql.insert
    statement = build(IdBlock).values(name=DELIVERY_IDS, next_id=1 + amount)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"next_id": IdBlock.next_id + amount})
    return session.execute(statement.returning(IdBlock.next_id)).scalar_one() - amount


def subscriptions_of(session: Session, publication_id: int) -> int:
    """Count every subscription of a publication, whatever its standing."""
    return session.scalar(select(func.count()).where(Subscription.publication_id == publication_id)) or 0


def begin_frozen(session: Session) -> None:
    """On PostgreSQL let every statement of this transaction see one moment, so that the sums can be proven."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def take_issue(session: Session, issue_id: int, now: datetime, *, by: Actor) -> Issue | None:
    """Move a due scheduled issue to sending and return it; None when it is not ours to plan."""
    due = Issue.scheduled_at <= now
    try:
        taken = issues.move(session, issue_id, IssueState.SCHEDULED, IssueState.SENDING, by=by, at=now, only_if=due)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == SERIALIZATION_FAILURE:
            session.rollback()  # another scheduler planned it since this transaction began
            return None
        raise
    return issues.by_id(session, issue_id, fresh=True) if taken else None


def chosen_of(session: Session, issue: Issue, now: datetime) -> ColumnElement[bool]:
    """Return whom an issue is meant for, as a condition on subscriptions; days begin where the publication is.

    Raises ConflictError when its segment names what is gone: nobody knows then who was meant.
    """
    segments.see_whole(session, issue)
    home = session.get_one(Publication, issue.publication_id)
    scope = RuleScope(home.id, now, zone(home.time_zone), old_deliveries.rolled_up(session, home.id))
    return segment_rules.chosen(issue.audience, scope)


def count_audience(session: Session, issue: Issue, now: datetime) -> AudienceCount:
    """Count the candidates and who is excluded, by reason: independently of what `add_deliveries` selects.

    Of an issue that is meant for some readers, the candidates are those.
    """
    publication_id, meant = issue.publication_id, chosen_of(session, issue, now)
    active = Subscription.state == SubscriptionState.ACTIVE
    pending = func.count().filter(Subscription.state == SubscriptionState.PENDING)
    candidates, standing, unconfirmed = session.execute(
        select(func.count(), func.count().filter(~active), pending).where(
            Subscription.publication_id == publication_id, meant
        )
    ).one()
    suppressed = session.execute(
        select(func.count())
        .select_from(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscription.publication_id == publication_id,
            active,
            meant,
            Subscriber.address_hash.in_(suppressions.in_force(publication_id, now)),
        )
    ).scalar_one()
    return AudienceCount(candidates, candidates - standing - suppressed, standing, suppressed, unconfirmed)


def add_deliveries(
    session: Session, issue: Issue, edition: Edition, first_id: int, now: datetime, *, besides: int | None = None
) -> int:
    """Write one queued delivery for each reader of the audience, ids contiguous from `first_id` in subscriber order; return how many.

    With `besides`, none for those who have a delivery of that issue.
    """
    chosen = _audience(issue.publication_id, now).where(chosen_of(session, issue, now))
    audience = (chosen if besides is None else chosen.where(~has_it(besides))).subquery()
    position = func.row_number().over(order_by=audience.c.subscriber_id)
    rows = select(
        cast(literal(first_id - 1), BigInteger) + position,
        cast(literal(issue.id), BigInteger),
        cast(literal(edition.id), BigInteger),
        audience.c.subscriber_id,
        literal(DeliveryState.QUEUED, Delivery.state.type),
        literal(0),
        literal(0),
        literal(now, Delivery.changed_at.type),
    ).order_by(audience.c.subscriber_id)
    names = ["id", "issue_id", "edition_id", "subscriber_id", "state", "fence", "attempts", "changed_at"]
    statement = insert(Delivery).from_select(names, rows, include_defaults=False)
    written = session.connection().execute(statement, execution_options={"preserve_rowcount": True})
    return written.rowcount


def add_batches(session: Session, issue: Issue, edition: Edition, first_id: int, *, size: int, due_at: datetime) -> int:
    """Divide the deliveries from `first_id` on into batches of `size`; return how many deliveries they cover."""
    number = cast(
        (Delivery.id - first_id) / size if _is_sqlite(session) else func.div(Delivery.id - first_id, size), Integer
    )
    rows = (
        select(
            cast(literal(edition.id), BigInteger),
            cast(literal(issue.id), BigInteger),
            func.min(Delivery.id),
            func.max(Delivery.id),
            func.min(Delivery.subscriber_id),
            func.max(Delivery.subscriber_id),
            func.count(),
            literal(BatchState.WAITING, Batch.state.type),
            literal(due_at, Batch.due_at.type),
            literal(0),
            literal(""),
        )
        .where(Delivery.id >= first_id, Delivery.issue_id == issue.id)
        .group_by(number)
        .order_by(func.min(Delivery.id))
    )
    names = [
        "edition_id",
        "issue_id",
        "first_delivery_id",
        "last_delivery_id",
        "first_subscriber_id",
        "last_subscriber_id",
    ]
    names += ["size", "state", "due_at", "fence", "holder"]
    session.execute(insert(Batch).from_select(names, rows, include_defaults=False))
    kept_counts.count_domains(session, issue.id, first_id)
    covered = select(func.coalesce(func.sum(Batch.size), 0)).where(
        Batch.issue_id == issue.id, Batch.first_delivery_id >= first_id
    )
    return session.scalar(covered) or 0


def record_plan(session: Session, issue: Issue, edition_id: int, count: AudienceCount, now: datetime) -> PlanRecord:
    """Keep the proof of the plan, and whom it was for."""
    record = PlanRecord(
        issue_id=issue.id,
        audience=issue.audience,
        edition_id=edition_id,
        candidates=count.candidates,
        planned=count.planned,
        excluded_standing=count.excluded_standing,
        excluded_suppressed=count.excluded_suppressed,
        planned_at=now,
    )
    session.add(record)
    return record


def analyze(database: Database) -> None:
    """Refresh PostgreSQL's statistics after a bulk load: without them the first pages are planned for an empty table.

    Raises StoreError.
    """
    if database.is_postgresql:
        with database.write() as session:
            session.execute(text("ANALYZE deliveries, batches"))


def _audience(publication_id: int, now: datetime) -> Select[int]:
    listed = suppressions.in_force(publication_id, now).where(Suppression.address_hash == Subscriber.address_hash)
    return (
        select(Subscription.subscriber_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            and_(
                Subscription.publication_id == publication_id,
                Subscription.state == SubscriptionState.ACTIVE,
                ~listed.exists(),
            )
        )
    )


def has_it(issue_id: int) -> ColumnElement[bool]:
    """Say of a subscription that its reader has a delivery of an issue, whatever became of it."""
    had = select(Delivery.id).where(Delivery.issue_id == issue_id, Delivery.subscriber_id == Subscription.subscriber_id)
    return had.exists()


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
