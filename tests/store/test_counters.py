"""Counters only grow, whoever adds and whatever is deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from newsletter.clock import SettableClock
from newsletter.store import counters
from newsletter.store.database import Database
from newsletter.store.feedback import reports
from tests.parts.ledger import add_publication


def test_many_who_add_at_once_in_any_order_lose_nothing_and_wait_for_each_other_without_end_never(
    database: Database, clock: SettableClock
) -> None:
    groups = [f"group{n}" for n in range(8)]

    def add(number: int) -> None:
        turned = groups[number % 8 :] + groups[: number % 8]
        for _ in range(10):
            with database.write() as session:
                counters.add(session, counters.DELIVERIES, {("submitted", g): 2 for g in turned}, clock.now())

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(6)))
    with database.read() as session:
        assert counters.read(session, counters.DELIVERIES) == {("submitted", g): 120 for g in groups}


def test_counters_are_told_apart_from_each_other_and_from_other_tallies(
    database: Database, clock: SettableClock
) -> None:
    with database.write() as session:
        reports.count(session, "forged return path", clock.now(), 2)
        counters.add(session, counters.DELIVERIES, {("deferred", "odd:group"): 1, ("deferred", ""): 3}, clock.now())
        counters.add(session, counters.REPORTS, {("suppressed",): 5, ("known",): 0}, clock.now())
    with database.read() as session:
        assert counters.read(session, counters.DELIVERIES) == {("deferred", "odd:group"): 1, ("deferred", ""): 3}
        assert counters.read(session, counters.REPORTS) == {("suppressed",): 5}
        assert reports.tallies(session) == {"forged return path": 2}


def test_groups_with_names_longer_than_the_column_are_counted_under_what_fits(
    database: Database, clock: SettableClock
) -> None:
    amounts = {("submitted", "x" * 39 + "a"): 1, ("submitted", "x" * 39 + "b"): 2, ("uncertain", "y" * 40): 4}
    with database.write() as session:
        counters.add(session, counters.DELIVERIES, amounts, clock.now())
    with database.read() as session:
        found = counters.read(session, counters.DELIVERIES)
    assert sorted((state, group[:1], n) for (state, group), n in found.items()) == [
        ("submitted", "x", 3),
        ("uncertain", "y", 4),
    ]


def test_a_publication_that_is_deleted_takes_nothing_with_it(database: Database, clock: SettableClock) -> None:
    publication = add_publication(database, clock)
    with database.write() as session:
        counters.add(session, counters.DELIVERIES, {("submitted", "gmail"): 7}, clock.now())
    with database.write() as session:
        session.delete(publication)
    with database.read() as session:
        assert counters.read(session, counters.DELIVERIES) == {("submitted", "gmail"): 7}
