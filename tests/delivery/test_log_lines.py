"""The log tells the way of an issue: planned, started, paused, resumed, sent, cancelled, by whom; and each breaker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from newsletter.clock import SettableClock
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome
from newsletter.model import Batch
from newsletter.model.rights import Right
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR, able
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}


@pytest.fixture
def planned(engine: Engine) -> Engine:
    """An issue for thirty readers, due now."""
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 30)
    add_issue(engine.database, engine.clock, publication)
    return engine


def batches(engine: Engine) -> list[int]:
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def test_the_way_of_an_issue_is_told_step_by_step_each_once_and_by_whom(planned: Engine) -> None:
    with capture_logs() as said:
        planned.tick()
        first, second, third = batches(planned)
        planned.sender.send_batch(first)
        Control(planned.database, planned.clock).pause(
            id_of_issue(planned.database, **ISSUE),
            why="the table of ada@example.org is wrong",
            by=able(Right.SEND, editor_id=3),
        )
        Control(planned.database, planned.clock).resume(id_of_issue(planned.database, **ISSUE), by=OPERATOR)
        planned.sender.send_batch(second)
        planned.sender.send_batch(third)
        planned.tick()
        planned.tick()
    told = [(line["event"], line.get("by")) for line in said if line["event"].startswith("issue ")]
    assert told == [
        ("issue planned", None),
        ("issue started", None),
        ("issue paused", "editor 3"),
        ("issue resumed", "operator"),
        ("issue sent", None),
    ]
    assert {line["issue_id"] for line in said if line["event"].startswith("issue ")} == {1}
    assert "@" not in str(said), "ids, never addresses"


def test_a_cancelled_issue_is_told_by_whom(planned: Engine) -> None:
    planned.tick()
    with capture_logs() as said:
        Control(planned.database, planned.clock).cancel(
            id_of_issue(planned.database, **ISSUE), by=able(Right.SEND, editor_id=7)
        )
    assert [(line["event"], line["by"]) for line in said] == [("issue cancelled", "editor 7")]


def test_a_breaker_is_told_when_it_opens_when_a_trial_fails_and_when_it_closes(
    engine: Engine, clock: SettableClock
) -> None:
    gate = engine.throttle.gate
    with capture_logs() as said:
        for words in ("connection refused", "connection refused", ""):
            with gate.passing() as passage:
                passage.failed(words) if words else setattr(passage, "worked", True)
            clock.advance(60)
        with gate.passing() as passage:
            passage.worked = True
    told = [(line["event"], line["part"]) for line in said]
    assert told == [("breaker opened", "way out"), ("trial failed", "way out"), ("breaker closed", "way out")]
    assert said[0]["why"] == "connection refused" and said[0]["until"].endswith("+00:00")


def test_a_brake_on_request_is_told_once_however_many_workers_hear_it(engine: Engine, clock: SettableClock) -> None:
    with capture_logs() as said:
        until = clock.now() + timedelta(seconds=30)
        for _ in range(3):
            engine.throttle.gate.shut("gmail", until=until, why="asked us to wait")
        engine.throttle.gate.open("gmail")
        engine.throttle.gate.open("gmail")
    assert [(line["event"], line["part"]) for line in said] == [
        ("breaker opened", "gmail"),
        ("breaker closed", "gmail"),
    ]


def test_a_pace_that_is_learned_is_told_with_its_group(
    planned: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    def script(envelope: Envelope) -> Outcome:
        return Deferred(421, "4.7.0", "too fast") if envelope.delivery_id % 2 else Accepted(250, "", "ok")

    transport._script = script
    planned.tick()
    with capture_logs() as said:
        planned.sender.send_batch(batches(planned)[0])
    [line] = [each for each in said if "pace" in each["event"]]
    assert line["group"] == "other" and line["rate"] > 0
