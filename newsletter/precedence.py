"""Pages before mail: in a process that does both, sending gives way while somebody waits for a page.

Threads of one process share one interpreter. A page needs it a dozen times for a moment, and would wait each time behind
every thread that sends; so those pause instead, in short steps and never for long.
"""

from __future__ import annotations

from newsletter.clock import Clock

STEP = 0.0005
"""Seconds of one pause."""
MOST_STEPS = 10
"""Pauses in a row: a page that takes long (a slow reader, a large import) must not stop the mail."""


class Precedence:
    """How many pages are being made now. Pages are counted on one thread, the web server's; anyone may look."""

    def __init__(self, clock: Clock) -> None:
        self.pages = 0
        self._clock = clock

    def __enter__(self) -> None:
        """A page is begun."""
        self.pages += 1

    def __exit__(self, *_: object) -> None:
        """It is done."""
        self.pages -= 1

    def give_way(self) -> None:
        """Pause while a page is being made, 5 ms at most; at once when there is none."""
        for _ in range(MOST_STEPS):
            if not self.pages:
                return
            self._clock.sleep(STEP)
