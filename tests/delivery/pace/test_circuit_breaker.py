"""The breaker of a way out: shut after a failure, tried by one batch, opened by its success."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.delivery.engine import Engine
from newsletter.delivery.pace.circuit_breaker import FIRST_WAIT, LONGEST_WAIT, TRIAL, Breaker, Entry, Gate
from newsletter.delivery.progress import progress
from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Envelope, Outcome
from newsletter.model import Batch
from newsletter.store.database import Database
from newsletter.transports.memory import MemoryTransport
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue


class Breaking(RuleBasedStateMachine):
    """Workers that ask, send, fail, succeed or die, in any order."""

    @initialize()
    def begin(self) -> None:
        self.clock = SettableClock()
        self.breaker = Breaker()
        self.out: list[Entry] = []
        self.trial_began = self.clock.now() - TRIAL

    @rule()
    def a_worker_asks(self) -> None:
        now = self.clock.now()
        before = self.breaker
        self.breaker, entry = before.ask(now)
        if entry is Entry.TRIAL:
            assert before.shut_until is not None and now >= before.shut_until
            self.trial_began = now
        if entry is Entry.FREE:
            assert before.failures == 0
        if entry is not Entry.SHUT:
            self.out.append(entry)

    @rule(data=st.data(), how=st.sampled_from(["worked", "failed", "untried", "died"]))
    def a_batch_ends(self, data: st.DataObject, how: str) -> None:
        if not self.out:
            return
        entry = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        now, before = self.clock.now(), self.breaker
        if how == "worked":
            self.breaker = before.worked(entry)
            assert self.breaker == (Breaker() if entry is Entry.TRIAL else before)
        elif how == "failed":
            self.breaker = before.failed(entry, now)
            if before.failures == 0 or entry is Entry.TRIAL:
                assert self.breaker.failures == before.failures + 1
                assert self.breaker.ask(now)[1] is Entry.SHUT
            else:
                assert self.breaker == before
        elif how == "untried":
            self.breaker = before.untried(entry, now)

    @rule(seconds=st.floats(0.1, 90))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def a_shut_way_opens_in_time(self) -> None:
        if self.breaker.failures:
            assert self.breaker.shut_until is not None
            later = self.clock.now() + max(LONGEST_WAIT, TRIAL)
            assert self.breaker.ask(later)[1] is Entry.TRIAL


TestBreaking = Breaking.TestCase
TestBreaking.settings = settings(max_examples=60, stateful_step_count=30)


def test_the_wait_doubles_up_to_a_minute(clock: SettableClock) -> None:
    breaker, waits = Breaker(), []
    for _ in range(7):
        breaker = breaker.failed(Entry.TRIAL, clock.now())
        assert breaker.shut_until is not None
        waits.append((breaker.shut_until - clock.now()).total_seconds())
    assert waits == [5, 10, 20, 40, 60, 60, 60]


def test_a_way_that_refuses_us_is_asked_less_and_less_at_least_every_half_hour(clock: SettableClock) -> None:
    breaker, waits = Breaker(), []
    for _ in range(7):
        breaker = breaker.failed(Entry.TRIAL, clock.now(), refused=True)
        assert breaker.shut_until is not None
        waits.append((breaker.shut_until - clock.now()).total_seconds() / 60)
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_only_one_of_all_workers_tries_and_its_success_opens_the_way_for_all(
    database: Database, clock: SettableClock
) -> None:
    here, there = (Gate(database, clock, "smtp") for _ in range(2))
    here.leave(here.enter(), worked=False, why="no route")
    clock.advance(1)  # each process looks once a second
    assert [here.enter(), there.enter()] == [Entry.SHUT, Entry.SHUT]
    clock.advance(FIRST_WAIT.total_seconds())
    assert [here.enter(), there.enter(), here.enter()] == [Entry.TRIAL, Entry.SHUT, Entry.SHUT]
    here.leave(Entry.TRIAL, worked=True)
    clock.advance(1)
    assert [here.enter(), there.enter()] == [Entry.FREE, Entry.FREE]


def test_a_trial_whose_worker_died_is_followed_by_another(database: Database, clock: SettableClock) -> None:
    here, there = (Gate(database, clock, "smtp") for _ in range(2))
    here.leave(here.enter(), worked=False, why="no route")
    clock.advance(10)
    assert here.enter() is Entry.TRIAL
    clock.advance(TRIAL.total_seconds() + 1)
    assert there.enter() is Entry.TRIAL


def test_a_later_moment_is_not_overruled_by_an_earlier_one(database: Database, clock: SettableClock) -> None:
    gate, now = Gate(database, clock, "smtp"), clock.now()
    gate.shut("gmail", until=now + timedelta(seconds=60), why="slow down")
    gate.shut("gmail", until=now + timedelta(seconds=5), why="again")
    assert gate.seconds("gmail") == 60
    assert gate.shut_parts() == {"gmail"}
    gate.open("gmail")
    assert gate.shut_parts() == set()


# End to end.


def begun(engine: Engine, readers: int = 30) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    add_issue(engine.database, engine.clock, publication)
    engine.tick()
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def rung(engine: Engine) -> int:
    """Take what waits in the queue; return how many bells."""
    queue = engine.queue.broker.queues["batches"]
    bells = queue.qsize()
    engine.queue.broker.flush("batches")
    return bells


def test_while_the_way_is_down_one_batch_tries_and_no_reader_is_consumed(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    offered: list[int] = []

    def down(envelope: Envelope) -> Outcome:
        offered.append(envelope.delivery_id)
        raise TransportError("connection refused", where="SMTP")

    batches = begun(engine)
    transport._script = down
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert len(offered) == 1, "the others are not even claimed"
    assert states(engine.database) == {"queued": 30}
    assert (
        "connection refused"
        in progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, "first", "daily")).waiting_why
    )
    rung(engine)
    engine.tick()
    assert rung(engine) == 0, "no bell is rung for a way that is shut"
    clock.advance(6)
    engine.tick()
    assert 0 < rung(engine) < 3
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert len(offered) == 2, "one tries"
    transport._script = None
    clock.advance(11)
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 30}


def test_after_the_trial_every_waiting_batch_is_rung_at_once(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    def down(envelope: Envelope) -> Outcome:
        raise TransportError("connection refused", where="SMTP")

    batches = begun(engine, 50)
    transport._script = down
    engine.sender.send_batch(batches[0])
    transport._script = None
    clock.advance(6)
    engine.tick()
    engine.sender.send_batch(batches[1])
    rung(engine)
    engine.tick()
    assert rung(engine) == 4


def test_a_trial_that_finds_nothing_to_claim_lets_the_next_one_try(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    def down(envelope: Envelope) -> Outcome:
        raise TransportError("connection refused", where="SMTP")

    batches = begun(engine)
    transport._script = down
    engine.sender.send_batch(batches[0])
    transport._script = lambda _: Accepted(250, "", "ok")
    clock.advance(6)
    engine.sender.send_batch(10**6)
    engine.sender.send_batch(batches[1])
    assert states(engine.database) == {"submitted": 10, "queued": 20}
