"""How far an issue is: counted from the rows, never from a cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from newsletter.clock import SettableClock
from newsletter.delivery import at_work
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import Progress, listing, progress
from newsletter.holder import holder
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome, Refused
from newsletter.model import Batch, Delivery, Publication
from newsletter.model.states import BatchState, DeliveryState
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.kept_counts import put
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}


def begun(engine: Engine, readers: int = 30) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    add_issue(engine.database, engine.clock, publication)
    engine.tick()
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def seen(engine: Engine) -> Progress:
    return progress(engine.database, clock=engine.clock, issue_id=id_of_issue(engine.database, **ISSUE))


def test_rate_and_time_left_follow_from_the_last_ten_seconds(engine: Engine, clock: SettableClock) -> None:
    first, second, third = begun(engine)
    assert (seen(engine).rate_per_second, seen(engine).eta_seconds, seen(engine).left) == (0.0, None, 30)
    clock.advance(5)
    engine.sender.send_batch(first)
    assert (seen(engine).rate_per_second, seen(engine).eta_seconds) == (2.0, 10)
    clock.advance(8)
    engine.sender.send_batch(second)
    assert (seen(engine).rate_per_second, seen(engine).eta_seconds, seen(engine).left) == (2.0, 5, 10)
    clock.advance(11)
    assert (seen(engine).rate_per_second, seen(engine).eta_seconds) == (0.0, None), "it stands still"
    engine.sender.send_batch(third)
    engine.tick()
    found = seen(engine)
    assert (found.state, found.left, found.share_done, found.eta_seconds) == ("sent", 0, 1.0, None)
    assert found.finished_at == clock.now()


def test_counts_are_those_of_the_rows_whoever_wrote_them(engine: Engine) -> None:
    begun(engine)
    for number, state in enumerate(DeliveryState):
        with engine.database.write() as session:
            low = session.scalars(select(Delivery.id).order_by(Delivery.id).offset(number).limit(1)).one()
            put(session, Delivery.id == low, state=state)
            session.execute(update(Batch).values(state=BatchState.CLAIMED))
    found = seen(engine)
    assert found.total == sum(found.counts.values()) == found.candidates == 30
    assert {state for state, count in found.counts.items() if count} == set(DeliveryState)
    assert found.left == sum(
        found.counts[s] for s in (DeliveryState.QUEUED, DeliveryState.SUBMITTING, DeliveryState.DEFERRED)
    )


def test_a_deferred_delivery_keeps_an_issue_from_being_sent(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    answers: list[Outcome] = [Deferred(451, "4.3.0", "later"), Accepted(250, "", "ok"), Refused(550, "5.1.1", "no")]

    def script(envelope: Envelope) -> Outcome:
        return answers.pop(0) if answers else Accepted(250, "", "ok")

    [batch] = begun(engine, 3)
    transport._script = script
    engine.sender.send_batch(batch)
    engine.tick()
    assert (seen(engine).state, seen(engine).left) == ("sending", 1)
    clock.advance(200)
    engine.sender.send_batch(batch)
    engine.tick()
    assert (seen(engine).state, seen(engine).left) == ("sent", 0)
    rows = listing(engine.database, issue_id=id_of_issue(engine.database, **ISSUE))
    assert sorted((row["state"], row["attempts"]) for row in rows) == [
        ("rejected", 1),
        ("submitted", 1),
        ("submitted", 2),
    ]


def test_a_listing_goes_on_where_the_page_before_ended(engine: Engine) -> None:
    begun(engine)
    pages, after = [], 0
    while page := listing(engine.database, issue_id=id_of_issue(engine.database, **ISSUE), after=after, limit=7):
        pages.append([row["id"] for row in page])
        after = page[-1]["id"]
    assert [len(page) for page in pages] == [7, 7, 7, 7, 2]
    assert len({i for page in pages for i in page}) == 30
    assert listing(engine.database, issue_id=id_of_issue(engine.database, **ISSUE), state=DeliveryState.REJECTED) == []


@pytest.mark.parametrize(("seconds", "why"), [(60, "smtp.example asked us to wait"), (0, "")])
def test_what_holds_messages_back_is_said_while_it_does(
    engine: Engine, clock: SettableClock, seconds: int, why: str
) -> None:
    begun(engine)
    engine.throttle.gate.shut("asked", until=clock.now() + timedelta(seconds=seconds), why=why)
    assert seen(engine).waiting_why.startswith(why)
    assert bool(seen(engine).waiting_why) == bool(why)
    Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), why="a mistake", by=OPERATOR)
    assert (seen(engine).waiting_why, seen(engine).paused_why) == ("", "a mistake")


def test_deferred_readers_are_told_with_the_moment_of_the_next_try(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    def script(envelope: Envelope) -> Outcome:
        return Deferred(451, "4.3.0", "later") if envelope.delivery_id % 5 == 0 else Accepted(250, "", "ok")

    transport._script = script
    batches = begun(engine, 20)
    assert seen(engine).waiting_why == "", "its batches may go at once"
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert seen(engine).waiting_why.startswith(
        "4 are to be tried again, as their servers asked; the next ones at 2026-01-01 08:0"
    )
    transport._script = None
    clock.advance(7200)
    engine.tick()
    assert "to be tried again" not in seen(engine).waiting_why, "their moment has come"


def test_batches_that_no_worker_takes_are_told_after_a_minute(engine: Engine, clock: SettableClock) -> None:
    first, second, _ = begun(engine)
    clock.advance(59)
    engine.tick()
    assert seen(engine).waiting_why == ""
    clock.advance(2)
    engine.tick()
    assert seen(engine).waiting_why.startswith(
        "no worker has taken a batch for a minute: see that `newsletter worker` runs"
    )
    engine.sender.send_batch(first)
    assert seen(engine).waiting_why == "", "one is at work"
    clock.advance(50)
    engine.tick()
    with engine.claims.keeping(engine.claims.claim(second)):
        clock.advance(30)
        engine.tick()
        assert seen(engine).waiting_why == "", "it has a long one"


def test_workers_that_are_busy_with_another_issue_are_at_work(engine: Engine, clock: SettableClock) -> None:
    [other] = begun(engine, 5)
    with engine.database.read() as session:
        publication = session.scalars(select(Publication)).one()
    add_issue(engine.database, clock, publication, "second")
    engine.tick()
    clock.advance(90)
    engine.tick()
    found = [
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, slug, "daily"))
        for slug in ("first", "second")
    ]
    assert all("no worker" in each.waiting_why for each in found)
    assert engine.claims.claim(other)
    assert (
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, "second", "daily")).waiting_why
        == ""
    )


def test_an_issue_that_no_scheduler_takes_up_is_told(engine: Engine, clock: SettableClock) -> None:
    publication = add_publication(engine.database, clock)
    add_readers(engine.database, clock, publication, 5)
    add_issue(engine.database, clock, publication)
    assert seen(engine).waiting_why == ""
    clock.advance(61)
    assert "no scheduler has been at work for a minute" in seen(engine).waiting_why
    engine.tick()
    assert seen(engine).waiting_why == ""
    clock.advance(90)
    assert "no scheduler has been at work for a minute" in seen(engine).waiting_why


def test_what_is_held_back_on_purpose_is_not_called_unattended(engine: Engine, clock: SettableClock) -> None:
    begun(engine)
    engine.throttle.gate.shut("asked", until=clock.now() + timedelta(hours=1), why="slowly")
    clock.advance(120)
    engine.tick()
    assert seen(engine).waiting_why.startswith("slowly")
    Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    assert seen(engine).waiting_why == ""


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0.0, ""), (0.3, "0.3 a second"), (1.0, "1 a second"), (2.5, "2.5 a second"), (12345.6, "12,346 a second")],
)
def test_a_slow_pace_is_not_shown_as_none(engine: Engine, rate: float, words: str) -> None:
    begun(engine)
    assert replace(seen(engine), rate_per_second=rate).pace == words


def test_it_is_said_who_plans_and_who_sends(engine: Engine, clock: SettableClock) -> None:
    for batch_id in begun(engine)[:2]:
        assert engine.claims.claim(batch_id)
    held = at_work.scheduler(engine.database)
    assert held is not None
    assert (held.holder, held.gone) == (":".join(holder().split(":")[:3]), False)
    [mine] = at_work.batches(engine.database, issue_id=id_of_issue(engine.database, "first", "daily"))
    assert str(mine) == f"2 batches by {held.holder}, until {clock.now() + timedelta(seconds=60):%Y-%m-%d %H:%M:%S} UTC"
    with engine.database.write() as session:
        session.execute(update(Batch).values(holder=holder()[:-1] + "x"))
    assert [each.gone for each in at_work.batches(engine.database)] == [False], "of another release nothing is known"
