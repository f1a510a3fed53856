"""Waiting for what another thread or process does in its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sized

LOOK_SECONDS = 0.01


def comes_true(condition: Callable[[], bool], within: float = 5.0) -> bool:
    """Return whether `condition` is true at last, after so many seconds at most."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(LOOK_SECONDS)
    return True


async def empties(present: Sized, within: float = 5.0) -> bool:
    """Return whether nobody is present any more, after so many seconds at most; what would take them away goes on meanwhile."""
    end = time.monotonic() + within
    while present and time.monotonic() < end:  # noqa: ASYNC110 - a set says nothing when it changes
        await asyncio.sleep(0)
    return not present
