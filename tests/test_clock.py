"""What is done now and then is done at once, and again when its time has gone."""

from __future__ import annotations

from newsletter.clock import NowAndThen, SettableClock


def test_it_is_time_at_once_and_again_when_the_seconds_have_gone_and_not_between() -> None:
    clock, each = SettableClock(), NowAndThen(10)
    assert [each.is_time(clock), each.is_time(clock)] == [True, False]
    clock.advance(9.5)
    assert not each.is_time(clock)
    clock.advance(0.5)
    assert [each.is_time(clock), each.is_time(clock)] == [True, False]
    clock.advance(100)
    assert [each.is_time(clock), each.is_time(clock)] == [True, False]
