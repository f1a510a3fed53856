"""Learn from "not so fast": halve the pace to a group of receivers that says so, and raise it again step by step.

Additive increase and multiplicative decrease, as TCP does it (RFC 5681 section 3.1). Each worker process judges the answers it
hears, and what it learns holds for all of them together: every change has a version, the first who offers the next one wins, and
the others take it over and begin to count anew. So one trouble that several hear halves the pace once.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from newsletter.clock import Clock
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused
from newsletter.pacing import FORGOTTEN_AFTER, KeptPace, SeenPaces, SharedPaces

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
LOOK_EVERY = 1.0
"""Seconds between two looks at what other processes learned; it is all that sharing costs while nothing is learned."""

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
class AdaptivePace:
    """Messages a second that were learned (None: as fast as it goes), and the pace at which trouble began."""

    rate: float | None = None
    ceiling: float = 0.0

    def after(self, *, answered: int, slower: int, seconds: float, sharers: int = 1) -> AdaptivePace:
        """Return the pace after a window of `seconds`, in which `slower` of `answered` said "not so fast" to one of `sharers`."""
        if slower >= TOO_MANY * answered > 0:
            # What was taken is what they take; when nothing was, a tenth of what we tried is a better guess than nothing.
            taken = max(answered - slower, answered / 10) * sharers / seconds
            if (
                self.rate is not None
            ):  # a handful of answers to one of us says that it is too fast, not how much too fast
                taken = min(self.rate, taken) if answered >= LEAST_ANSWERS else self.rate
            start = max(SLOWEST, taken)
            return AdaptivePace(max(SLOWEST, start / 2), start)
        if self.rate is None or not answered:
            return self
        rate = self.rate + max(SLOWEST, self.ceiling * STEP)
        return AdaptivePace() if rate >= FREE_FROM * self.ceiling else AdaptivePace(rate, self.ceiling)


@dataclass
class _Counted:
    """The present window of one group."""

    since: float  # when it began: at the last change, or with the first answer
    pace: AdaptivePace = AdaptivePace()
    version: int = 0
    changed_at: float = float("-inf")  # when this process took the pace over
    answered: int = 0
    slower: int = 0

    def take_over(self, kept: KeptPace, now: float) -> None:
        """Keep to a pace from now on, and count anew."""
        self.pace, self.version = AdaptivePace(kept.rate or None, kept.ceiling), kept.version
        self.since, self.changed_at = now - kept.age, now
        self.answered = self.slower = 0

    def kept(self, now: float) -> KeptPace:
        """Return the pace as it is shared."""
        return KeptPace(self.version, self.pace.rate or 0.0, self.pace.ceiling, now - self.since)


@dataclass
class Learner:
    """The paces that were learned, by group: by all who share `paces`, or by this process alone. Thread-safe."""

    clock: Clock
    paces: SharedPaces | None = None
    note: Callable[[str, float | None], None] | None = None  # told of each change of ours, in messages a second
    _groups: dict[str, _Counted] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _sharers: int = 1
    _next_look: float = float("-inf")
    _looked: bool = False

    @property
    def knows(self) -> bool:
        """Whether what others learned was looked up once: before that there may be a pace that nobody here knows of."""
        return self.paces is None or self._looked

    def learn(self, answers: Mapping[str, tuple[int, int]], began: float) -> None:
        """Take in (answered, of these slower) by group, from a send that began at `began` (monotonic)."""
        now = self.clock.monotonic()
        changes: dict[str, KeptPace] = {}
        with self._lock:
            for group, (answered, slower) in answers.items():
                counted = self._counted(group, began, now)
                # What began before the last change says nothing of the pace since.
                if began >= counted.changed_at:
                    counted.answered += answered
                    counted.slower += slower
                    change = self._judge(group, counted, now)
                    if change is not None:
                        changes[group] = change
        for group, change in changes.items():
            self._change(group, change)

    def rates(self) -> dict[str, float]:
        """Return the groups with a learned pace, in messages a second."""
        self._look()
        oldest = self.clock.monotonic() - FORGOTTEN_AFTER
        with self._lock:
            kept = {g: c.pace.rate for g, c in self._groups.items() if c.since >= oldest}
        return {group: rate for group, rate in kept.items() if rate is not None}

    def _counted(self, group: str, began: float, now: float) -> _Counted:
        counted = self._groups.get(group)
        if counted is None or now - counted.since > FORGOTTEN_AFTER:
            counted = self._groups[group] = _Counted(since=began)
        return counted

    def _judge(self, group: str, counted: _Counted, now: float) -> KeptPace | None:
        """Return the next pace when it is time for one; a window that was judged is over."""
        enough = counted.answered >= LEAST_ANSWERS or counted.pace.rate is not None
        trouble = enough and counted.slower > 0 and counted.slower >= TOO_MANY * counted.answered
        if not trouble and now - counted.since < WINDOW:
            return None
        seconds, answered, slower = max(1.0, now - counted.since), counted.answered, counted.slower
        counted.since, counted.answered, counted.slower = now, 0, 0
        if not enough:
            return None
        pace = counted.pace.after(answered=answered, slower=slower, seconds=seconds, sharers=self._sharers)
        if pace == counted.pace and not trouble:
            return None
        log.info("pace", group=group, rate=pace.rate, answered=answered, slower=slower)
        return KeptPace(counted.version + 1, pace.rate or 0.0, pace.ceiling)

    def _change(self, group: str, change: KeptPace) -> None:
        """Offer a pace to all; whatever stands then, another's or ours, is kept to. Outside the lock: it may ask Redis."""
        stands = self.paces.offer(group, change) if self.paces else None
        now = self.clock.monotonic()
        with self._lock:
            counted = self._counted(group, now, now)
            best = stands or change
            if best.version > counted.version:
                counted.take_over(best, now)
        if self.note and best[:3] == change[:3]:  # who was first notes it, once for all
            self.note(group, change.rate or None)

    def _look(self) -> None:
        """Take over what others learned; give back what a flush took from all.

        Who comes while another looks waits for what that finds: what is known here may be nothing yet, or an hour old.
        """
        if self.paces is None or self.clock.monotonic() < self._next_look:
            return
        with self._looking:
            now = self.clock.monotonic()
            if now < self._next_look:
                return
            seen = self.paces.look()
            if seen is not None:
                self._take_in(self.paces, seen, now)
                self._looked = True
            # Last, for who reads it without the lock goes on with what is known.
            self._next_look = now + LOOK_EVERY

    def _take_in(self, paces: SharedPaces, seen: SeenPaces, now: float) -> None:
        with self._lock:
            self._sharers = seen.sharers
            for group, kept in seen.paces.items():
                counted = self._counted(group, now, now)
                if kept.version > counted.version:
                    counted.take_over(kept, now)
            lost = {g: c.kept(now) for g, c in self._groups.items() if c.version > _version(seen.paces.get(g))}
        for group, known in lost.items():
            if known.age <= FORGOTTEN_AFTER:
                paces.offer(group, known)


def _version(kept: KeptPace | None) -> int:
    return kept.version if kept else 0


def count(outcome: Outcome) -> tuple[int, int]:
    """Return (1 when a server answered, 1 when it said "not so fast")."""
    if type(outcome) is Accepted:
        return 1, 0
    return int(isinstance(outcome, Deferred | Refused)), int(says_slower(outcome))
