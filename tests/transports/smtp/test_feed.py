"""What passes between the thread that composes and the thread that talks."""

import threading

import pytest

from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Envelope, Unsent
from newsletter.transports.smtp.feed import MOST_TRIES, Feed
from tests.parts.witness import Notebook

KEPT = Accepted(250, "2.0.0", "250 2.0.0 kept")


def letter(number: int) -> Envelope:
    return Envelope(number, "b@example.org", f"r{number}@example.org", b"x\r\n")


@pytest.fixture
def notebook():
    return Notebook()


@pytest.fixture
def feed(notebook):
    return Feed(notebook, most=4)


def test_envelopes_come_out_in_order_and_the_call_ends_with_the_last_outcome(feed, notebook):
    for number in (1, 2):
        assert feed.put(letter(number))
    first, second = feed.take(), feed.take()
    assert (first.envelope.delivery_id, second.envelope.delivery_id, feed.take()) == (1, 2, None)
    feed.end()
    first.settle(KEPT, heard=True)
    assert not feed.done
    second.settle(KEPT, heard=True)
    assert feed.done and feed.outcomes == {1: KEPT, 2: KEPT}
    assert notebook.lines == [("heard", 1, "Accepted"), ("heard", 2, "Accepted")]


def test_a_caller_that_runs_ahead_waits_until_most_are_taken(feed):
    for number in range(4):
        feed.put(letter(number))
    passed = threading.Event()
    thread = threading.Thread(target=lambda: (feed.put(letter(4)), passed.set()))
    thread.start()
    feed.take()
    assert not passed.wait(0.05)
    feed.take()
    feed.take()
    assert passed.wait(5)
    thread.join()
    assert feed.backlog == 2


def test_a_passage_given_back_is_next_in_line_until_it_was_tried_enough(feed):
    feed.put(letter(1))
    feed.put(letter(2))
    for tries in range(MOST_TRIES):
        passage = feed.take()
        assert passage.envelope.delivery_id == 1, tries
        passage.give_back("lost")
    assert feed.outcomes == {1: Unsent("lost")}
    assert feed.take().envelope.delivery_id == 2


def test_stopping_leaves_what_waits_unsent_and_lets_what_is_under_way_finish(feed):
    for number in range(3):
        feed.put(letter(number))
    passage = feed.take()
    error = TransportError("down")
    feed.stop("down", error)
    assert not feed.put(letter(9))
    feed.end()
    assert not feed.done
    passage.settle(KEPT, heard=True)
    assert feed.done and feed.error is error
    assert feed.outcomes == {0: KEPT, 1: Unsent("down"), 2: Unsent("down"), 9: Unsent("down")}


def test_stopping_wakes_a_caller_that_waits_for_room(feed):
    for number in range(4):
        feed.put(letter(number))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(feed.put(letter(4))))
    thread.start()
    feed.stop("down")
    thread.join(5)
    assert answers == [False]


def test_a_witness_that_fails_keeps_its_exception_for_the_caller(feed, notebook):
    trouble = RuntimeError("journal")

    def fail(*_):
        raise trouble

    notebook.wrote = fail
    feed.put(letter(1))
    passage = feed.take()
    assert not passage.wrote()
    passage.give_back("withdrawn")
    feed.end()
    assert feed.failure is trouble and feed.done
    assert feed.outcomes == {1: Unsent("withdrawn")}
