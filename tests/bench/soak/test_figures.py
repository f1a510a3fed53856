"""Figures of a fault are read from the receiver's record alone."""

from __future__ import annotations

from newsletter.bench.soak.figures import count_between, recovered_after, standstill
from newsletter.bench.soak.receiver import ReceivedRecord


def record(*mails: tuple[float, int]) -> ReceivedRecord:
    """A record of moments and hosts."""
    found = ReceivedRecord()
    for number, (moment, host) in enumerate(mails):
        found.add(f"{moment:.3f} host{host}.example + reader{number}@d0.example")
    return found


def test_mails_are_counted_by_host_from_a_moment_to_before_another() -> None:
    found = record((1, 1), (2, 1), (2.5, 2), (3, 1))
    assert count_between(found, 2, 3) == 2
    assert count_between(found, 1, 9, only=2) == 1
    assert count_between(found, 1, 9, without=2) == 3


def test_the_longest_time_without_a_mail_counts_from_the_fault_on() -> None:
    found = record((1, 1), (10, 1), (11, 1), (15, 2), (15.5, 1))
    assert standstill(found, 10.5, 16) == 4
    assert standstill(found, 16, 20) == 4
    assert standstill(found, 3, 12) == 7


def test_it_has_recovered_when_as_many_go_as_before_and_not_with_the_first_straggler() -> None:
    mails = [(12.0, 1), *[(20 + n / 10, 1) for n in range(30)]]
    assert recovered_after(record(*mails), 11, 30, rate=10) == 9
    assert recovered_after(record(*mails[:2]), 11, 30, rate=10) is None


def test_a_host_has_recovered_when_it_sends_itself() -> None:
    mails = [*[(20 + n / 10, 1) for n in range(100)], *[(30 + n / 10, 2) for n in range(30)]]
    assert recovered_after(record(*mails), 20, 40, rate=10) == 0
    assert recovered_after(record(*mails), 20, 40, rate=10, only=2) == 10


def test_a_window_that_is_not_over_yet_says_nothing() -> None:
    mails = [(20 + n / 10, 1) for n in range(30)]
    assert recovered_after(record(*mails), 20, 21, rate=10) is None


def test_what_was_refused_is_kept_apart_and_what_is_strange_is_told() -> None:
    found = ReceivedRecord()
    found.add("1.000 host1.example - reader5@d0.example")
    found.add("2.000 host1.example + ada@example.org")
    assert (list(found.refused), list(found.readers)) == ([1.0], [])
    assert found.strange == ["2.000 host1.example + ada@example.org"]
