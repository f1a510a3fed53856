"""Sending gives way to pages, and never for long."""

from __future__ import annotations

from newsletter.clock import SettableClock
from newsletter.precedence import BETWEEN_RESTS, MOST_STEPS, PATIENCE, REST, STEP, Precedence


def with_pages(clock: SettableClock) -> Precedence:
    precedence = Precedence(clock)
    precedence.expect_pages()
    precedence.give_way()  # the first rest
    return precedence


def waited(precedence: Precedence, clock: SettableClock) -> float:
    before = clock.monotonic()
    precedence.give_way()
    return round(clock.monotonic() - before, 9)


def test_without_a_page_nothing_waits_soon_after_a_rest() -> None:
    clock = SettableClock()
    precedence = with_pages(clock)
    assert waited(precedence, clock) == 0
    with precedence:
        pass
    assert waited(precedence, clock) == 0


def test_now_and_then_sending_rests_so_that_a_page_nobody_counted_yet_can_begin() -> None:
    clock = SettableClock()
    precedence = with_pages(clock)
    rests = 0
    for _ in range(100):
        clock.advance(BETWEEN_RESTS / 10)
        rests += waited(precedence, clock) == REST
    assert 9 <= rests <= 10


def test_a_process_without_pages_never_rests() -> None:
    clock = SettableClock()
    precedence = Precedence(clock)
    for _ in range(10):
        clock.advance(BETWEEN_RESTS)
        assert waited(precedence, clock) == 0


def test_a_page_is_waited_for_until_it_is_done() -> None:
    being_made: list[Precedence] = []

    class Ending(SettableClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            for page in being_made:
                page.__exit__()

    clock = Ending()
    precedence = with_pages(clock)
    precedence.__enter__()
    being_made.append(precedence)
    assert waited(precedence, clock) == STEP


def test_nothing_waits_for_long_in_one_go() -> None:
    clock = SettableClock()
    precedence = with_pages(clock)
    with precedence, precedence:
        assert waited(precedence, clock) == round(STEP * MOST_STEPS, 9)


def test_a_page_that_takes_long_does_not_slow_the_mail() -> None:
    clock = SettableClock()
    precedence = with_pages(clock)
    with precedence:
        clock.advance(PATIENCE)
        assert waited(precedence, clock) == REST
        assert waited(precedence, clock) == 0
        with precedence:
            assert waited(precedence, clock) >= STEP
