"""SQL of one more send of an issue: those who joined since, and so have no delivery of it; statements of constant number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError, StoreError
from newsletter.model import Issue, LaterPlan, Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import suppressions
from newsletter.store.delivery.planning import SERIALIZATION_FAILURE, chosen_of, has_it


@dataclass(frozen=True, slots=True)
class LaterCount:
    """How the candidates divide: `candidates == planned + already + excluded_standing + excluded_suppressed`."""

    candidates: int
    planned: int
    already: int
    excluded_standing: int
    excluded_suppressed: int


@contextmanager
def alone() -> Iterator[None]:
    """Turn what PostgreSQL and SQLite say of two who plan at one moment into ConflictError: only one of them does."""
    try:
        yield
    except IntegrityError:
        raise _not_alone() from None
    except StoreError as error:  # `Database.write` has translated it
        if getattr(getattr(error.__cause__, "orig", None), "sqlstate", "") != SERIALIZATION_FAILURE:
            raise
        raise _not_alone() from None


def _not_alone() -> ConflictError:
    return ConflictError("somebody else did the same just now", remedy="look at it again")


def count(session: Session, issue: Issue, now: datetime) -> LaterCount:
    """Count who would get an issue once more, and who not, by reason: independently of what is planned."""
    publication_id, issue_id = issue.publication_id, issue.id
    of_it = and_(Subscription.publication_id == publication_id, chosen_of(session, issue, now))
    active = Subscription.state == SubscriptionState.ACTIVE
    candidates = session.scalar(select(func.count()).where(of_it)) or 0
    already = session.scalar(select(func.count()).where(of_it, has_it(issue_id))) or 0
    standing = session.scalar(select(func.count()).where(of_it, ~active, ~has_it(issue_id))) or 0
    suppressed = session.scalar(
        select(func.count())
        .select_from(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            of_it,
            active,
            ~has_it(issue_id),
            Subscriber.address_hash.in_(suppressions.in_force(publication_id, now)),
        )
    )
    left = candidates - already - standing - (suppressed or 0)
    return LaterCount(candidates, left, already, standing, suppressed or 0)


def record(session: Session, plan: LaterPlan) -> LaterPlan:
    """Keep the proof of the plan."""
    session.add(plan)
    session.flush()
    return plan


def plans_of(session: Session, issue_id: int, *, limit: int = 50) -> Sequence[LaterPlan]:
    """Return the later plans of an issue, first come first."""
    query = select(LaterPlan).where(LaterPlan.issue_id == issue_id)
    return session.scalars(query.order_by(LaterPlan.id).limit(limit)).all()
