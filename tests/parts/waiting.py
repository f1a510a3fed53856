"""Waiting for what another thread or process does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_SECONDS = 0.01


def comes_true(condition: Callable[[], bool], within: float = 5.0) -> bool:
    """Return whether `condition` is true at last, after so many seconds at most."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(LOOK_SECONDS)
    return True
