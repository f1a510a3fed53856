"""Turns at rendering: one at a time for each editor and few at once, so that no text however long takes the desk from the others.

Each request has a thread of the web server's, and there are forty: previews that pile up behind a slow one would take them
all. So a newer request of one kind takes the place of the older one that still waits, and nobody waits for long.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.errors import LimitError

AT_ONCE = 2
"""Renderings in one process."""
PATIENCE = 10.0
"""Longest wait for one's turn, in seconds."""


class Turns:
    """Who renders now and who waits; thread-safe."""

    def __init__(self, *, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._at_once = at_once
        self._patience = patience
        self._changed = threading.Condition()
        self._busy: set[int] = set()
        self._newest: dict[tuple[int, str], int] = {}
        self._tickets = itertools.count()

    @contextmanager
    def take(self, editor_id: int, kind: str) -> Iterator[None]:
        """Wait for the editor's turn. Raises LimitError when a newer request of this `kind` came, or it took too long."""
        self._wait(editor_id, (editor_id, kind))
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(editor_id)
                self._changed.notify_all()

    def _wait(self, editor_id: int, place: tuple[int, str]) -> None:
        with self._changed:
            ticket = self._newest[place] = next(self._tickets)
            self._changed.notify_all()  # whoever waited in this place gives it up

            def may_end() -> bool:
                return self._newest.get(place) != ticket or self._is_free(editor_id)

            self._changed.wait_for(may_end, self._patience)
            is_newest = self._newest.get(place) == ticket
            if is_newest:
                del self._newest[place]
            if not is_newest or not self._is_free(editor_id):
                raise LimitError(
                    "another text of yours is still being rendered"
                    if is_newest
                    else "a newer text took this one's turn",
                    retry_after=2,
                    where="desk",
                    remedy="nothing is lost: try again in a moment",
                )
            self._busy.add(editor_id)

    def _is_free(self, editor_id: int) -> bool:
        return editor_id not in self._busy and len(self._busy) < self._at_once


TURNS = Turns()
