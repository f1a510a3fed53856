"""The slow start of a new sender, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.clock import SettableClock
from newsletter.delivery.pace.circuit_breaker import DAY, Gate
from newsletter.delivery.pace.warm_up import Allowance, DayLimit
from newsletter.model import SendingDay
from newsletter.store.database import Database

START = date(2026, 11, 1)


def test_a_slow_start_grows_by_its_factor_each_day() -> None:
    slow = Allowance(start=START, first=50, growth=1.5)
    assert [slow.on(START + timedelta(days=n)) for n in range(5)] == [50, 75, 112, 168, 253]
    assert slow.on(START - timedelta(days=3)) == 50


def test_a_slow_start_ends_and_the_days_limit_stays() -> None:
    assert Allowance().on(START) is None
    assert Allowance(start=START).on(START + timedelta(days=365)) is None
    assert Allowance(start=START).on(date.max) is None
    both = Allowance(per_day=100, start=START, first=50, growth=2)
    assert [both.on(START + timedelta(days=n)) for n in range(4)] == [50, 100, 100, 100]


@given(st.integers(1, 10_000), st.floats(1.01, 10), st.integers(0, 800))
def test_no_day_allows_less_than_the_day_before(first: int, growth: float, day: int) -> None:
    slow = Allowance(start=START, first=first, growth=growth)
    today, tomorrow = (slow.on(START + timedelta(days=n)) for n in (day, day + 1))
    assert tomorrow is None or (today is not None and today <= tomorrow)


@pytest.fixture
def limit(database: Database, clock: SettableClock) -> DayLimit:
    """A hundred on the first day, shared through the ledger."""
    return DayLimit(
        database, clock, Gate(database, clock, "smtp"), Allowance(start=clock.now().date(), first=100, growth=2)
    )


def test_workers_share_a_days_allowance_and_the_next_day_has_its_own(
    database: Database, clock: SettableClock, limit: DayLimit
) -> None:
    other = DayLimit(database, clock, Gate(database, clock, "smtp"), limit.allowance)
    assert [limit.draw(60).tokens, other.draw(60).tokens, limit.draw(60).tokens] == [60, 40, 0]
    now = clock.now()
    assert limit.draw(1).wait == (datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1) - now).seconds
    clock.advance(limit.turn(1) - 1)
    assert limit.draw(1).tokens == 0
    assert other.gate.room(9) == 0
    clock.advance(1)
    assert other.gate.room(9) == 9
    assert limit.draw(500).tokens == 200


def test_what_was_not_sent_may_be_sent_later_the_same_day(clock: SettableClock, limit: DayLimit) -> None:
    assert limit.draw(120).tokens == 100
    assert limit.gate.seconds(DAY) > 0
    limit.give_back(30)
    assert limit.gate.seconds(DAY) == 0
    assert limit.draw(50).tokens == 30
    with limit.database.read() as session:
        assert session.get_one(SendingDay, ("smtp", clock.now().date())).taken == 100
