"""The circuit breakers of a way out: after a failure nothing goes for a while, then one batch tries, and its success opens the way for all.

The state lies in the ledger, so that all workers share it and a new one knows it; each process looks at most once a second.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused, Unsent
from newsletter.model import Brake
from newsletter.store.database import Database
from newsletter.store.delivery import circuit_breaker as store

log = structlog.get_logger(__name__)

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(seconds=60)
FIRST_WAIT_REFUSED = timedelta(minutes=1)
LONGEST_WAIT_REFUSED = timedelta(minutes=30)
"""A server that refuses us for what a person must mend, or for today, is not asked each minute."""
REFUSES = "it refuses us: "
"""Stands before a server's words in why a way out is shut, when it refused us and is not down."""
TRIAL = timedelta(seconds=20)
"""How long one batch may try before another may: its worker may have died, and all others wait for it."""
LONGEST_TURN = timedelta(minutes=10)
"""After this a batch that was given back because something is shut, or a limit reached, looks again, whatever the line before it."""
LOOK_AGAIN = 1.0
"""Seconds for which a process trusts what it read."""
WAY_OUT = "way out"
"""The part that holds back all of a transport after failures, in words."""
FAILED, ASKED, DAY = "", "asked", "day"
"""Parts of a brake that hold back all of a transport: after failures, on request, for today. Any other is a group."""


