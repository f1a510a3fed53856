"""Work that is kept: what a text became, by the text and all that it depended on. An editor types in one item; the others stay done."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")
MOST_CHARS = 1_000_000
"""Characters kept by one process for each kind of work, of which there are a dozen: two dozen issues or so."""


class KeptWork(Generic[Made]):
    """The last results of one pure function, the least recently used let go first; thread-safe. `most` counts characters."""

    def __init__(self, most: int = MOST_CHARS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Made, int]] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable) -> Made | None:
        """Return what is kept under a key, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, made: Made, size: int) -> Made:
        """Keep a result that takes about `size` characters, its key included, and return it; one too large is not kept."""
        if size > self._most // 4:
            return made
        with self._lock:
            _, before = self._kept.pop(key, (None, 0))
            self._kept[key] = made, size
            self._size += size - before
            while self._size > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self._size -= gone
        return made

    def of(self, key: Hashable, make: Callable[[], Made], size: Callable[[Made], int]) -> Made:
        """Return what is kept under a key, or make and keep it. What `make` raises is not kept."""
        found = self.get(key)
        if found is not None:
            return found
        made = make()
        return self.keep(key, made, size(made))
