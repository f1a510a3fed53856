"""Each worker and scheduler gives signs of life to the ledger: few writes, trouble at once, and nothing of the dead stays."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from newsletter import __version__
from newsletter.clock import SettableClock
from newsletter.delivery import signs_of_life
from newsletter.delivery.engine import Engine
from newsletter.delivery.heartbeats import BEAT_SECONDS, FORGET_SECONDS, Pulse
from newsletter.delivery.signs_of_life import STALE, Sign, here, signs, summary
from newsletter.holder import this_process
from newsletter.model import Heartbeat
from newsletter.store.database import Database
from tests.delivery.test_progress import begun
from tests.parts.beating import add_sign, make_older, name_of_the_dead

DAY = 86_400


def only(database: Database, clock: SettableClock) -> Sign:
    [found] = signs(database, clock=clock)
    return found


def processes(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Heartbeat.process)))


def test_a_process_is_known_by_host_id_release_and_since_when(database: Database, clock: SettableClock) -> None:
    Pulse(database, clock, "worker").beat()
    found = only(database, clock)
    assert (found.process_id, found.version, found.role) == (os.getpid(), __version__, "worker")
    assert found.name == f"worker {found.host}:{os.getpid()}"
    assert (found.works, found.lives, found.standing, found.last_batch_at) == (True, True, "well", None)
    assert found.since == found.beat_at


def test_one_who_was_silent_too_long_does_not_count_until_the_next_sign(
    database: Database, clock: SettableClock
) -> None:
    pulse = Pulse(database, clock, "worker")
    pulse.beat()
    make_older(database, STALE.total_seconds() - 5)
    assert only(database, clock).works
    make_older(database, 10)
    found = only(database, clock)
    assert not found.lives
    assert found.standing.startswith("no sign since 20")
    clock.advance(BEAT_SECONDS)
    pulse.beat()
    assert only(database, clock).works


def test_the_ledger_is_written_to_once_in_a_few_seconds_and_at_once_when_trouble_comes_or_goes(
    database: Database, clock: SettableClock
) -> None:
    pulse, written = Pulse(database, clock, "scheduler"), []
    pulse.beat()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        written.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    for _ in range(20):
        pulse.beat()
    assert written == []
    pulse.beat("Redis does not answer")
    assert [statement for statement in written if statement.startswith("UPDATE heartbeats")] == written[-1:]
    found = only(database, clock)
    assert (found.lives, found.works, found.standing) == (True, False, "cannot work: Redis does not answer")
    pulse.beat()
    assert only(database, clock).works
    written.clear()
    clock.advance(BEAT_SECONDS)
    pulse.beat()
    assert sum(statement.startswith("UPDATE heartbeats") for statement in written) == 1


def test_a_worker_says_when_it_last_moved_a_batch(engine: Engine, clock: SettableClock) -> None:
    first, *_ = begun(engine)
    engine.worker_pulse.beat()
    assert summary(signs(engine.database, clock=clock), "worker") == "1 at work"
    engine.sender.send_batch(first)
    clock.advance(40)
    engine.worker_pulse.beat()
    found = only(engine.database, clock)
    assert found.batches == 1
    assert found.last_batch_at == found.beat_at - timedelta(seconds=40)
    assert "1 at work, last batch 20" in summary([found], "worker")
    clock.advance(BEAT_SECONDS)
    claim = engine.claims.claim(first + 1)
    assert claim is not None
    with engine.claims.keeping(claim):
        engine.worker_pulse.beat()
        found = only(engine.database, clock)
    assert (found.batches, found.last_batch_at) == (1, found.beat_at), "it has just taken one"


def test_who_ends_politely_says_so_and_takes_its_place_again(database: Database, clock: SettableClock) -> None:
    Pulse(database, clock, "worker").beat()
    pulse = Pulse(database, clock, "scheduler")
    pulse.beat()
    pulse.end()
    scheduler, worker = signs(database, clock=clock)
    assert (scheduler.lives, worker.works) == (False, True), "a process may be both, and end as one"
    assert scheduler.standing.startswith("ended 20")
    Pulse(database, clock, "scheduler").beat()
    assert all(sign.works for sign in signs(database, clock=clock))


def test_the_dead_of_this_host_are_told_at_once_and_give_way_to_the_next(
    database: Database, clock: SettableClock
) -> None:
    dead = name_of_the_dead()
    add_sign(database, clock, "worker", dead)
    add_sign(database, clock, "scheduler", dead)
    add_sign(database, clock, "worker", "elsewhere:7:0:0.1")
    scheduler, elsewhere, here_ = sorted(signs(database, clock=clock), key=lambda sign: (sign.role, sign.gone))
    assert (scheduler.lives, elsewhere.lives, here_.lives) == (False, True, False)
    assert here_.standing.startswith("it has ended without a word, its last sign 20")
    Pulse(database, clock, "worker").beat()
    with database.read() as session:
        left = {(row.process, row.role) for row in session.scalars(select(Heartbeat))}
    assert left == {(this_process(), "worker"), ("elsewhere:7:0:0.1", "worker"), (dead, "scheduler")}


@pytest.mark.parametrize("seconds", [DAY + 60, -2 * DAY])
def test_what_is_nobodys_any_more_is_not_shown_and_forgotten(
    database: Database, clock: SettableClock, seconds: int
) -> None:
    pulse = Pulse(database, clock, "worker")
    pulse.beat()
    add_sign(database, clock, "worker", "gone:1:0:0.1")
    make_older(database, seconds)
    assert not any(sign.lives for sign in signs(database, clock=clock))
    clock.advance(FORGET_SECONDS)
    pulse.beat()
    assert processes(database) == {this_process()}


@pytest.mark.parametrize("days", [-1, 1])
def test_no_hosts_clock_makes_the_dead_live_or_the_living_dead(
    postgres_database: Database, clock: SettableClock, days: int
) -> None:
    ahead = SettableClock(clock.now() + timedelta(days=days))
    Pulse(postgres_database, ahead, "worker").beat()
    assert only(postgres_database, clock).works
    make_older(postgres_database, 60)
    assert not only(postgres_database, ahead).lives


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_after_the_databases_clock_was_set_who_lives_says_so_anew(
    database: Database, clock: SettableClock, seconds: int
) -> None:
    pulse = Pulse(database, clock, "worker")
    pulse.beat()
    make_older(database, seconds)
    assert not only(database, clock).lives, "nobody can know"
    clock.advance(BEAT_SECONDS)
    pulse.beat()
    assert only(database, clock).works


def test_of_this_host_those_count_that_run_here(database: Database, clock: SettableClock) -> None:
    add_sign(database, clock, "worker", "elsewhere:7:0:0.1")
    add_sign(database, clock, "worker", name_of_the_dead())
    assert here(database, clock=clock, role="worker") == []
    pulse = Pulse(database, clock, "worker")
    pulse.beat("the disk is full")
    [mine] = here(database, clock=clock, role="worker")
    assert (mine.process_id, mine.works) == (os.getpid(), False)
    assert here(database, clock=clock, role="scheduler") == []
    pulse.end()
    assert here(database, clock=clock, role="worker") == []


def test_a_ledger_that_cannot_be_written_stops_no_process_from_ending(
    sqlite_database: Database, clock: SettableClock, capsys: pytest.CaptureFixture[str]
) -> None:
    Heartbeat.__table__.drop(sqlite_database.engine)  # type: ignore[attr-defined]
    Pulse(sqlite_database, clock, "worker").end()
    assert "cannot say that this process ends" in capsys.readouterr().out


def test_the_measures_say_who_is_at_work(engine: Engine, clock: SettableClock) -> None:
    [first] = begun(engine, 5)
    engine.sender.send_batch(first)
    engine.worker_pulse.beat()
    add_sign(engine.database, clock, "worker", trouble="the disk is full")
    add_sign(engine.database, clock, "scheduler", "one:1:0:0.1")
    add_sign(engine.database, clock, "scheduler", "two:1:0:0.1")
    told = _measured(engine, clock)
    assert 0 <= told.pop("newsletter_last_batch_age_seconds") < 60
    assert list(told.values()) == [1, 2, 1]
    make_older(engine.database, 60)
    told = _measured(engine, clock)
    told.pop("newsletter_last_batch_age_seconds")
    assert list(told.values()) == [0, 0, 0]


def _measured(engine: Engine, clock: SettableClock) -> dict[str, float]:
    return {family.name: number for family, _, number in signs_of_life.measure(engine.database, clock=clock)}
