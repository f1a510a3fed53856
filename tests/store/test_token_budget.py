"""The tokens of a day are reserved before anything is asked: several who ask at once never have more than the day allows."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

from newsletter.store import counters, token_budget
from newsletter.store.database import Database
from newsletter.store.feedback import reports

DAY, NOW = date(2026, 5, 9), datetime(2026, 5, 9, 8, tzinfo=UTC)


def reserved(database: Database, wanted: int, cap: int = 1_000, day: date = DAY) -> bool:
    with database.write() as session:
        return token_budget.reserve(session, day, wanted, cap=cap, now=NOW)


def used(database: Database, day: date = DAY) -> int:
    with database.read() as session:
        return token_budget.used(session, day)


def test_what_is_more_than_the_day_allows_is_not_counted(database: Database) -> None:
    assert used(database) == 0
    assert reserved(database, 600)
    assert not reserved(database, 401)
    assert used(database) == 600
    assert reserved(database, 400)
    assert not reserved(database, 1)


def test_what_was_not_used_is_given_back_and_what_was_is_counted(database: Database) -> None:
    reserved(database, 900)
    with database.write() as session:
        token_budget.settle(session, DAY, reserved=900, used=50, now=NOW)
    assert used(database) == 50
    reserved(database, 900)
    with database.write() as session:
        token_budget.settle(session, DAY, reserved=900, used=1_200, now=NOW)
    assert used(database) == 1_250, "an answer may take more than was foreseen: then the day is over"
    assert not reserved(database, 1)


def test_a_day_begins_anew_and_forgets_those_before(database: Database) -> None:
    reserved(database, 1_000)
    following = date(2026, 5, 10)
    assert reserved(database, 1_000, day=following)
    assert (used(database), used(database, following)) == (0, 1_000)


def test_it_is_no_tally_of_reports_and_no_other_counter_is_touched(database: Database) -> None:
    with database.write() as session:
        counters.add(session, counters.REPORTS, {("a", "b"): 3}, NOW)
        reports.count(session, "total", NOW)
    reserved(database, 10, day=date(2026, 5, 10))
    with database.read() as session:
        assert reports.tallies(session) == {"total": 1}
        assert counters.read(session, counters.REPORTS) == {("a", "b"): 3}


def test_of_many_at_once_only_so_many_get_theirs(database: Database) -> None:
    granted: list[bool] = []
    begin = threading.Barrier(8)

    def ask() -> None:
        begin.wait(20)
        granted.append(reserved(database, 300))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(granted) == [False] * 5 + [True] * 3
    assert used(database) == 900
