"""A process that cannot work says so, tries again after growing pauses, and keeps nothing from others meanwhile."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from newsletter.clock import SettableClock, SystemClock
from newsletter.delivery.clock_skew import see_clock
from newsletter.delivery.engine import Engine
from newsletter.delivery.fitness import LONGEST_PAUSE, LOOK_EVERY, Fitness, FitnessCheck
from newsletter.delivery.stepping_aside import JOURNAL, WAY
from newsletter.errors import UnavailableError
from newsletter.journal.lines import Lines
from newsletter.mail.envelope import Accepted, Envelope, Outcome
from newsletter.model import Batch, Brake
from newsletter.model.states import BatchState
from newsletter.store.database import Database
from newsletter.transports.base import OutOfReach
from newsletter.transports.memory import MemoryTransport
from newsletter.transports.smtp import SmtpTransport
from tests.delivery.test_recovery import planned
from tests.parts.engines import rewired
from tests.parts.ledger import states

FULL = OSError(28, "No space left on device")


class Thing:
    """Something to look at, which counts how often it was."""

    def __init__(self) -> None:
        self.wrong = False
        self.looks = 0

    def ask(self) -> None:
        self.looks += 1
        if self.wrong:
            raise UnavailableError("it is broken", where="a thing", remedy="mend it")


@pytest.fixture
def thing() -> Thing:
    return Thing()


@pytest.fixture
def fitness(clock: SettableClock, thing: Thing) -> Fitness:
    return Fitness(clock, {"thing": FitnessCheck(thing.ask)})


def test_one_that_is_well_looks_now_and_then(fitness: Fitness, thing: Thing, clock: SettableClock) -> None:
    assert all(fitness.able() for _ in range(100))
    assert thing.looks == 1
    clock.advance(LOOK_EVERY)
    assert fitness.able()
    assert (thing.looks, fitness.trouble) == (2, "")


def test_one_that_is_not_looks_after_pauses_that_grow_to_a_minute(
    fitness: Fitness, thing: Thing, clock: SettableClock
) -> None:
    thing.wrong, moments = True, []
    for _ in range(400):
        before = thing.looks
        assert not fitness.able()
        if thing.looks > before:
            moments.append(clock.monotonic())
        clock.advance(1)
    pauses = [round(later - earlier) for earlier, later in pairwise(moments)]
    assert pauses[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(pauses[7:]) == {round(LONGEST_PAUSE)}
    assert fitness.trouble == "a thing: it is broken (mend it)"


def test_a_trouble_is_said_when_it_begins_once_a_minute_and_when_it_ends(
    fitness: Fitness, thing: Thing, clock: SettableClock
) -> None:
    thing.wrong = True
    with capture_logs() as said:
        for _ in range(300):
            fitness.able()
            clock.advance(1)
        thing.wrong = False
        clock.advance(LONGEST_PAUSE)
        assert fitness.able()
    events = [line["event"] for line in said]
    assert events[0] == "this process cannot work and leaves it to others"
    assert events[-1] == "this process can work again"
    assert 3 <= len(events[1:-1]) <= 5
    assert set(events[1:-1]) == {"this process still cannot work"}


def test_what_one_issue_meets_keeps_no_other_from_being_sent(fitness: Fitness, clock: SettableClock) -> None:
    fitness.met("key of news.example", UnavailableError("no key"))
    assert fitness.able()
    assert not fitness.able_to("key of news.example")
    assert fitness.able_to("key of other.example")
    clock.advance(1)
    assert fitness.able_to("key of news.example"), "and it is tried again"
    fitness.well("key of news.example")
    assert (fitness.trouble, fitness.particular) == ("", False)


def batch(engine: Engine) -> Batch:
    with engine.database.read() as session:
        return session.scalars(select(Batch)).one()


def claimed(engine: Engine) -> tuple[int, BatchState]:
    """How often a batch was claimed, and how it stands."""
    return batch(engine).fence, batch(engine).state


def test_without_a_journal_nothing_is_claimed_and_the_bell_is_rung_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = planned(engine)
    engine.tick()
    assert batch(engine).rung_at is not None
    with monkeypatch.context() as patch:
        patch.setattr("os.posix_fallocate", lambda *_: (_ for _ in ()).throw(FULL))
        engine.sender.send_batch(batch_id)
    assert claimed(engine) == (0, BatchState.WAITING)
    assert batch(engine).rung_at is None, "so that others hear it at once"
    assert "cannot write" in engine.fitness.why(JOURNAL)
    engine.sender.send_batch(batch_id)
    assert claimed(engine) == (0, BatchState.WAITING), "it rests"


def test_a_disk_that_is_full_in_the_middle_gives_back_at_once_what_was_not_begun(
    engine: Engine, transport: MemoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = planned(engine)
    room = iter([None] * 4)

    def no_more(self: Lines) -> None:
        with self.told():
            if next(room, FULL):
                raise FULL

    monkeypatch.setattr(Lines, "make_room", no_more)
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 4, "queued": 6}
    assert claimed(engine) == (1, BatchState.WAITING)
    assert batch(engine).due_at <= engine.clock.now()
    assert len(transport.envelopes) == 4


def test_what_fails_after_the_claim_for_a_reason_nobody_foresaw_is_settled_and_let_go_at_once(
    engine: Engine, transport: MemoryTransport
) -> None:
    batch_id, seen = planned(engine), []

    def script(envelope: Envelope) -> Outcome:
        seen.append(envelope)
        if len(seen) > 4:
            raise ValueError("a bug")
        return Accepted(250, "2.0.0", "ok")

    transport._script = script
    with pytest.raises(ValueError, match="a bug"):
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 4, "uncertain": 1, "queued": 5}
    assert claimed(engine) == (1, BatchState.WAITING)
    assert "a bug" in engine.fitness.trouble
    engine.sender.send_batch(batch_id)
    assert claimed(engine) == (1, BatchState.WAITING), "this edition is left to others for a while"


def test_a_machine_without_a_name_server_leaves_the_way_open_to_others(
    engine: Engine, transport: MemoryTransport
) -> None:
    batch_id = planned(engine)

    def nowhere(_: Envelope) -> Outcome:
        raise OutOfReach("no address is found", where="SMTP", remedy="see to the name server")

    transport._script = nowhere
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"queued": 10}
    assert (claimed(engine), batch(engine).due_at <= engine.clock.now()) == ((1, BatchState.WAITING), True)
    with engine.database.read() as session:
        assert [brake for brake in session.scalars(select(Brake)) if brake.failures] == []
    assert "no address is found" in engine.fitness.why(WAY)


def test_a_name_that_leads_nowhere_is_told_with_its_remedy() -> None:
    transport = SmtpTransport.from_url("smtp://mail.nowhere.invalid:25?tls=none")
    with pytest.raises(OutOfReach, match=r"mail\.nowhere\.invalid") as told:
        transport.find()
    assert "name server" in told.value.remedy
    SmtpTransport.from_url("smtp://127.0.0.1:1?tls=none").find()
    transport.close()


class Off(SystemClock):
    """A clock that is wrong by so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.by = timedelta(seconds=seconds)

    def now(self):
        return super().now() + self.by


@pytest.mark.parametrize(
    ("seconds", "lease", "side"),
    [(86_400, 60, "ahead of"), (-86_400, 60, "behind"), (31, 600, "ahead of"), (4, 5, "ahead of"), (-4, 5, "behind")],
)
def test_a_clock_that_differs_from_the_databases_is_in_the_way(
    postgres_database: Database, seconds: float, lease: float, side: str
) -> None:
    with pytest.raises(UnavailableError, match=side):
        see_clock(postgres_database, Off(seconds), timedelta(seconds=lease))


def test_a_clock_that_is_nearly_right_is_not_and_on_sqlite_there_is_no_other(
    postgres_database: Database, sqlite_database: Database
) -> None:
    see_clock(postgres_database, Off(20), timedelta(seconds=60))
    see_clock(sqlite_database, Off(86_400), timedelta(seconds=60))


def test_who_has_a_wrong_clock_does_not_lead(postgres_database: Database, engine: Engine, tmp_path: Path) -> None:
    assert not rewired(engine, database=postgres_database, clock=Off(86_400)).tick()
    assert rewired(engine, database=postgres_database, clock=SystemClock()).tick()
