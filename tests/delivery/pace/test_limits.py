"""Limits in a row never allow more than the least of them, and lose nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.clock import SettableClock
from newsletter.delivery.pace.limits import Shut, TokenLimit, draw_all
from newsletter.pacing import Drawn, MemoryBuckets


@dataclass(eq=False)
class Heap:
    """A limit that is used up."""

    left: int

    def draw(self, most: int) -> Drawn:
        tokens = min(most, self.left)
        self.left -= tokens
        return Drawn(tokens, 0.0 if tokens else 1.0)

    def give_back(self, amount: int) -> None:
        self.left += amount

    def turn(self, left: int) -> float:
        return float(left)


@given(st.lists(st.integers(0, 50), max_size=5), st.integers(1, 60))
def test_what_a_later_limit_does_not_allow_goes_back_to_those_before(heaps: list[int], most: int) -> None:
    limits = [Heap(n) for n in heaps]
    granted = draw_all(limits, most)
    assert granted.amount == min([most, *heaps])
    assert (granted.by is None) == (granted.amount == most)
    if granted.amount:
        assert [limit.left for limit in limits] == [n - granted.amount for n in heaps]
    else:
        assert [limit.left for limit in limits] == heaps


def test_what_is_shut_allows_nothing_until_it_opens() -> None:
    granted = draw_all([Heap(9), Shut(30.0)], 5)
    assert (granted.amount, granted.wait) == (0, 30.0)
    assert Shut(30.0).turn(7) == 30.0


def test_half_a_seconds_worth_is_waited_for_rather_than_a_few(clock: SettableClock) -> None:
    limit = TokenLimit(MemoryBuckets(clock), clock, "b", rate=100)
    assert limit.draw(500).tokens == 100
    clock.advance(0.3)
    assert limit.draw(500).tokens == 0
    assert limit.draw(20).tokens == 20, "all that is wanted is there"
    clock.advance(0.5)
    assert limit.draw(500).tokens == 60


def test_batches_that_are_sent_away_come_back_one_behind_the_other(clock: SettableClock) -> None:
    limit = TokenLimit(MemoryBuckets(clock), clock, "b", rate=10)
    assert [limit.turn(100) for _ in range(3)] == [0.5, 1.0, 1.5]
    clock.advance(60)
    assert limit.turn(1) == pytest.approx(0.1)
