"""When a deferred delivery is tried again, and when it is given up."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import Settings
from newsletter.delivery.retrying import JITTER, LEAST_TRIES, RetryPolicy

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
CHANCES = st.integers(0, 2**32).map(random.Random)


def wait(policy: RetryPolicy, attempts: int, chance: random.Random) -> float:
    at = policy.next_attempt(attempts, START, planned_at=START, chance=chance)
    assert at is not None
    return (at - START).total_seconds()


def test_the_defaults_are_those_of_the_settings() -> None:
    settings = Settings(_env_file=None)
    assert RetryPolicy().max_age == timedelta(hours=settings.max_age_hours) == timedelta(hours=24)
    assert RetryPolicy().first_wait == timedelta(seconds=settings.retry_seconds)


@given(chance=CHANCES)
def test_waits_double_up_to_the_longest_and_are_stretched_by_chance(chance: random.Random) -> None:
    plain = [120, 240, 480, 960, 1920, 3840, 7200, 7200, 7200]
    waits = [wait(RetryPolicy(), attempts, chance) for attempts in range(1, 10)]
    assert [at for at, least in zip(waits, plain, strict=True) if not least <= at <= least * (1 + JITTER)] == []


def test_a_batch_that_was_deferred_as_one_does_not_come_back_as_one() -> None:
    chance = random.Random(7)
    waits = {round(wait(RetryPolicy(), 1, chance), 3) for _ in range(100)}
    assert len(waits) > 90
    assert max(waits) - min(waits) > 120 * JITTER / 2


@given(
    attempts=st.integers(0, 10_000),
    age=st.integers(0, 48 * 3600),
    hours=st.integers(1, 48),
    first=st.integers(1, 7200),
    chance=CHANCES,
)
def test_nothing_is_tried_after_its_time_and_nothing_given_up_that_could_be_tried_in_it(
    attempts: int, age: int, hours: int, first: int, chance: random.Random
) -> None:
    policy = RetryPolicy(first_wait=timedelta(seconds=first), max_age=timedelta(hours=hours))
    now = START + timedelta(seconds=age)
    at = policy.next_attempt(attempts, now, planned_at=START, chance=chance)
    if at is None:
        assert now + policy.longest_wait * (1 + JITTER) > START + policy.max_age
        assert attempts >= LEAST_TRIES
    else:
        assert now < at
        assert at <= START + policy.max_age or attempts < LEAST_TRIES


@given(days=st.integers(1, 400), chance=CHANCES)
def test_however_old_it_seems_a_delivery_is_tried_three_times(days: int, chance: random.Random) -> None:
    now = START + timedelta(days=days)
    given_up = [
        RetryPolicy().next_attempt(tries, now, planned_at=START, chance=chance) is None for tries in range(1, 5)
    ]
    assert given_up == [False, False, True, True]


@given(chance=CHANCES)
def test_a_delivery_that_is_always_deferred_comes_to_an_end_after_a_score_of_tries(chance: random.Random) -> None:
    now, tries = START, 0
    for tries in range(1, 100):
        at = RetryPolicy().next_attempt(tries, now, planned_at=START, chance=chance)
        if at is None:
            break
        now = at
    assert 12 <= tries <= 22
    assert now <= START + timedelta(hours=24)
