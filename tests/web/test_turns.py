"""One rendering at a time for each editor, few at once, and nobody waits behind a pile of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from newsletter.errors import LimitError
from newsletter.web.desk.turns import Turns
from tests.parts.waiting import comes_true


class Rendering:
    """A rendering in a thread of its own, which goes on until it is told to end."""

    def __init__(self, threads: ThreadPoolExecutor, turns: Turns, editor_id: int, kind: str = "preview") -> None:
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.told: Future[None] = threads.submit(self._render, turns, editor_id, kind)

    def _render(self, turns: Turns, editor_id: int, kind: str) -> None:
        with turns.take(editor_id, kind):
            self.began.set()
            assert self.may_end.wait(20)

    def end(self) -> None:
        """End it, and wait until it has."""
        self.may_end.set()
        self.told.result(20)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture
def begin(threads: ThreadPoolExecutor) -> Callable[..., Rendering]:
    def begin(turns: Turns, editor_id: int, kind: str = "preview") -> Rendering:
        return Rendering(threads, turns, editor_id, kind)

    return begin


def test_an_editor_waits_for_their_own_rendering(begin: Callable[..., Rendering]) -> None:
    turns = Turns(patience=20)
    first = begin(turns, 1)
    assert first.began.wait(20)
    second = begin(turns, 1, "save")
    assert not second.began.wait(0.05)
    first.end()
    assert second.began.wait(20)
    second.end()


def test_a_newer_text_takes_the_place_of_one_that_waits(begin: Callable[..., Rendering]) -> None:
    turns = Turns(patience=20)
    first = begin(turns, 1)
    assert first.began.wait(20)
    second = begin(turns, 1)
    assert comes_true(lambda: bool(turns._newest))
    third = begin(turns, 1)
    with pytest.raises(LimitError, match="newer"):
        second.told.result(20)
    first.end()
    assert third.began.wait(20)
    third.end()


def test_a_preview_takes_no_place_of_a_text_that_is_saved(begin: Callable[..., Rendering]) -> None:
    turns = Turns(patience=20)
    first = begin(turns, 1)
    assert first.began.wait(20)
    save, preview = begin(turns, 1, "save"), begin(turns, 1, "preview")
    assert comes_true(lambda: len(turns._newest) == 2)
    first.end()
    for each in (save, preview):  # whichever comes first must be free to end
        each.may_end.set()
    for each in (save, preview):
        each.told.result(20)


def test_others_need_not_wait_until_all_turns_are_taken(begin: Callable[..., Rendering]) -> None:
    turns = Turns(at_once=2, patience=20)
    one, two = begin(turns, 1), begin(turns, 2)
    assert one.began.wait(20)
    assert two.began.wait(20)
    three = begin(turns, 3)
    assert not three.began.wait(0.05)
    one.end()
    assert three.began.wait(20)
    two.end()
    three.end()


def test_nobody_waits_for_ever(begin: Callable[..., Rendering]) -> None:
    turns = Turns(patience=0.05)
    first = begin(turns, 1)
    assert first.began.wait(20)
    second = begin(turns, 1)
    with pytest.raises(LimitError, match="still being rendered") as refused:
        second.told.result(20)
    assert refused.value.retry_after > 0
    first.end()


def test_a_rendering_that_fails_gives_its_turn_back() -> None:
    turns = Turns(patience=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.take(1, "preview"):
            raise ZeroDivisionError
    assert (turns._busy, turns._newest) == (set(), {})
