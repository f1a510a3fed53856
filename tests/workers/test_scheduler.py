"""The loop of the scheduler goes on whatever a round comes to, and gives its role up at the end."""

from __future__ import annotations

import threading

import pytest

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.engine import SCHEDULER, Engine
from newsletter.delivery.signs_of_life import signs
from newsletter.errors import QueueError, StoreError
from newsletter.model import Lease
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.memory import MemoryTransport
from tests.parts.engines import make_engine
from workers import scheduler


@pytest.fixture
def engine(sqlite_database: Database, clock: SettableClock, signer: Signer, tmp_path) -> Engine:
    """The engine of one process."""
    settings = Settings(data_dir=tmp_path, _env_file=None)
    return make_engine(settings, sqlite_database, clock, signer, MemoryTransport())


@pytest.mark.parametrize("trouble", [StoreError("the database is gone"), ValueError("a bug")])
def test_a_round_that_fails_is_followed_by_another(engine: Engine, trouble: Exception) -> None:
    ending, rounds = threading.Event(), []

    def step() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise trouble
        ending.set()

    scheduler.run(engine, ending, after=(step,), round_seconds=0)
    assert len(rounds) == 2


def test_at_the_end_the_next_one_need_not_wait(engine: Engine, clock: SettableClock) -> None:
    ending = threading.Event()
    scheduler.run(engine, ending, after=(ending.set,), round_seconds=0)
    with engine.database.read() as session:
        assert session.get_one(Lease, SCHEDULER).until == clock.now()


def test_who_does_not_lead_does_nothing_for_the_other_rooms(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.tick()
    monkeypatch.setattr("newsletter.delivery.engine.holder", lambda: "another host")
    ending, led = threading.Event(), []
    monkeypatch.setattr(Engine, "tick", lambda self, tick=Engine.tick: (tick(self), ending.set())[0])
    scheduler.run(engine, ending, after=(lambda: led.append(1),), round_seconds=0)
    assert led == []


def test_each_round_that_goes_well_is_a_sign_of_life_and_the_end_is_said(engine: Engine) -> None:
    ending, seen = threading.Event(), []

    def look() -> None:
        seen.append([sign.works for sign in signs(engine.database, clock=engine.clock)])
        if len(seen) == 2:
            ending.set()

    scheduler.run(engine, ending, after=(look,), round_seconds=0)
    assert seen == [[], [True]]
    [sign] = signs(engine.database, clock=engine.clock)
    assert (sign.role, sign.lives, sign.ended_at) == ("scheduler", False, engine.clock.now())


def test_a_round_that_fails_is_no_sign_of_life(engine: Engine) -> None:
    ending = threading.Event()

    def step() -> None:
        ending.set()
        raise StoreError("the database is gone")

    scheduler.run(engine, ending, after=(step,), round_seconds=0)
    assert signs(engine.database, clock=engine.clock) == []


def test_a_scheduler_whose_broker_is_away_says_that_it_cannot_work(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise QueueError("Redis does not answer", remedy="is it running?")

    monkeypatch.setattr(engine.queue, "check", away)
    ending = threading.Event()
    scheduler.run(engine, ending, after=(ending.set,), round_seconds=0)
    [sign] = signs(engine.database, clock=engine.clock)
    assert sign.trouble == "Redis does not answer; is it running?"
