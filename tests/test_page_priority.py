"""Sending gives way to pages, and never for long."""

from __future__ import annotations

from newsletter.clock import SettableClock
from newsletter.page_priority import BETWEEN_RESTS, MOST_STEPS, PATIENCE, REST, STEP, PagePriority


def with_pages(clock: SettableClock) -> PagePriority:
    page_priority = PagePriority(clock)
    page_priority.expect_pages()
    page_priority.give_way()  # the first rest
    return page_priority


def waited(page_priority: PagePriority, clock: SettableClock) -> float:
    before = clock.monotonic()
    page_priority.give_way()
    return round(clock.monotonic() - before, 9)


def test_without_a_page_nothing_waits_soon_after_a_rest() -> None:
    clock = SettableClock()
    page_priority = with_pages(clock)
    assert waited(page_priority, clock) == 0
    with page_priority:
        pass
    assert waited(page_priority, clock) == 0


def test_now_and_then_sending_rests_so_that_a_page_nobody_counted_yet_can_begin() -> None:
    clock = SettableClock()
    page_priority = with_pages(clock)
    rests = 0
    for _ in range(100):
        clock.advance(BETWEEN_RESTS / 10)
        rests += waited(page_priority, clock) == REST
    assert 9 <= rests <= 10


def test_a_process_without_pages_never_rests() -> None:
    clock = SettableClock()
    page_priority = PagePriority(clock)
    for _ in range(10):
        clock.advance(BETWEEN_RESTS)
        assert waited(page_priority, clock) == 0


def test_a_page_is_waited_for_until_it_is_done() -> None:
    being_made: list[PagePriority] = []

    class Ending(SettableClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            for page in being_made:
                page.__exit__()

    clock = Ending()
    page_priority = with_pages(clock)
    page_priority.__enter__()
    being_made.append(page_priority)
    assert waited(page_priority, clock) == STEP


def test_nothing_waits_for_long_in_one_go() -> None:
    clock = SettableClock()
    page_priority = with_pages(clock)
    with page_priority, page_priority:
        assert waited(page_priority, clock) == round(STEP * MOST_STEPS, 9)


def test_a_page_that_takes_long_does_not_slow_the_mail() -> None:
    clock = SettableClock()
    page_priority = with_pages(clock)
    with page_priority:
        clock.advance(PATIENCE)
        assert waited(page_priority, clock) == REST
        assert waited(page_priority, clock) == 0
        with page_priority:
            assert waited(page_priority, clock) >= STEP
