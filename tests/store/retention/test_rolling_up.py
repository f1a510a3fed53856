"""A step of a roll-up, and whoever looks for an old delivery, read what they need by an index, however much else is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from newsletter.clock import SettableClock
from newsletter.model import Delivery, Edition, OldDelivery, PlanRecord
from newsletter.model.states import DeliveryState
from newsletter.store.audience import subscribers, subscriptions
from newsletter.store.database import Database
from newsletter.store.delivery import old_deliveries
from newsletter.store.feedback import bounced, events
from newsletter.store.retention import rolling_up
from tests.parts.ledger import add_issue, add_publication
from tests.parts.looking import looking
from tests.service.test_retention import ended_issue

FEW, MANY = 300, 3_000


def grow(database: Database, clock: SettableClock, count: int) -> None:
    """Store an issue that is not old with `count` deliveries, and one that was rolled up with as many."""
    for rows in (Delivery, OldDelivery):
        name = f"{rows.__tablename__.partition('_')[0]}{count}"
        issue = add_issue(database, clock, add_publication(database, clock, name), name)
        with database.write() as session:
            edition = session.scalars(select(Edition.id).where(Edition.issue_id == issue.id)).one()
            told = {"issue_id": issue.id, "state": DeliveryState.SUBMITTED}
            if rows is Delivery:
                told |= {"edition_id": edition, "changed_at": clock.now()}
            first = issue.id * 10_000_000
            session.execute(insert(rows), [told | {"id": first + n, "subscriber_id": n + 1} for n in range(count)])


def old_issue(database: Database, clock: SettableClock, size: int) -> int:
    """Store an issue that is old, in batches of two; return its first delivery."""
    issue, now = ended_issue(database, clock, "old", size), clock.now()
    with database.write() as session:
        edition = session.scalars(select(Edition.id).where(Edition.issue_id == issue.id)).one()
        sums = {"candidates": size, "planned": size, "excluded_standing": 0, "excluded_suppressed": 0}
        session.add(PlanRecord(issue_id=issue.id, edition_id=edition, planned_at=now, **sums))
    return issue.id * 1000


LOOKS: dict[str, Callable[[Session, int], object]] = {
    "a step": lambda session, _: rolling_up.roll_up(session, FAR, FAR, 2),
    "what goes next": lambda session, _: rolling_up.due(session, FAR),
    "a link": subscriptions.of_delivery,
    "a bounce": bounced.lock_delivery,
    "a click": lambda session, first: (events.range_around(session, first), events.facts_of(session, [first])),
    "a reader": lambda session, _: (
        old_deliveries.of_subscriber(session, 10**9),
        subscribers.deliveries_of(session, 10**9),
        events.events_of_reader(session, 10**9),
    ),
}
FAR = SettableClock().now() + timedelta(days=10_000)


@pytest.mark.parametrize("look", LOOKS)
def test_it_costs_no_more_for_rows_that_are_not_meant(database: Database, clock: SettableClock, look: str) -> None:
    first = old_issue(database, clock, 20)
    with database.write() as session:
        assert rolling_up.roll_up(session, FAR, FAR, 2) == (4, True)
    cost = []
    for count in (FEW, MANY):
        grow(database, clock, count)
        if database.is_postgresql:
            with database.write() as session:
                session.connection().exec_driver_sql("ANALYZE")
        # the names of both tables end so
        with looking(database, "deliveries") as counted, database.write() as session:
            LOOKS[look](session, first)
        cost.append(counted[0])
    assert cost[1] <= cost[0] + 200, cost
