"""Does a reader's time grow with its input, or with the square of it? Told by a ratio within one run, never by a clock alone."""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STEP = 8
"""How much larger the larger input is: eight times the work is linear, 64 times is quadratic."""
LIMIT = 20.0
"""A ratio above this is not linear: clearly more than 8 and clearly less than 64."""
_LEAST_NS = 20_000
"""Below it an interrupt decides, and nothing is slow: the square of 500 characters is a hundred times as much."""
_RUNAWAY_SECONDS = 20.0
"""CPU seconds after which a reading is given up as one that does not end."""


class Runaway(Exception):  # noqa: N818 - no error: an end
    """A reading that was given up."""


def growth(work: Callable[[int], object], small: int, *, tries: int = 5) -> float:
    """Return the CPU time of `work(8 * small)` as a multiple of that of `work(small)`; infinite when it is given up.

    `work` takes a size and reads an input of about so many characters. The least of several tries counts, so that what else the
    machine does falls away; a ratio that is well below the limit at once is not asked again.
    """
    least, most = float("inf"), float("inf")
    try:
        for _ in range(tries):
            least = min(least, _spent(work, small))
            most = min(most, _spent(work, small * STEP))
            if most / least <= LIMIT * 0.75:
                break
    except Runaway:
        return float("inf")
    return most / least


def _spent(work: Callable[[int], object], size: int) -> float:
    with _given_up_after(_RUNAWAY_SECONDS):
        began = time.thread_time_ns()
        work(size)
        return max(time.thread_time_ns() - began, _LEAST_NS)


@contextmanager
def _given_up_after(seconds: float) -> Iterator[None]:
    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise Runaway

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
