"""Learn from "not so fast": halve the pace to a group of receivers that says so, and raise it again step by step.

Additive increase and multiplicative decrease, as TCP does it (RFC 5681 section 3.1), so that several worker processes, each
of which learns from its own answers, come to fair shares of what the receiver takes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from newsletter.clock import Clock
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused

log = structlog.get_logger(__name__)

WINDOW = 10.0
"""Seconds over which answers are counted before the pace is raised."""
LEAST_ANSWERS = 10
"""Fewer answers say nothing."""
TOO_MANY = 0.1
"""Share of answers saying "not so fast" from which the pace is halved."""
STEP = 0.05
"""By which part of the pace at which trouble began the pace rises in each window."""
FREE_FROM = 2.0
"""The pace is let go once it is so many times that at which trouble began."""
SLOWEST = 0.1
"""Messages a second: what remains of any pace, or nothing would ever be learned again."""
FORGOTTEN_AFTER = 3600.0
"""Seconds without an answer after which what was learned is forgotten."""

_CODES = frozenset({421, 450, 451, 452})
# RFC 3463: 4.7.x policy, 4.4.x network; 4.3.2 system not accepting, 4.5.3 too many recipients
_STATUSES = ("4.7.", "4.4.", "4.3.2", "4.5.3")
_GREY = re.compile(r"gr[ae]y[ -]?list", re.IGNORECASE)
_FAST = re.compile(
    r"rate|throttl|too (?:many|fast|much)|limit|slow|exceed|unusual|volume|temporarily (?:deferred|blocked)",
    re.IGNORECASE,
)


def says_slower(outcome: Outcome) -> bool:
    """Tell whether a server asked us to go slower, and not this one reader to wait (greylisting, a full mailbox)."""
    if not isinstance(outcome, Deferred) or outcome.code not in _CODES or _GREY.search(outcome.reply):
        return False
    if outcome.code == 421 or outcome.status.startswith(_STATUSES):
        return True
    return not outcome.status.startswith("4.2.") and _FAST.search(outcome.reply) is not None


@dataclass(frozen=True, slots=True)
class Pace:
    """Messages a second that were learned (None: as fast as it goes), and the pace at which trouble began."""

    rate: float | None = None
    ceiling: float = 0.0

    def after(self, *, answered: int, slower: int, seconds: float) -> Pace:
        """Return the pace after a window of `seconds`, in which `slower` of `answered` said "not so fast"."""
        if slower >= TOO_MANY * answered > 0:
            # What was taken is what they take; when nothing was, a tenth of what we tried is a better guess than nothing.
            observed = max(answered - slower, answered / 10) / seconds
            start = max(SLOWEST, observed if self.rate is None else min(self.rate, observed))
            return Pace(max(SLOWEST, start / 2), start)
        if self.rate is None or not answered:
            return self
        rate = self.rate + max(SLOWEST, self.ceiling * STEP)
        return Pace() if rate >= FREE_FROM * self.ceiling else Pace(rate, self.ceiling)


@dataclass
class _Counted:
    """The present window of one group."""

    since: float
    pace: Pace = Pace()
    changed_at: float = float("-inf")
    answered: int = 0
    slower: int = 0


@dataclass
class Learner:
    """The paces this process learned, by group. Thread-safe."""

    clock: Clock
    _groups: dict[str, _Counted] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, answers: Mapping[str, tuple[int, int]], began: float) -> None:
        """Take in (answered, of these slower) by group, from a send that began at `began` (monotonic)."""
        now = self.clock.monotonic()
        with self._lock:
            for group, (answered, slower) in answers.items():
                counted = self._groups.setdefault(group, _Counted(since=began))
                if now - counted.since > FORGOTTEN_AFTER:
                    counted = self._groups[group] = _Counted(since=began)
                # What began before the last change says nothing of the pace since.
                if began >= counted.changed_at:
                    counted.answered += answered
                    counted.slower += slower
                    self._judge(group, counted, now)

    def rates(self) -> dict[str, float]:
        """Return the groups with a learned pace, in messages a second."""
        oldest = self.clock.monotonic() - FORGOTTEN_AFTER
        with self._lock:
            kept = {g: c.pace.rate for g, c in self._groups.items() if c.since >= oldest}
        return {group: rate for group, rate in kept.items() if rate is not None}

    def _judge(self, group: str, counted: _Counted, now: float) -> None:
        enough = counted.answered >= LEAST_ANSWERS or counted.pace.rate is not None
        trouble = enough and counted.slower > 0 and counted.slower >= TOO_MANY * counted.answered
        if not trouble and now - counted.since < WINDOW:
            return
        if enough:
            seconds = max(1.0, now - counted.since)
            pace = counted.pace.after(answered=counted.answered, slower=counted.slower, seconds=seconds)
            if pace != counted.pace:
                log.info("pace", group=group, rate=pace.rate, answered=counted.answered, slower=counted.slower)
                counted.changed_at = now
            counted.pace = pace
        counted.since, counted.answered, counted.slower = now, 0, 0


def count(outcome: Outcome) -> tuple[int, int]:
    """Return (1 when a server answered, 1 when it said "not so fast")."""
    if type(outcome) is Accepted:
        return 1, 0
    return int(isinstance(outcome, Deferred | Refused)), int(says_slower(outcome))
