"""Whether this process can work: asked before it claims anything, so that one host's trouble keeps no reader from another host.

A trouble is of this process alone: its disk, its clock, its name server, its DKIM keys. What all would meet, a server that is down or a
ledger that is gone, is told elsewhere (see `newsletter.delivery.pace.circuit_breaker`). While there is one, the work it concerns is left to
others; it is looked at again after pauses that grow from a second to a minute, and it is said in the log once a minute.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import structlog

from newsletter.clock import Clock
from newsletter.errors import NewsletterError

log = structlog.get_logger(__name__)

LOOK_EVERY = 10.0
"""Seconds for which a process that is well trusts its last look."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds after which a trouble is looked at again; the pause doubles from the first to the longest."""
TOLD_EVERY = 60.0
"""Seconds between two lines of the log about one trouble."""


@dataclass(frozen=True, slots=True)
class FitnessCheck:
    """One thing to look at: `ask` raises NewsletterError when it is in the way.

    One that is not looked at `again` is looked at before the first claim, and while it was found to be in the way.
    """

    ask: Callable[[], object]
    again: bool = True


@dataclass(slots=True)
class _Rest:
    """What keeps this process from work, and when that is looked at again (monotonic)."""

    why: str
    since: float
    until: float
    told_at: float
    pause: float = FIRST_PAUSE


@dataclass
class Fitness:
    """What is in the way of this process, by what it concerns. Thread-safe; nothing is ever raised."""

    clock: Clock
    looks: dict[str, FitnessCheck] = field(default_factory=dict)
    _rests: dict[str, _Rest] = field(default_factory=dict)
    _looked_at: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def trouble(self) -> str:
        """What is in the way, with place and remedy; empty when nothing is."""
        with self._lock:
            return "; ".join(dict.fromkeys(rest.why for rest in self._rests.values()))

    def why(self, what: str) -> str:
        """Return what is said of one trouble; empty when it is not there."""
        with self._lock:
            rest = self._rests.get(what)
            return rest.why if rest else ""

    def able(self, besides: Collection[str] = ()) -> bool:
        """Tell whether nothing is in the way, but perhaps one of `besides`; look where it is time to."""
        wanted = [name for name in self.looks if name not in besides]
        if any(self._is_due(name) for name in wanted):
            self._look(wanted)
        with self._lock:
            return not any(name in self._rests for name in wanted)

    def able_to(self, what: str) -> bool:
        """Tell whether one particular thing may be tried: it was not met as a trouble, or the pause since is over."""
        with self._lock:
            rest = self._rests.get(what)
            return rest is None or self.clock.monotonic() >= rest.until

    @property
    def particular(self) -> bool:
        """Whether any particular thing is in the way."""
        with self._lock:
            return any(name not in self.looks for name in self._rests)

    def met(self, what: str, error: Exception) -> None:
        """Note that something was in the way while this process worked."""
        self._note(what, str(error))

    def well(self, what: str) -> None:
        """Note that a particular thing is in the way no more."""
        if what in self._rests:
            self._note(what, "")

    def _is_due(self, name: str) -> bool:
        now = self.clock.monotonic()
        with self._lock:
            rest, looked_at = self._rests.get(name), self._looked_at.get(name)
        if rest is not None:
            return now >= rest.until
        return looked_at is None or (self.looks[name].again and now - looked_at >= LOOK_EVERY)

    def _look(self, wanted: Collection[str]) -> None:
        """Look at what is due; whoever comes meanwhile goes on with what is known, and waits when nothing is."""
        unknown = any(name not in self._looked_at for name in wanted)
        if not self._looking.acquire(blocking=unknown):
            return
        try:
            for name in wanted:
                if self._is_due(name):
                    self._note(name, _answer(self.looks[name].ask))
        finally:
            self._looking.release()

    def _note(self, what: str, why: str) -> None:
        now = self.clock.monotonic()
        with self._lock:
            self._looked_at[what] = now
            before = self._rests.get(what)
            if not why:
                after = self._rests.pop(what, None) and None
            elif before is None:
                after = self._rests[what] = _Rest(why, now, now + FIRST_PAUSE, now)
            else:
                after = before
                self._prolong(before, why, now)
        self._tell(what, before, after, now)

    @staticmethod
    def _prolong(rest: _Rest, why: str, now: float) -> None:
        rest.why = why
        if now >= rest.until:  # threads that meet it together are one failure
            rest.pause = min(2 * rest.pause, LONGEST_PAUSE)
            rest.until = now + rest.pause

    def _tell(self, what: str, before: _Rest | None, after: _Rest | None, now: float) -> None:
        if before is None and after is not None:
            log.warning("this process cannot work and leaves it to others", because_of=what, error=after.why)
        elif before is not None and after is None:
            log.warning("this process can work again", because_of=what, after_seconds=round(now - before.since))
        elif after is not None and now - after.told_at >= TOLD_EVERY:
            after.told_at = now
            seconds = round(now - after.since)
            log.warning("this process still cannot work", because_of=what, since_seconds=seconds, error=after.why)


def _answer(ask: Callable[[], object]) -> str:
    try:
        ask()
    except NewsletterError as error:
        return str(error)
    except Exception as error:
        log.exception("cannot look whether this process can work, for a reason nobody foresaw")
        return f"{type(error).__name__}: {error}"
    return ""
