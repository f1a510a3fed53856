"""What stops an issue while its answers come, over all batches of it that a process sends."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from newsletter.clock import SettableClock
from newsletter.delivery.claims import Claim
from newsletter.delivery.watching import ASIDE_FOR, HANDFUL, WINDOW, Watch, Watches
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused
from newsletter.store.delivery.batches import Claimed

YES = Accepted(250, "2.0.0", "2.0.0 kept")
NOBODY = Refused(550, "5.1.1", "5.1.1 user unknown", "RCPT")
QUOTA = Deferred(452, "4.5.4", "4.5.4 452 Daily user sending limit exceeded", "MAIL")


def policy(number: int, who: str = "") -> Refused:
    """A refusal that is equal to the others in all but its words."""
    who = who or f"reader{number}@elsewhere.example"
    return Refused(550, "5.7.1", f"5.7.1 <{who}>: rejected due to local policy (queue id {number:08X})", "DOT")


class Sending:
    """Batches of one issue, each to readers of these domains in turn."""

    def __init__(self, clock: SettableClock, place_of: Any = str) -> None:
        self.watches = Watches(clock, place_of)
        self.clock = clock
        self.stack = ExitStack()
        self.batches = 0

    def batch(self, *domains: str, issue_id: int = 1) -> tuple[Watch, Claim]:
        self.batches += 1
        first = self.batches * 10_000
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        claimed = Claimed(self.batches, 1, issue_id, first, first + 9_999, 1, 2, 1, 1, moment, True, True)
        claim = Claim(claimed, float("inf"), self.clock)
        watch = self.stack.enter_context(self.watches.over(claim))
        watch.begin(cast("Any", [SimpleNamespace(delivery_id=first + n, domain=d) for n, d in enumerate(domains)]))
        return watch, claim

    def tell(self, watch: Watch, *outcomes: Outcome) -> None:
        """As a listener does: what is accepted is told only to one who is on guard."""
        first = min(watch._places, default=0)
        for number, outcome in enumerate(outcomes):
            if type(outcome) is not Accepted or watch.on_guard:
                watch.heard(first + number, outcome, number + 1)


@pytest.fixture
def sending(clock: SettableClock) -> Sending:
    return Sending(clock)


def test_refusals_that_differ_in_address_and_number_are_equal(sending: Sending) -> None:
    watch, claim = sending.batch(*["a.example", "b.example"] * 5)
    sending.tell(watch, *map(policy, range(HANDFUL - 1)))
    assert not claim.stopped
    sending.tell(watch, *map(policy, range(HANDFUL)))
    assert claim.stopped
    assert watch.blame is not None
    assert "rejected due to local policy" in watch.blame.why


def test_a_handful_strewn_over_batches_stops_all_of_them_and_no_other_issue(sending: Sending) -> None:
    present = [sending.batch("a.example", "b.example") for _ in range(HANDFUL)]
    other, other_hold = sending.batch("a.example", "b.example", issue_id=2)
    for number, (watch, _) in enumerate(present):
        sending.tell(watch, *[policy(number), YES][:: 1 if number % 2 else -1])
    assert all(claim.stopped for _, claim in present)
    assert not other_hold.stopped
    assert other.blame is None


def test_a_batch_that_comes_while_its_issue_is_being_stopped_is_turned_back_until_the_others_have_told_the_ledger(
    sending: Sending,
) -> None:
    watch, _ = sending.batch("a.example")
    sending.tell(watch, QUOTA)
    assert watch.blame is not None
    late, late_hold = sending.batch("a.example")
    assert late.turned_back
    assert not late_hold.stopped
    sending.stack.close()
    after, _ = sending.batch("a.example")
    assert not after.turned_back
    assert after.blame is None


def test_one_in_thirty_stops_within_two_hundred_however_small_the_batches_are(sending: Sending) -> None:
    for number in range(200 // 10):
        watch, claim = sending.batch(*[f"{number}-{n}.example" for n in range(10)])
        sending.tell(watch, *[policy(n) if (number * 10 + n) % 30 == 0 else YES for n in range(10)])
        if claim.stopped:
            break
    assert claim.stopped


def test_a_handful_among_many_that_were_taken_stops_nothing(sending: Sending) -> None:
    for number in range(60):
        watch, claim = sending.batch(*[f"{n}.example" for n in range(100)])
        sending.tell(watch, *[policy(n) if n == number else YES for n in range(100)])
    assert not claim.stopped
    assert len(watch.case._recent) <= WINDOW / 100 + 1


def test_refusals_of_long_ago_do_not_count(sending: Sending) -> None:
    many, claim = sending.batch(*[f"{n}.example" for n in range(3 * WINDOW)])
    early = [policy(n) if n < HANDFUL - 1 else YES for n in range(2 * WINDOW)]
    sending.tell(many, *early, policy(1))
    assert not claim.stopped
    assert many.on_guard


def test_one_receiver_that_refuses_us_is_set_aside_alone_and_asked_again_later(sending: Sending) -> None:
    watch, claim = sending.batch(*["big.example", "small.example"] * 20)
    said = [policy(n) if n % 2 == 0 else YES for n in range(2 * HANDFUL)]
    sending.tell(watch, *said)
    assert not claim.stopped
    aside = watch.answers_aside()
    first = min(watch._places)
    assert set(aside) == {first + n for n in range(0, 40, 2)}
    assert watch.is_aside(first)
    assert not watch.is_aside(first + 1)
    other, _ = sending.batch("big.example", "small.example")
    assert len(other.answers_aside()) == 1, "a later batch does not ask it either"
    sending.clock.advance(ASIDE_FOR)
    assert other.answers_aside() == {}


def test_a_receiver_that_takes_one_is_not_set_aside(sending: Sending) -> None:
    watch, _ = sending.batch(*["big.example"] * 20, "small.example")
    sending.tell(watch, policy(1), policy(2), policy(3), policy(4), YES, policy(5), policy(6), policy(7), policy(8))
    assert watch.answers_aside() == {}


def test_domains_of_one_company_are_one_receiver(clock: SettableClock) -> None:
    sending = Sending(clock, lambda domain: "mail company" if domain.startswith("mail") else domain)
    watch, claim = sending.batch(*["mail.example", "mail.test", "other.example"] * 10)
    sending.tell(watch, *[YES if n % 3 == 2 else policy(n) for n in range(12)])
    assert not claim.stopped
    assert len(watch.answers_aside()) == 20


def test_when_two_receivers_refuse_and_nobody_takes_it_the_issue_stops(sending: Sending) -> None:
    watch, claim = sending.batch(*["a.example"] * 8, *["b.example"] * 8)
    sending.tell(watch, *map(policy, range(8)))
    assert not claim.stopped
    sending.tell(watch, *map(policy, range(9)))
    assert claim.stopped


def test_what_is_said_of_readers_stops_nothing(sending: Sending) -> None:
    watch, claim = sending.batch(*["a.example", "b.example"] * 50)
    sending.tell(watch, *[NOBODY] * 100)
    assert not claim.stopped
    assert not watch.on_guard
