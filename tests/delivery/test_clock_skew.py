"""A clock that was a day ahead, or a day behind, holds nothing up once it is right; and nobody gets an issue twice for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from newsletter.clock import SettableClock
from newsletter.delivery import clock_skew, planning
from newsletter.delivery.engine import SCHEDULER, Engine
from newsletter.errors import TransportError
from newsletter.mail.envelope import Deferred, Envelope, Outcome
from newsletter.model import Batch, Brake, Delivery, Lease, Notice, SignUp
from newsletter.model.states import BatchState, NoticeState
from newsletter.store.delivery import leases
from newsletter.transports.memory import MemoryTransport
from tests.delivery.test_recovery import die_after, planned, run_and_die
from tests.parts.engines import rewired
from tests.parts.kept_counts import put
from tests.parts.ledger import add_issue, add_publication, add_readers, states

DAYS = [1, -1]
SOON = 4 * 60
"""Seconds after which all is on its way again: two leases, and two looks."""


@contextmanager
def wrong(clock: SettableClock, days: int) -> Iterator[None]:
    """The clock is off by so many days meanwhile; time itself goes on as it does."""
    clock._now += timedelta(days=days)
    try:
        yield
    finally:
        clock._now -= timedelta(days=days)


def work(engine: Engine, clock: SettableClock, seconds: int) -> None:
    """Do rounds of the scheduler, and send what is rung for, for so long."""
    for _ in range(seconds // 10):
        engine.tick()
        with engine.database.read() as session:
            rung = session.scalars(select(Batch.id).where(Batch.rung_at.is_not(None))).all()
        for batch_id in rung:
            engine.sender.send_batch(batch_id)
        clock.advance(10)


def assert_everybody_got_it_once(engine: Engine, transport: MemoryTransport, readers: int = 10) -> None:
    assert states(engine.database) == {"submitted": readers}
    assert len({e.rcpt_to for e in transport.envelopes}) == readers == len(transport.envelopes)


@pytest.mark.parametrize("days", DAYS)
def test_the_lease_of_a_scheduler_whose_clock_was_wrong_is_void(
    engine: Engine, clock: SettableClock, transport: MemoryTransport, days: int
) -> None:
    planned(engine)
    with wrong(clock, days), engine.database.write() as session:
        now = clock.now()
        assert leases.hold(session, SCHEDULER, "elsewhere:1:2", now, now + timedelta(seconds=10))
    work(engine, clock, 20)
    assert_everybody_got_it_once(engine, transport)


def test_a_lease_of_a_host_whose_clock_is_a_little_ahead_is_kept(engine: Engine, clock: SettableClock) -> None:
    with engine.database.write() as session:
        session.add(Lease(name=SCHEDULER, holder="elsewhere:1:2", until=clock.now() + timedelta(seconds=19)))
    assert not engine.tick()
    with engine.database.write() as session:
        session.execute(update(Lease).values(until=clock.now() + timedelta(seconds=21)))
    assert engine.tick()


@pytest.mark.parametrize("days", DAYS)
@pytest.mark.parametrize("journal", ["found", "lost"])
def test_a_batch_whose_worker_died_with_a_wrong_clock_goes_on(
    engine: Engine, clock: SettableClock, transport: MemoryTransport, days: int, journal: str
) -> None:
    batch_id = planned(engine)
    die_after(transport, 4)
    with wrong(clock, days), engine.database.write() as session:
        session.execute(update(Batch).values(due_at=clock.now()))
    with wrong(clock, days):
        run_and_die(engine, batch_id)
    transport._script = None
    if journal == "lost":
        for path in engine.settings.journal.iterdir():
            path.unlink()
    work(engine, clock, SOON)
    # What was accepted and not witnessed stays in doubt, as after any kill.
    left = {"submitted": 9, "uncertain": 1} if journal == "found" else {"uncertain": 10}
    assert states(engine.database) == left
    assert len({e.rcpt_to for e in transport.envelopes}) == len(transport.envelopes)


def test_the_lease_of_a_living_worker_whose_clock_is_ahead_is_left_to_it(
    engine: Engine, clock: SettableClock, transport: MemoryTransport
) -> None:
    claim = engine.claims.claim(planned(engine))
    assert claim is not None
    engine.claims._held[claim.batch.id] = claim
    for _ in range(20):
        with wrong(clock, 1):
            engine.claims.beat()
        assert engine.sweeper.take_back_expired() == 0
        clock.advance(10)
    assert not claim.stopped
    with engine.database.read() as session:
        assert session.scalars(select(Batch.state)).one() == BatchState.CLAIMED
    taken = []
    for _ in range(8):  # now it renews no more
        taken.append(engine.sweeper.take_back_expired())
        clock.advance(10)
    assert sum(taken) == 1


@pytest.mark.parametrize("days", DAYS)
def test_a_bell_that_was_rung_with_a_wrong_clock_is_rung_again(
    engine: Engine, clock: SettableClock, transport: MemoryTransport, days: int
) -> None:
    planned(engine)
    with wrong(clock, days), engine.database.write() as session:
        session.execute(update(Batch).values(rung_at=clock.now()))  # and lost by the broker
    engine.tick()
    clock.advance(31)
    work(engine, clock, 60)
    assert_everybody_got_it_once(engine, transport)


@pytest.mark.parametrize("days", DAYS)
def test_a_reader_who_was_deferred_while_the_clock_was_wrong_waits_no_day(
    engine: Engine, clock: SettableClock, transport: MemoryTransport, days: int
) -> None:
    batch_id = planned(engine)
    transport._script = lambda _: Deferred(450, "4.2.0", "later")
    with wrong(clock, days), engine.database.write() as session:
        session.execute(update(Batch).values(due_at=clock.now()))
    with wrong(clock, days):
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"deferred": 10}
    transport._script = None
    work(engine, clock, SOON)
    assert_everybody_got_it_once(engine, transport)


@pytest.mark.parametrize("days", DAYS)
def test_an_issue_that_was_planned_while_the_clock_was_wrong_goes_out(
    engine: Engine, clock: SettableClock, transport: MemoryTransport, days: int
) -> None:
    publication = add_publication(engine.database, clock)
    add_readers(engine.database, clock, publication, 10)
    with wrong(clock, days):
        add_issue(engine.database, clock, publication)
        planning.plan_due(engine.database, clock=clock, batch_size=10)
    work(engine, clock, SOON)
    assert_everybody_got_it_once(engine, transport)


@pytest.mark.parametrize("days", DAYS)
def test_a_way_that_failed_while_the_clock_was_wrong_is_tried_again(
    engine: Engine, clock: SettableClock, transport: MemoryTransport, days: int
) -> None:
    def down(_: Envelope) -> Outcome:
        raise TransportError("nobody there")

    batch_id = planned(engine)
    transport._script = down
    with wrong(clock, days), engine.database.write() as session:
        session.execute(update(Batch).values(due_at=clock.now()))
    with wrong(clock, days):
        engine.sender.send_batch(batch_id)
    with engine.database.read() as session:
        assert session.scalars(select(Brake.failures)).all() == [1]
    transport._script = None
    work(engine, clock, SOON)
    assert_everybody_got_it_once(engine, transport)


def test_a_days_allowance_that_was_used_up_on_a_wrong_day_holds_nothing_back_today(
    engine: Engine, clock: SettableClock, transport: MemoryTransport
) -> None:
    limited = rewired(engine, settings=engine.settings.model_copy(update={"messages_per_day": 10}))
    planned(limited, 10)
    with wrong(clock, 1):
        limited.throttle.way[0].draw(11)
    work(limited, clock, SOON)
    assert_everybody_got_it_once(limited, transport)


@pytest.mark.parametrize("state", [NoticeState.QUEUED, NoticeState.SUBMITTING])
def test_a_mail_that_is_owed_to_one_person_waits_no_day(
    engine: Engine, clock: SettableClock, transport: MemoryTransport, state: NoticeState
) -> None:
    publication = add_publication(engine.database, clock)
    with engine.database.write() as session:
        notice = Notice(
            kind="confirm",
            publication_id=publication.id,
            to_address="ada@readers.example",
            subject="s",
            text="t",
            html="<p>t</p>",
            state=state,
            next_attempt_at=clock.now() + timedelta(days=1),
            created_at=clock.now(),
        )
        session.add(notice)
        session.flush()
        notice_id = notice.id
    engine.tick()
    engine.notice_sender.send_notice(notice_id)
    assert [e.rcpt_to for e in transport.envelopes] == ["ada@readers.example"]


def test_a_sign_up_is_answered_the_same_day(engine: Engine, clock: SettableClock) -> None:
    publication = add_publication(engine.database, clock)
    with engine.database.write() as session:
        late = clock.now() + timedelta(days=1, seconds=30)
        given = {"address": "ada@readers.example", "name": "", "ip": "", "wording": "w", "place": "p"}
        session.add(SignUp(publication_id=publication.id, at=late, due_at=late, **given))
    engine.tick()
    with engine.database.read() as session:
        assert session.scalars(select(SignUp.due_at)).one() == clock.now()


def test_what_waits_as_long_as_it_may_is_left_alone(engine: Engine, clock: SettableClock) -> None:
    planned(engine)
    until = clock.now() + engine.clock_skew.longest
    with engine.database.write() as session:
        session.execute(update(Batch).values(due_at=until, rung_at=clock.now() + clock_skew.TOLERATED))
        put(session, state="deferred", next_attempt_at=until)
        session.add(Brake(transport="memory", part="asked", shut_until=until, why="a week", changed_at=clock.now()))
    assert engine.clock_skew.mend() == {}
    with engine.database.read() as session:
        assert set(session.scalars(select(Delivery.next_attempt_at))) == {until}


def test_it_is_told_what_a_wrong_clock_held_up(engine: Engine, clock: SettableClock) -> None:
    planned(engine)
    with engine.database.write() as session:
        session.execute(update(Batch).values(due_at=clock.now() + timedelta(days=1)))
    assert engine.clock_skew.mend() == {"batches": 1}
    assert engine.clock_skew.mend() == {}, "it looks each half minute"


def test_after_a_kill_nobody_waits_for_the_lease_of_the_dead(engine: Engine, clock: SettableClock) -> None:
    script = "from newsletter.holder import holder; print(holder())"
    dead = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()
    with engine.database.write() as session:
        session.add(Lease(name=SCHEDULER, holder=dead, until=clock.now() + timedelta(seconds=9)))
    assert engine.tick()
