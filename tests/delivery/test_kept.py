"""Kept counts are compared with their rows, and counted anew; whoever writes at the same time is counted once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, update

from newsletter.delivery import kept
from newsletter.delivery.checks import counts
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import listing
from newsletter.model import Batch, Delivery, DeliveryCount, Subscriber
from newsletter.model.states import DeliveryState
from newsletter.store.database import Database
from newsletter.store.delivery import kept_counts
from newsletter.store.feedback import bounced
from tests.parts.actors import OPERATOR
from tests.parts.kept_counts import agree
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.looking import looking


@pytest.fixture
def issue_id(engine: Engine) -> int:
    """An issue that went to thirty readers."""
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 30)
    issue = add_issue(engine.database, engine.clock, publication)
    engine.tick()
    with engine.database.read() as session:
        due = list(session.scalars(select(Batch.id).order_by(Batch.id)))
    for batch_id in due:
        engine.sender.send_batch(batch_id)
    return issue.id


def test_the_doctor_tells_of_counts_that_are_not_those_of_the_rows_and_counting_anew_mends_them(
    engine: Engine, issue_id: int
) -> None:
    assert [each.verdict for each in counts(engine.database)] == ["good"]
    with engine.database.write() as session:
        session.execute(update(DeliveryCount).values(count=DeliveryCount.count + 1))
    (wrong,) = counts(engine.database)
    assert (wrong.verdict, "issue recount first" in wrong.remedy) == ("wrong", True)
    assert kept.recount(engine.database, engine.clock, issue_id=issue_id, by=OPERATOR) == 1
    assert [each.verdict for each in counts(engine.database)] == ["good"]


def test_a_count_at_the_wrong_domain_is_told_and_mended_though_the_sums_are_right(
    engine: Engine, issue_id: int
) -> None:
    with engine.database.write() as session:
        row = session.scalars(select(DeliveryCount).where(DeliveryCount.domain != "")).one()
        facts = {"issue_id": issue_id, "block": row.block, "state": row.state, "reason": row.reason}
        row.count -= 2
        session.add(DeliveryCount(domain="elsewhere.example", count=2, **facts))
    (wrong,) = counts(engine.database)
    assert (wrong.verdict, "issue recount first" in wrong.remedy) == ("wrong", True)
    assert kept.recount(engine.database, engine.clock, issue_id=issue_id, by=OPERATOR) == 2
    assert [each.verdict for each in counts(engine.database)] == ["good"]
    agree(engine.database)


def test_what_was_on_the_wire_to_a_reader_who_was_erased_is_no_fault(engine: Engine, issue_id: int) -> None:
    with engine.database.write() as session:
        delivery = session.scalars(select(Delivery).order_by(Delivery.id).limit(1)).one()
        reader = session.get_one(Subscriber, delivery.subscriber_id)
        reader.domain = ""  # as it is when the outcome is recorded after the reader was erased
    assert [each.verdict for each in counts(engine.database)] == ["good"]
    with engine.database.write() as session:
        session.execute(update(DeliveryCount).where(DeliveryCount.domain != "").values(count=DeliveryCount.count - 1))
    assert [each.verdict for each in counts(engine.database)] == ["wrong"]
    assert kept.recount(engine.database, engine.clock, issue_id=issue_id, by=OPERATOR) == 1
    assert [each.verdict for each in counts(engine.database)] == ["good"]


def test_the_deliveries_of_a_state_are_looked_for_where_the_counts_say_that_there_are_some(
    engine: Engine, issue_id: int
) -> None:
    with engine.database.read() as session:
        ids = list(session.scalars(select(Delivery.id).order_by(Delivery.id)))
    wanted = [ids[3], ids[4], ids[20]]
    move(engine.database, wanted, DeliveryState.BOUNCED)

    def listed(state: DeliveryState, after: int, limit: int) -> list[int]:
        return [row["id"] for row in listing(engine.database, issue_id=issue_id, state=state, after=after, limit=limit)]

    assert listed(DeliveryState.BOUNCED, 0, 10) == wanted
    assert listed(DeliveryState.BOUNCED, 0, 2) == wanted[:2]
    assert listed(DeliveryState.BOUNCED, wanted[0], 2) == wanted[1:]
    assert listed(DeliveryState.UNCERTAIN, 0, 10) == []
    with looking(engine.database, "deliveries") as looked:
        assert listed(DeliveryState.UNCERTAIN, 0, 10) == []
    assert looked[0] < 30 * 10, "no delivery is read to find none"


def move(database: Database, delivery_ids: list[int], wanted: DeliveryState) -> None:
    for delivery_id in delivery_ids:
        with database.write() as session:
            bounced.lock_delivery(session, delivery_id)
            now = session.scalars(select(Delivery.changed_at).where(Delivery.id == delivery_id)).one()
            bounced.move(session, delivery_id, wanted, now=now, code=550, status="5.1.1", reply="no")


def test_reports_that_come_while_an_issue_is_counted_anew_are_counted_once(engine: Engine, issue_id: int) -> None:
    with engine.database.read() as session:
        ids = list(session.scalars(select(Delivery.id).order_by(Delivery.id)))
    writers = [
        threading.Thread(target=move, args=(engine.database, ids[place::3], wanted))
        for place, wanted in enumerate((DeliveryState.BOUNCED, DeliveryState.COMPLAINED, DeliveryState.DELIVERED))
    ]
    for writer in writers:
        writer.start()
    for _ in range(5):
        kept.recount(engine.database, engine.clock, issue_id=issue_id, by=OPERATOR)
    for writer in writers:
        writer.join()
    agree(engine.database)


def test_what_a_transaction_moves_to_and_fro_is_written_once_and_nothing_is_left_of_it(
    engine: Engine, issue_id: int
) -> None:
    with engine.database.write() as session:
        ids = list(session.scalars(select(Delivery.id).order_by(Delivery.id).limit(3)))
        for state in (DeliveryState.BOUNCED, DeliveryState.SUBMITTED):
            with kept_counts.moving(session, ids):
                session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(state=state))
    with engine.database.read() as session:
        assert set(session.scalars(select(DeliveryCount.state))) == {DeliveryState.SUBMITTED}