class Entry(Enum):
    """Whether a batch may be sent."""

    SHUT = "shut"
    FREE = "free"
    TRIAL = "trial"  # alone, to see whether the way works again


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures in a row, and until when the way is shut. Pure: each move returns the next state."""

    failures: int = 0
    shut_until: datetime | None = None

    def ask(self, now: datetime) -> tuple[Breaker, Entry]:
        """Say whether a batch may be sent; after the wait one may, and the next not before a while."""
        if not self.failures:
            return self, Entry.FREE
        if self.shut_until is not None and now < self.shut_until:
            return self, Entry.SHUT
        return Breaker(self.failures, now + TRIAL), Entry.TRIAL

    def failed(self, entry: Entry, now: datetime, *, refused: bool = False) -> Breaker:
        """Return the state after a failure, or after we were `refused`; several batches that fail at once count as one failure."""
        if self.failures and entry is not Entry.TRIAL:
            return self
        failures = self.failures + 1
        first, longest = (FIRST_WAIT_REFUSED, LONGEST_WAIT_REFUSED) if refused else (FIRST_WAIT, LONGEST_WAIT)
        return Breaker(failures, now + min(longest, first * 2 ** min(failures - 1, 10)))

    def worked(self, entry: Entry) -> Breaker:
        """Return the state after a success; only that of a trial opens the way: others may have begun before the failure."""
        return Breaker() if entry is Entry.TRIAL else self

    def untried(self, entry: Entry, now: datetime) -> Breaker:
        """Return the state after a trial that came to nothing: the next batch may try at once."""
        return Breaker(self.failures, now) if entry is Entry.TRIAL and self.failures else self


@dataclass
class GatePassage:
    """One batch on its way through the gate: how it went, as far as the way out is concerned."""

    entry: Entry
    worked: bool | None = None
    why: str = ""
    refused: bool = False
    news: bool = False  # after its end: that the way refuses us was not known before

    @property
    def open(self) -> bool:
        """Whether the batch may be sent."""
        return self.entry is not Entry.SHUT

    def failed(self, why: str) -> None:
        """The way out is down."""
        self.worked, self.why = False, why

    def refuse(self, words: str) -> None:
        """The way out works and takes nothing from us."""
        self.worked, self.why, self.refused = False, REFUSES + words, True

    def answered(self, outcomes: Collection[Outcome]) -> None:
        """Any answer of a server shows that the way works. No answer shows nothing: one message may break every connection.

        It is the way that failed when nothing else came than messages said not to be why.
        """
        if any(isinstance(outcome, Accepted | Deferred | Refused) for outcome in outcomes):
            self.worked = True
        elif innocent := [each for each in outcomes if isinstance(each, Unsent) and not each.counts]:
            self.failed(innocent[0].reply)


class Gate:
    """Whether anything may go by one transport now. Thread-safe.

    `used_up` tells whether today's allowance is, by the settings of this process: a limit that was raised or taken away opens the
    way that was shut under the old one.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        transport: str,
        *,
        used_up: Callable[[Session, str, date], bool] = lambda *_: True,
    ) -> None:
        self.transport = transport
        self._used_up = used_up
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._brakes: dict[str, Breaker] = {}
        self._read_at = float("-inf")

    @contextlib.contextmanager
    def passing(self, *, owed: bool = False) -> Iterator[GatePassage]:
        """Ask for one batch, or for a notice that is `owed`, and tell at the end how it went. Raises StoreError."""
        passage = GatePassage(self.enter(owed=owed))
        try:
            yield passage
        finally:
            passage.news = self.leave(passage.entry, worked=passage.worked, why=passage.why, refused=passage.refused)

    def enter(self, *, owed: bool = False) -> Entry:
        """Ask before anything is claimed. Whoever is not told SHUT must call `leave`. Raises StoreError.

        What is `owed` to one person is held back by a way that is down alone, and not by the pace of issues.
        """
        if not owed and (self.seconds(ASKED) or self.seconds(DAY)):
            return Entry.SHUT
        entry = self._look(FAILED).ask(self._clock.now())[1]
        return self._try() if entry is Entry.TRIAL else entry

    def leave(self, entry: Entry, *, worked: bool | None, why: str = "", refused: bool = False) -> bool:
        """Tell how it went: it worked, it did not, or it never came to a try (None). Raises StoreError.

        True when we were `refused` and nobody knew before.
        """
        if entry is Entry.SHUT or (entry is Entry.FREE and worked is not False):
            return False
        now = self._clock.now()
        with self._database.write() as session:
            brake = store.locked(session, self.transport, FAILED, now)
            before, was_refused = _state(brake), brake.why.startswith(REFUSES)
            after = _after(before, entry, worked, now, refused=refused)
            _keep(brake, after, why if after.failures > before.failures else brake.why, now)
            if bool(before.failures) != bool(after.failures):
                store.unring(session)
            if was_refused and before.failures and not after.failures:
                store.age_anew(session, now)
        self._remember(FAILED, after)
        if after != before:
            self._tell(before, after, brake.why)
        return refused and after != before and not (was_refused and before.failures)

    def _tell(self, before: Breaker, after: Breaker, why: str) -> None:
        """Say that the breaker opened or closed, as electricians do, or that a trial failed: then it is open for longer."""
        if not after.failures:
            log.warning("breaker closed", transport=self.transport, part=WAY_OUT, after_failures=before.failures)
        elif after.failures > before.failures:
            words = "trial failed" if before.failures else "breaker opened"
            facts = {"failures": after.failures, "until": _said(after.shut_until), "why": why}
            log.warning(words, transport=self.transport, part=WAY_OUT, **facts)

    def room(self, most: int) -> int:
        """Return how many batches may be rung: none while the way is shut, few while it is being tried."""
        if self.seconds(ASKED) or self.seconds(DAY):
            return 0
        entry = self._look(FAILED).ask(self._clock.now())[1]
        return {Entry.SHUT: 0, Entry.TRIAL: 2, Entry.FREE: most}[entry]

    def seconds(self, part: str) -> float:
        """Return for how long a part is still shut; 0.0 when it is not."""
        until = self._look(part).shut_until
        return max(0.0, (until - self._clock.now()).total_seconds()) if until else 0.0

    def shut(self, part: str, *, until: datetime, why: str) -> None:
        """Let nothing go by this part before `until`; a later moment that was set before stays. Raises StoreError."""
        now = self._clock.now()
        with self._database.write() as session:
            brake = store.locked(session, self.transport, part, now)
            longer = brake.shut_until is None or brake.shut_until < until
            if longer:
                _keep(brake, Breaker(brake.failures, until), why, now)
            after = _state(brake)
        self._remember(part, after)
        if longer:
            log.warning("breaker opened", transport=self.transport, part=part, until=_said(until), why=why)

    def open(self, part: str) -> None:
        """Let messages go by this part again, if it was shut. Raises StoreError."""
        if not self.seconds(part):
            return
        now = self._clock.now()
        with self._database.write() as session:
            _keep(store.locked(session, self.transport, part, now), Breaker(), "", now)
            store.unring(session)
            store.hasten(session, now, LONGEST_TURN)
        self._remember(part, Breaker())
        log.warning("breaker closed", transport=self.transport, part=part)

    def shut_parts(self) -> set[str]:
        """Return the parts that are shut at this moment."""
        self._look(FAILED)
        with self._lock:
            parts = list(self._brakes)
        return {part for part in parts if self.seconds(part)}

    def _try(self) -> Entry:
        now = self._clock.now()
        with self._database.write() as session:
            brake = store.locked(session, self.transport, FAILED, now)
            after, entry = _state(brake).ask(now)
            _keep(brake, after, brake.why, brake.changed_at)
        self._remember(FAILED, after)
        return entry

    def _look(self, part: str) -> Breaker:
        with self._lock:
            fresh = self._clock.monotonic() - self._read_at < LOOK_AGAIN
            if fresh:
                return self._brakes.get(part, Breaker())
            self._read_at = self._clock.monotonic()  # others go on with the old while one reads
        with self._database.read() as session:
            found = {brake.part: _state(brake) for brake in store.brakes_of(session, self.transport)}
            outdated = self._outdated(session, found.get(DAY, Breaker()))
        with self._lock:
            self._brakes = found
        if outdated:
            self.open(DAY)
            log.warning("today's allowance was raised", transport=self.transport)
        with self._lock:
            return self._brakes.get(part, Breaker())

    def _outdated(self, session: Session, day: Breaker) -> bool:
        """Tell whether the day is shut by another limit than that of now."""
        now = self._clock.now()
        shut = day.shut_until is not None and now < day.shut_until
        return shut and not self._used_up(session, self.transport, now.date())

    def _remember(self, part: str, state: Breaker) -> None:
        with self._lock:
            self._brakes = {**self._brakes, part: state}


def _said(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _after(before: Breaker, entry: Entry, worked: bool | None, now: datetime, *, refused: bool) -> Breaker:
    if worked is None:
        return before.untried(entry, now)
    return before.worked(entry) if worked else before.failed(entry, now, refused=refused)


def _state(brake: Brake) -> Breaker:
    return Breaker(brake.failures, brake.shut_until)


def _keep(brake: Brake, state: Breaker, why: str, now: datetime) -> None:
    brake.failures, brake.shut_until = state.failures, state.shut_until
    brake.why, brake.changed_at = why.replace("\0", ""), now  # PostgreSQL keeps no NUL in a text
