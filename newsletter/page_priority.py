"""Pages before mail: in a process that does both, sending gives way while somebody waits for a page.

Threads of one process share one interpreter. A page needs it a dozen times for a moment, and would wait each time behind
every thread that sends; so those pause instead, in short steps and never for long.

The thread that talks SMTP lets go of the interpreter at every read and write, but takes it back within microseconds: a
sleeping thread wakes too late, again and again, for a tenth of a second. So it also rests now and then for no known page,
longer than a thread takes to wake: whoever waits for the interpreter gets it then, and a page can be begun.
"""

from __future__ import annotations

from newsletter.clock import Clock

STEP = 0.0005
"""Seconds of one pause."""
MOST_STEPS = 10
"""Pauses in a row."""
PATIENCE = 0.1
"""Seconds a page goes first: one that takes long (a large import, whoever reads or writes slowly) must not slow the mail."""
BETWEEN_RESTS = 0.002
"""Seconds that sending goes on before it lets go of the interpreter for a moment."""
REST = 0.00005
"""Seconds of that moment; the system's timers make about twice as much of it."""


class PagePriority:
    """How many pages are being made now. Pages are counted on one thread, the web server's; anyone may look."""

    def __init__(self, clock: Clock) -> None:
        self.pages = 0
        self._clock = clock
        self._expected = False
        self._newest = 0.0  # when the last page was begun
        self._rest_due = 0.0

    def expect_pages(self) -> None:
        """Say that this process serves pages: without them nothing gives way."""
        self._expected = True

    def __enter__(self) -> None:
        """A page is begun."""
        self._newest = self._clock.monotonic()
        self.pages += 1

    def __exit__(self, *_: object) -> None:
        """It is done."""
        self.pages -= 1

    def give_way(self) -> None:
        """Pause while a page is being made, 5 ms at most, or for a moment when the last pause is long past."""
        if not self._expected:
            return
        for _ in range(MOST_STEPS):
            if not self._goes_first():
                break
            self._pause(STEP)
        if self._clock.monotonic() >= self._rest_due:
            self._pause(REST)

    def _goes_first(self) -> bool:
        return self.pages > 0 and self._clock.monotonic() - self._newest < PATIENCE

    def _pause(self, seconds: float) -> None:
        self._clock.sleep(seconds)
        self._rest_due = self._clock.monotonic() + BETWEEN_RESTS
