"""One process at a time holds a named role, on either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from newsletter.clock import SettableClock
from newsletter.store.database import Database
from newsletter.store.delivery import leases

LONG = timedelta(seconds=10)


def hold(database: Database, holder: str, now: datetime) -> bool:
    with database.write() as session:
        return leases.hold(session, "scheduler", holder, now, now + LONG)


def test_of_many_who_ask_at_once_one_holds_it(database: Database, clock: SettableClock) -> None:
    with ThreadPoolExecutor(8) as threads:
        held = list(threads.map(lambda n: hold(database, f"host:{n}", clock.now()), range(8)))
    assert sum(held) == 1


def test_the_holder_keeps_it_as_long_as_it_asks_and_the_next_waits_for_its_end(
    database: Database, clock: SettableClock
) -> None:
    for _ in range(5):
        assert hold(database, "one", clock.now())
        assert not hold(database, "two", clock.now())
        clock.advance(9)
    clock.advance(1)
    assert not hold(database, "two", clock.now()), "to the last moment"
    clock.advance(0.001)
    assert hold(database, "two", clock.now())
    assert not hold(database, "one", clock.now())


def test_who_gives_it_up_lets_the_next_in_at_once_and_nobody_gives_up_anothers(
    database: Database, clock: SettableClock
) -> None:
    assert hold(database, "one", clock.now())
    with database.write() as session:
        leases.give_up(session, "scheduler", "two", clock.now())
    assert not hold(database, "two", clock.now())
    with database.write() as session:
        leases.give_up(session, "scheduler", "one", clock.now())
    clock.advance(0.001)
    assert hold(database, "two", clock.now())
