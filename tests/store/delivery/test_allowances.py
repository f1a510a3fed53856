"""A day's allowance is never exceeded, however many take from it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.store.database import Database
from newsletter.store.delivery import allowances

TODAY = date(2026, 1, 1)
NUMBERS = count()
"""A transport of its own for each example."""


def reserve(database: Database, wanted: int, cap: int, day: date = TODAY, way: str = "smtp") -> int:
    with database.write() as session:
        return allowances.reserve(session, way, day, wanted, cap)


def test_workers_that_take_at_once_share_what_there_is(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        granted = list(threads.map(lambda _: reserve(database, 30, 100), range(8)))
    assert sum(granted) == 100
    assert sorted(granted)[-3:] == [30, 30, 30]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=20), cap=st.integers(0, 100))
def test_no_order_of_taking_and_giving_back_exceeds_it(
    sqlite_database: Database, steps: list[tuple[bool, int]], cap: int
) -> None:
    way, out = f"way{next(NUMBERS)}", 0
    for takes, amount in steps:
        if takes:
            granted = reserve(sqlite_database, amount, cap, way=way)
            assert granted == min(amount, cap - out)
            out += granted
        elif amount <= out:
            with sqlite_database.write() as session:
                allowances.give_back(session, way, TODAY, amount)
            out -= amount


def test_each_day_and_each_transport_has_its_own(database: Database) -> None:
    assert [reserve(database, 9, 5), reserve(database, 9, 5), reserve(database, 9, 5, date(2026, 1, 2))] == [5, 0, 5]
    with database.write() as session:
        assert allowances.reserve(session, "postmark", TODAY, 9, 5) == 5
    assert reserve(database, 3, 2) == 0, "a limit that was lowered meanwhile takes nothing back"
