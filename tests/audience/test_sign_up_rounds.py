"""The scheduler rings for every sign-up that waits, and what waited too long is forgotten."""

from __future__ import annotations

from datetime import timedelta

from newsletter import queue as queues
from newsletter.audience import asking, sign_up_rounds
from newsletter.audience.sign_up_rounds import SignUpRounds, measure
from newsletter.model import SpentForm
from newsletter.queue import Queue
from tests.audience.conftest import Desk


def rounds(desk: Desk, queue: Queue | None = None) -> SignUpRounds:
    return SignUpRounds(desk.database, desk.clock, queue or desk.queue)


def rung(desk: Desk) -> int:
    return desk.queue.broker.queues["notices"].qsize()


def test_a_sign_up_whose_ring_was_lost_is_rung_again_now_and_then(desk: Desk) -> None:
    desk.ask()
    desk.queue = queues.connect("")
    turn = rounds(desk)
    turn.tick()
    assert rung(desk) == 0, "whoever wrote it has just rung"
    desk.clock.advance(asking.GRACE.total_seconds())
    turn.tick()
    turn.tick()
    assert rung(desk) == 1
    desk.clock.advance(sign_up_rounds.RING_AGAIN.total_seconds())
    turn.tick()
    assert rung(desk) == 2
    desk.answer()
    desk.clock.advance(sign_up_rounds.RING_AGAIN.total_seconds())
    turn.tick()
    assert rung(desk) == 3, "the third is for the mail"


def test_a_broker_that_is_down_is_asked_again_in_the_next_round(desk: Desk) -> None:
    desk.ask()
    desk.clock.advance(60)
    rounds(desk, queues.connect("redis://127.0.0.1:1/0")).tick()
    rounds(desk).tick()
    assert rung(desk) == 2  # by whoever asked, and now


def test_what_waited_for_a_day_is_dropped_and_old_forms_are_forgotten(desk: Desk) -> None:
    desk.ask()
    turn = rounds(desk)
    desk.clock.advance((sign_up_rounds.KEEP - timedelta(seconds=1)).total_seconds())
    turn.tick()
    assert (len(desk.waiting()), desk.count(SpentForm)) == (1, 1)
    desk.clock.advance(2 + sign_up_rounds.TIDY_SECONDS)
    turn.tick()
    assert (len(desk.waiting()), desk.count(SpentForm)) == (0, 0)


def test_the_gauge_says_how_many_wait(desk: Desk) -> None:
    for number in range(3):
        desk.ask(f"r{number}@example.org", ip=f"192.0.2.{number}")
    assert measure(desk.database) == [sign_up_rounds.WAITING.of(3)]
