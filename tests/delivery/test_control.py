"""Pause, resume, cancel, and the whole round of the scheduler."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import func, select

from newsletter.clock import SettableClock
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import progress
from newsletter.errors import ConflictError, NotFoundError, StoreError
from newsletter.mail.envelope import Accepted, Envelope, Outcome
from newsletter.model import Batch, Issue, PlanRecord
from newsletter.queue import connect
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import rewired
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}


def begun(engine: Engine, readers: int = 30) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    add_issue(engine.database, engine.clock, publication)
    assert engine.tick()
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def test_an_issue_goes_from_scheduled_to_sent_by_the_rounds_of_the_scheduler(engine: Engine) -> None:
    batches = begun(engine)
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    engine.tick()
    found = progress(engine.database, clock=engine.clock, issue_id=id_of_issue(engine.database, **ISSUE))
    assert (found.state, found.total, found.left, found.share_done) == ("sent", 30, 0, 1.0)
    assert found.as_dict()["counts"]["submitted"] == 30


def test_an_issue_without_readers_is_sent_at_once(engine: Engine) -> None:
    add_issue(engine.database, engine.clock, add_publication(engine.database, engine.clock))
    engine.tick()
    assert progress(engine.database, clock=engine.clock, issue_id=id_of_issue(engine.database, **ISSUE)).state == "sent"


def test_a_paused_issue_hands_over_nothing_until_it_is_resumed(engine: Engine, transport: MemoryTransport) -> None:
    batches = begun(engine)
    engine.sender.send_batch(batches[0])
    Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    engine.tick()
    assert len(transport.envelopes) == 10
    Control(engine.database, engine.clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 30}


def test_a_pause_in_the_middle_of_a_batch_stops_after_the_message_on_the_wire(
    engine: Engine, transport: MemoryTransport
) -> None:
    batches = begun(engine)

    def script(envelope: Envelope) -> Outcome:
        if len(transport.envelopes) == 3:
            Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
            engine.claims.beat()
        return Accepted(250, "", "ok")

    transport._script = script
    engine.sender.send_batch(batches[0])
    assert states(engine.database) == {"submitted": 4, "queued": 26}


def test_a_cancelled_issue_skips_who_has_not_got_it(engine: Engine) -> None:
    batches = begun(engine)
    engine.sender.send_batch(batches[0])
    Control(engine.database, engine.clock).cancel(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    engine.tick()
    assert states(engine.database) == {"submitted": 10, "skipped": 20}
    assert (
        progress(engine.database, clock=engine.clock, issue_id=id_of_issue(engine.database, **ISSUE)).state
        == "cancelled"
    )


def move(engine: Engine, verb: str, slug: str) -> None:
    if verb == "pause":
        Control(engine.database, engine.clock).pause(id_of_issue(engine.database, slug, "daily"), by=OPERATOR)
    else:
        Control(engine.database, engine.clock).resume(id_of_issue(engine.database, slug, "daily"), by=OPERATOR)


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_move_the_state_does_not_allow_says_what_is_allowed(engine: Engine, verb: str) -> None:
    publication = add_publication(engine.database, engine.clock)
    add_issue(engine.database, engine.clock, publication)
    with pytest.raises(ConflictError):
        move(engine, verb, "first")
    with pytest.raises(NotFoundError):
        move(engine, verb, "none")


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_whoever_holds_or_resumes_an_issue_that_is_sent_is_told_what_is_so_and_what_can_be_done(
    engine: Engine, verb: str
) -> None:
    for batch_id in begun(engine):
        engine.sender.send_batch(batch_id)
    engine.tick()
    with pytest.raises(ConflictError) as caught:
        move(engine, verb, "first")
    assert "is sent" in caught.value.what
    assert caught.value.remedy == (
        "it has gone out and cannot be held or called back: put a correction into a new issue; "
        "`newsletter issue resend` reaches those who never got it"
    )


def test_only_one_of_two_schedulers_works_and_the_other_takes_over(
    engine: Engine, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine.tick()
    monkeypatch.setattr("newsletter.delivery.engine.holder", lambda: "another host")
    assert not engine.tick()
    clock.advance(11)
    assert engine.tick()


def test_a_scheduler_whose_lease_is_lost_in_the_middle_leaves_the_rest_of_its_round_to_the_other(
    engine: Engine, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_readers(engine.database, clock, publication := add_publication(engine.database, clock), 30)
    add_issue(engine.database, clock, publication)
    other = rewired(engine, queue=connect(""))
    name, done = ["this host"], []
    monkeypatch.setattr("newsletter.delivery.engine.holder", lambda: name[0])

    def plan_for_long() -> None:
        clock.advance(11)
        name[0] = "the other"
        assert other.tick()
        name[0] = "this host"
        Engine._plan(engine)

    object.__setattr__(engine, "_plan", plan_for_long)
    object.__setattr__(engine, "_resend", lambda: done.append("resend"))
    object.__setattr__(engine, "_ring_batches", lambda: done.append("ring"))
    assert not engine.tick()
    assert done == []
    assert states(engine.database) == {"queued": 30}
    assert other.queue.broker.queues["batches"].qsize() == 3, "the other rang"


def test_two_schedulers_at_once_plan_ring_and_finish_each_issue_once(
    engine: Engine, transport: MemoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 30)
    for slug in ("first", "second", "third"):
        add_issue(engine.database, engine.clock, publication, slug)
    # the worst case: each believes to be the only one, all the time
    monkeypatch.setattr(Engine, "_leads", lambda _: True)
    others = [rewired(engine, queue=connect("")) for _ in range(3)]

    def rounds(each: Engine) -> None:
        for _ in range(6):
            each.tick()
            with each.database.read() as session:
                waiting = list(session.scalars(select(Batch.id).where(Batch.state == "waiting")))
            for batch_id in waiting:
                each.sender.send_batch(batch_id)

    # a batch that waits for another's first try is given back for a second; time goes by only while nobody sends
    with ThreadPoolExecutor(3) as threads:
        for _ in range(20):
            list(threads.map(rounds, others))
            if states(engine.database) == {"submitted": 90}:
                break
            engine.clock.sleep(2)
    assert states(engine.database) == {"submitted": 90}
    engine.tick()
    assert len({(e.rcpt_to, e.mail_from) for e in transport.envelopes}) == len(transport.envelopes) == 90
    with engine.database.read() as session:
        assert set(session.scalars(select(Issue.state))) == {"sent"}
        assert session.scalar(select(func.count()).select_from(PlanRecord)) == 3


def test_a_worker_that_is_ending_claims_nothing_more(engine: Engine) -> None:
    batches = begun(engine)
    engine.claims.end()
    engine.sender.send_batch(batches[0])
    assert states(engine.database) == {"queued": 30}


def test_a_ring_that_was_lost_is_rung_again(engine: Engine, clock: SettableClock) -> None:
    begun(engine)
    queue = engine.queue.broker.queues["batches"]
    assert queue.qsize() == 3
    engine.queue.broker.flush("batches")
    engine.tick()
    assert queue.qsize() == 0, "just rung: patience"
    clock.advance(11)
    engine.tick()
    assert queue.qsize() == 3


@pytest.mark.parametrize("trouble", [StoreError("locked"), ValueError("a bug")])
@pytest.mark.parametrize("bad", [0, 4, 9])
def test_a_step_that_fails_keeps_no_other_from_its_turn(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, bad: int, trouble: Exception
) -> None:
    done: list[int] = []

    def step(number: int) -> None:
        done.append(number)
        if number == bad:
            raise trouble

    steps = tuple(partial(step, number) for number in range(len(engine._steps())))
    monkeypatch.setattr(Engine, "_steps", lambda _: steps)
    assert engine.tick()
    assert done == list(range(len(steps)))


def test_the_steps_of_a_round_are_as_many_as_the_things_that_may_fail_by_themselves(engine: Engine) -> None:
    names = [step.__name__.lstrip("_") for step in engine._steps()]
    assert names.index("plan") < names.index("ring_batches") < names.index("finish")
    assert {"sweep_journals", "take_back_expired", "resend", "drop_cancelled", "ring_notices"} <= set(names)
