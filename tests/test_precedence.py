"""Sending gives way to pages, and never for long."""

from __future__ import annotations

from newsletter.clock import SettableClock
from newsletter.precedence import MOST_STEPS, STEP, Precedence


def waited(precedence: Precedence, clock: SettableClock) -> float:
    before = clock.monotonic()
    precedence.give_way()
    return clock.monotonic() - before


def test_without_a_page_nothing_waits() -> None:
    clock = SettableClock()
    precedence = Precedence(clock)
    assert waited(precedence, clock) == 0
    with precedence:
        pass
    assert waited(precedence, clock) == 0


def test_a_page_is_waited_for_until_it_is_done() -> None:
    class Ending(SettableClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            precedence.__exit__()

    clock = Ending()
    precedence = Precedence(clock)
    precedence.__enter__()
    assert waited(precedence, clock) == STEP


def test_a_page_that_takes_long_does_not_stop_the_mail() -> None:
    clock = SettableClock()
    precedence = Precedence(clock)
    with precedence, precedence:
        assert abs(waited(precedence, clock) - STEP * MOST_STEPS) < 1e-9
