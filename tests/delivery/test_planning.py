"""A plan freezes the audience, whole or not at all, and proves its sums."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from newsletter.clock import SettableClock
from newsletter.delivery import planning
from newsletter.delivery.planning import PlanError, plan, plan_due
from newsletter.mail.address import address_hash
from newsletter.model import Batch, Delivery, Edition, Issue, PlanRecord, Subscription, Suppression
from newsletter.model.states import IssueState, SubscriptionState
from newsletter.store.database import Database
from newsletter.store.delivery import planning as store
from newsletter.store.issues import editions
from tests.parts.ledger import add_issue, add_publication, add_readers


def suppress(database: Database, clock: SettableClock, address: str, **where: object) -> None:
    with database.write() as session:
        session.add(
            Suppression(
                address_hash=address_hash(address), address=address, reason="manual", created_at=clock.now(), **where
            )
        )


def test_candidates_are_planned_or_excluded_for_a_reason(database: Database, clock: SettableClock) -> None:
    publication = add_publication(database, clock)
    other = add_publication(database, clock, "other")
    ids = add_readers(database, clock, publication, 20)
    with database.write() as session:
        session.execute(
            update(Subscription)
            .where(Subscription.subscriber_id.in_(ids[:2]))
            .values(state=SubscriptionState.UNSUBSCRIBED)
        )
        session.execute(
            update(Subscription).where(Subscription.subscriber_id == ids[2]).values(state=SubscriptionState.PENDING)
        )
    suppress(database, clock, "reader3@readers.example")
    suppress(database, clock, "reader4@readers.example", publication_id=publication.id)
    suppress(database, clock, "reader5@readers.example", publication_id=other.id)
    suppress(database, clock, "reader6@readers.example", expires_at=clock.now() - timedelta(seconds=1))
    add_issue(database, clock, publication)

    [record] = plan_due(database, clock=clock, batch_size=7)

    assert (record.candidates, record.planned, record.excluded_standing, record.excluded_suppressed) == (20, 15, 3, 2)
    with database.read() as session:
        spans = session.execute(
            select(Batch.first_delivery_id, Batch.last_delivery_id, Batch.size).order_by(Batch.id)
        ).all()
        ids_planned = list(session.scalars(select(Delivery.id).order_by(Delivery.subscriber_id)))
    assert ids_planned == list(range(ids_planned[0], ids_planned[0] + 15)), "contiguous, in the order of subscribers"
    assert [size for _, _, size in spans] == [7, 7, 1]
    assert [last - first + 1 for first, last, _ in spans] == [7, 7, 1]


def test_an_issue_is_planned_once_however_many_schedulers_try(database: Database, clock: SettableClock) -> None:
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, 30)
    issue = add_issue(database, clock, publication)
    found: list[PlanRecord | None] = []
    lost: list[Exception] = []

    def attempt() -> None:
        try:
            found.append(plan(database, clock=clock, issue_id=issue.id, batch_size=10))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            lost.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([record for record in found if record]) == 1
    assert not lost
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 30


def test_an_issue_is_left_alone_until_its_moment_and_planned_at_it(database: Database, clock: SettableClock) -> None:
    issue = add_issue(database, clock, add_publication(database, clock))
    with database.write() as session:
        session.get_one(Issue, issue.id).scheduled_at = clock.now() + timedelta(seconds=30)
    clock.advance(29.9)
    assert plan_due(database, clock=clock, batch_size=10) == []
    assert plan(database, clock=clock, issue_id=issue.id, batch_size=10) is None
    clock.advance(0.1)
    assert len(plan_due(database, clock=clock, batch_size=10)) == 1


def test_a_plan_whose_sums_differ_leaves_nothing(
    database: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, 3)
    issue = add_issue(database, clock, publication)
    monkeypatch.setattr(planning.store, "count_audience", lambda *_: store.AudienceCount(4, 4, 0, 0))
    with pytest.raises(PlanError, match="sums differ"):
        plan(database, clock=clock, issue_id=issue.id, batch_size=10)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
        assert session.get_one(Issue, issue.id).state == IssueState.SCHEDULED


def test_a_scheduled_issue_without_an_edition_is_an_error_with_a_remedy(
    database: Database, clock: SettableClock
) -> None:
    issue = add_issue(database, clock, add_publication(database, clock))
    with database.write() as session:
        session.execute(delete(Edition))
    with pytest.raises(PlanError) as caught:
        plan(database, clock=clock, issue_id=issue.id, batch_size=10)
    assert "schedule" in caught.value.remedy


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readers=st.integers(0, 40), size=st.integers(1, 50))
def test_batches_cover_every_delivery_once(
    sqlite_database: Database, clock: SettableClock, readers: int, size: int
) -> None:
    slug = f"p{readers}-{size}"
    publication = None
    with sqlite_database.read() as session:
        known = session.scalar(select(Issue.id).where(Issue.slug == slug))
    if known is None:
        publication = add_publication(sqlite_database, clock, slug)
        if readers:
            add_readers(sqlite_database, clock, publication, readers, f"{slug}.example")
        issue = add_issue(sqlite_database, clock, publication, slug)
        record = plan(sqlite_database, clock=clock, issue_id=issue.id, batch_size=size)
        assert record is not None
        with sqlite_database.read() as session:
            spans = session.execute(
                select(Batch.first_delivery_id, Batch.last_delivery_id).where(Batch.issue_id == issue.id)
            ).all()
            ids = list(session.scalars(select(Delivery.id).where(Delivery.issue_id == issue.id)))
        assert sorted(i for first, last in spans for i in range(first, last + 1)) == sorted(ids)
        assert len(ids) == readers


@pytest.mark.parametrize("bug", [False, True], ids=["no edition", "a bug"])
def test_an_issue_that_cannot_be_planned_keeps_no_other_from_it(
    database: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch, bug: bool
) -> None:
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, 3)
    bad, good = (add_issue(database, clock, publication, slug) for slug in ("bad", "good"))
    newest = editions.newest

    def none_for_the_first(session: Session, issue_id: int) -> Edition | None:
        if issue_id == bad.id and bug:
            raise ValueError("a bug")
        return None if issue_id == bad.id else newest(session, issue_id)

    monkeypatch.setattr(editions, "newest", none_for_the_first)
    assert [record.issue_id for record in plan_due(database, clock=clock, batch_size=10)] == [good.id]
    with database.read() as session:
        assert session.get_one(Issue, bad.id).state == IssueState.SCHEDULED


def test_more_readers_than_ids_were_set_aside_for_are_planned_in_the_next_try(
    database: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, 3)
    issue = add_issue(database, clock, publication)
    with monkeypatch.context() as patch:
        patch.setattr(planning, "_SLACK", 0)
        patch.setattr(store, "subscriptions_of", lambda *_: 2)
        with pytest.raises(PlanError, match="3 readers, and delivery ids set aside for 2"):
            plan(database, clock=clock, issue_id=issue.id, batch_size=10)
    record = plan(database, clock=clock, issue_id=issue.id, batch_size=10)
    assert record is not None
    assert record.planned == 3


def test_statistics_that_cannot_be_refreshed_leave_the_plan_as_it_is(
    postgres_database: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = add_publication(postgres_database, clock)
    add_readers(postgres_database, clock, publication, 3)
    issue = add_issue(postgres_database, clock, publication)

    def timed_out(database: Database) -> None:
        with database.write() as session:
            session.execute(text("SET LOCAL statement_timeout = 1"))
            session.execute(text("SELECT pg_sleep(1)"))

    monkeypatch.setattr(store, "analyze", timed_out)
    assert plan(postgres_database, clock=clock, issue_id=issue.id, batch_size=10) is not None
