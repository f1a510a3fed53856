"""What is learned from "not so fast"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.clock import SettableClock
from newsletter.delivery.learning import FORGOTTEN_AFTER, SLOWEST, WINDOW, Learner, Pace, count, says_slower
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused, Unknown, Unsent


@pytest.mark.parametrize(
    ("outcome", "slower"),
    [
        (Deferred(421, "", "closing"), True),
        (Deferred(421, "4.7.28", "unusual rate of mail"), True),
        (Deferred(450, "4.7.1", "try again later"), True),
        (Deferred(451, "4.4.2", "timed out"), True),
        (Deferred(452, "4.5.3", "recipients"), True),
        (Deferred(451, "", "too many messages from you"), True),
        (Deferred(450, "4.7.1", "Greylisted, come back"), False),
        (Deferred(451, "4.7.1", "gray-listing in action"), False),
        (Deferred(452, "4.2.2", "mailbox exceeds its limit"), False),
        (Deferred(451, "4.3.0", "local problem"), False),
        (Deferred(454, "4.7.0", "TLS"), False),
        (Refused(550, "5.7.1", "rate"), False),
        (Accepted(250, "2.0.0", "rate limited soon"), False),
        (Unknown("too many"), False),
    ],
)
def test_a_plea_to_go_slower_is_told_from_a_reader_who_cannot_take_mail_now(outcome: Outcome, slower: bool) -> None:
    assert says_slower(outcome) is slower


def test_only_what_a_server_said_is_an_answer() -> None:
    said = [Accepted(250, "", ""), Refused(550, "", ""), Deferred(421, "", ""), Unknown(""), Unsent("")]
    assert [count(outcome) for outcome in said] == [(1, 0), (1, 0), (1, 1), (0, 0), (0, 0)]


def test_trouble_halves_what_was_taken_and_again_what_is_left() -> None:
    first = Pace().after(answered=1000, slower=200, seconds=10)
    assert first == Pace(40.0, 80.0)
    assert first.after(answered=400, slower=100, seconds=10).rate == 15.0


def test_quiet_windows_raise_the_pace_by_steps_until_it_is_let_go() -> None:
    pace, rates = Pace(40.0, 80.0), []
    while pace.rate is not None:
        pace = pace.after(answered=100, slower=5, seconds=10)
        rates.append(pace.rate)
    assert rates[:3] == [44.0, 48.0, 52.0]
    assert len(rates) == 30


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.floats(1, 60)), max_size=40))
def test_a_pace_never_dies_and_falls_only_in_trouble(windows: list[tuple[int, int, float]]) -> None:
    pace = Pace()
    for answered, slower, seconds in windows:
        before = pace
        pace = pace.after(answered=answered, slower=min(slower, answered), seconds=seconds)
        assert pace.rate is None or pace.rate >= SLOWEST / 1
        if pace.rate is not None and before.rate is not None and pace.rate < before.rate:
            assert min(slower, answered) >= 0.1 * answered > 0
        if before.rate is not None and min(slower, answered) >= 0.1 * answered > 0:
            assert pace.rate == SLOWEST or pace.rate <= before.rate / 2


def test_a_learner_slows_the_group_that_asked_and_no_other(clock: SettableClock) -> None:
    learner = Learner(clock)
    clock.advance(2)
    learner.learn({"gmail": (100, 50), "yahoo": (100, 0)}, began=0.0)
    assert learner.rates() == {"gmail": 12.5}


def test_what_began_before_the_change_does_not_count_against_the_new_pace(clock: SettableClock) -> None:
    learner = Learner(clock)
    clock.advance(2)
    learner.learn({"gmail": (100, 50)}, began=0.0)
    clock.advance(1)
    learner.learn({"gmail": (100, 100)}, began=1.0)
    assert learner.rates() == {"gmail": 12.5}
    learner.learn({"gmail": (100, 100)}, began=2.5)
    assert learner.rates()["gmail"] < 12.5


def test_a_handful_of_answers_says_nothing(clock: SettableClock) -> None:
    learner = Learner(clock)
    learner.learn({"other": (9, 9)}, began=0.0)
    clock.advance(WINDOW)
    learner.learn({"other": (0, 0)}, began=clock.monotonic())
    assert learner.rates() == {}


def test_a_learner_recovers_window_by_window_and_forgets_after_a_long_silence(clock: SettableClock) -> None:
    learner = Learner(clock)
    learner.learn({"gmail": (100, 50)}, began=0.0)
    [slow] = learner.rates().values()
    for _ in range(2):
        clock.advance(WINDOW)
        learner.learn({"gmail": (20, 0)}, began=clock.monotonic())
    assert slow < learner.rates()["gmail"] < 2 * slow
    clock.advance(FORGOTTEN_AFTER + 1)
    assert learner.rates() == {}
    learner.learn({"gmail": (20, 0)}, began=clock.monotonic())
    assert learner.rates() == {}
