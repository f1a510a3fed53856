"""Few collections of garbage, where a process makes many objects that live for a moment and holds many that stay for good."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_FEW = (20_000, 20, 20)


def collect_seldom() -> None:
    """Never look again through what is here now, and seldom through what comes: the collector stops all threads for as long as it looks."""
    gc.freeze()
    gc.set_threshold(*_FEW)


@contextmanager
def few_collections() -> Iterator[None]:
    """Collect seldom for a while, as `collect_seldom` does."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
