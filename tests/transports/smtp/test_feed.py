"""The envelopes of one call: pulled as connections have room, each with an outcome."""

import pytest

from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Envelope, Unsent
from newsletter.transports.smtp.feed import MOST_TRIES, EnvelopeFeed
from tests.parts.witness import Notebook

KEPT = Accepted(250, "2.0.0", "250 2.0.0 kept")


def letter(number: int) -> Envelope:
    return Envelope(number, "b@example.org", f"r{number}@example.org", b"x\r\n")


@pytest.fixture
def notebook():
    return Notebook()


class Pulled:
    """Envelopes 1 to `most`, and how many of them were asked for."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most

    def __iter__(self):
        for number in range(1, self._most + 1):
            self.count = number
            yield letter(number)


def test_envelopes_come_out_in_order_and_the_call_ends_with_the_last_outcome(notebook):
    feed = EnvelopeFeed([letter(1), letter(2)], notebook)
    first, second = feed.take(), feed.take()
    assert (first.envelope.delivery_id, second.envelope.delivery_id, feed.take()) == (1, 2, None)
    first.settle(KEPT, heard=True)
    assert not feed.done
    second.settle(KEPT, heard=True)
    assert feed.done and feed.outcomes == {1: KEPT, 2: KEPT}
    assert notebook.lines == [("heard", 1, "Accepted"), ("heard", 2, "Accepted")]


def test_nothing_is_pulled_before_it_is_wanted(notebook):
    pulled = Pulled(9)
    feed = EnvelopeFeed(pulled, notebook)
    assert pulled.count == 0
    assert feed.look_ahead(3) == 3 and pulled.count == 3
    assert [feed.take().envelope.delivery_id for _ in range(4)] == [1, 2, 3, 4] and pulled.count == 4
    assert feed.look_ahead(99) == 5


def test_a_feed_of_nothing_is_done_when_it_is_asked(notebook):
    feed = EnvelopeFeed([], notebook)
    assert not feed.done
    assert feed.take() is None and feed.done


def test_a_passage_given_back_is_next_in_line_until_it_was_tried_enough(notebook):
    feed = EnvelopeFeed([letter(1), letter(2)], notebook)
    for tries in range(MOST_TRIES):
        passage = feed.take()
        assert passage.envelope.delivery_id == 1, tries
        passage.give_back("lost", blamed=True)
    assert feed.outcomes == {1: Unsent("lost")}
    assert feed.take().envelope.delivery_id == 2


def test_a_message_that_was_not_to_blame_goes_back_as_often_as_it_takes(notebook):
    feed = EnvelopeFeed([letter(1)], notebook)
    for _ in range(20):
        feed.take().give_back("idle for too long", blamed=False)
    assert not feed.outcomes and not feed.done


def test_who_broke_connections_since_the_last_answer_is_acquitted_when_the_server_breaks_them_all(notebook):
    feed = EnvelopeFeed([letter(number) for number in range(1, 5)], notebook)
    for number in range(1, 5):
        passage = feed.take()
        if number == 2:
            passage.settle(KEPT, heard=True)
            continue
        for _ in range(MOST_TRIES - 1):
            passage.give_back("lost", blamed=True)
            passage = feed.take()
        passage.give_back("lost", blamed=True)
    feed.acquit()
    assert feed.outcomes == {
        1: Unsent("lost"),
        2: KEPT,
        3: Unsent("lost", counts=False),
        4: Unsent("lost", counts=False),
    }


def test_stopping_pulls_nothing_more_and_lets_what_is_under_way_finish(notebook):
    pulled = Pulled(9)
    feed = EnvelopeFeed(pulled, notebook)
    passage = feed.take()
    feed.look_ahead(2)
    error = TransportError("down")
    feed.stop("down", error)
    assert feed.take() is None and not feed.done
    passage.settle(KEPT, heard=True)
    assert feed.done and feed.error is error and pulled.count == 3
    assert feed.outcomes == {1: KEPT, 2: Unsent("down", counts=False), 3: Unsent("down", counts=False)}


def test_an_iterable_that_fails_keeps_its_exception_for_the_caller(notebook):
    trouble = RuntimeError("no letter")

    def two():
        yield letter(1)
        raise trouble

    feed = EnvelopeFeed(two(), notebook)
    passage = feed.take()
    assert feed.take() is None and not feed.done
    passage.settle(KEPT, heard=True)
    assert feed.done and feed.failure is trouble and feed.outcomes == {1: KEPT}


def test_a_witness_that_fails_keeps_its_exception_for_the_caller(notebook):
    trouble = RuntimeError("journal")

    def fail(*_):
        raise trouble

    notebook.wrote = fail
    feed = EnvelopeFeed([letter(1)], notebook)
    passage = feed.take()
    assert not passage.wrote()
    passage.give_back("withdrawn", blamed=False)
    assert feed.failure is trouble and feed.done
    assert feed.outcomes == {1: Unsent("withdrawn", counts=False)}
