"""Opens and clicks: written in batches, beside the answers.

SIGTERM loses nothing. What a killed process had not written yet stands in its journal, and is written by the next one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import NewsletterError
from newsletter.feedback import bot_detection
from newsletter.feedback.event_journal import EventJournal, Left, Noted, SeenEvent
from newsletter.feedback.flooding import BEYOND, RowLimit
from newsletter.logs import outage
from newsletter.model.feedback import EventKind
from newsletter.model.states import Consent
from newsletter.store.database import Database
from newsletter.store.feedback import events
from newsletter.store.feedback.events import Counts, DeliveryFacts
from newsletter.store.inserting import batches

log = structlog.get_logger(__name__)

WRITE_SECONDS = 0.5
WRITE_EVENTS = 500
MOST_WAITING = 500_000
"""Events kept in memory while the ledger is gone; the oldest go first after that."""
WRITTEN = Counter("newsletter_events_written", "Opens and clicks written.", ["kind"])
COUNTED = Counter("newsletter_events_counted", "Opens and clicks beyond what is kept one by one.")
LOST = Counter("newsletter_events_lost", "Opens and clicks given up because the ledger was gone for too long.")
WAITING = Gauge("newsletter_events_waiting", "Opens and clicks not written yet.")


class EventBuffer:
    """Collects events from any thread and writes them by itself; `close()` writes the rest and returns."""

    def __init__(self, database: Database, clock: Clock, folder: Path) -> None:
        self._database = database
        self._journal = EventJournal(folder)
        self._recovered = False
        self._clock = clock
        self._waiting: deque[SeenEvent] = deque()
        self._bursts = _Bursts()
        self._limit = RowLimit(clock)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def add(self, seen: SeenEvent, network: str | None = None) -> None:
        """Take an event; it is written within WRITE_SECONDS. One from a `network` that is beyond the limit is counted only."""
        if network is not None and self._limit.exceeded(seen, network):
            seen.signs.append(BEYOND)
        with self._lock:
            self._journal.note(seen)
            self._waiting.append(seen)
            full = len(self._waiting) >= WRITE_EVENTS
            self._start()
        if seen.delivery_id is not None and seen.kind is EventKind.CLICK:
            self._bursts.note(seen, self._clock.monotonic())
        if full:
            self._wake.set()

    def begin(self) -> None:
        """Look for what a killed process left, and write it beside the answers."""
        if self._journal.has_left():
            with self._lock:
                self._start()

    def recover(self) -> int:
        """Write what killed processes of this host had noted and not written; return how much that was. Raises StoreError."""
        written = sum(self._write_missing(left) for left in self._journal.left())
        self._recovered = True
        return written

    def flush(self) -> int:
        """Write what waits and return how much that was. Raises StoreError; the events stay then."""
        with self._writing:
            with self._lock:
                taken, self._waiting = list(self._waiting), deque()
                noted = self._journal.turn() if taken else []
            try:
                written = self._write(taken, noted)
            except BaseException:
                with self._lock:
                    self._waiting.extendleft(reversed(taken))
                raise
            self._journal.forget()
            return written

    def close(self) -> None:
        """Write the rest, and end."""
        with self._lock:
            self._ending, thread = True, self._thread
        self._wake.set()
        if thread is not None:
            thread.join()
        written = False
        try:
            self.flush()
            written = True
        finally:
            self._journal.close(written=written)

    def _start(self) -> None:
        if self._thread is None and not self._ending:
            self._thread = threading.Thread(target=self._run, name="events", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                if not self._recovered:
                    self.recover()
                self.flush()
            except NewsletterError as error:
                log.warning("events wait: they cannot be written", error=error.what, **outage(error))
                self._drop_oldest()
            if self._ending:
                return
            self._wake.wait(WRITE_SECONDS)
            self._wake.clear()

    def _write(self, taken: Sequence[SeenEvent], noted: Sequence[Noted]) -> int:
        written = Sorted()
        bursting, since = self._bursts.take(self._clock.monotonic()), self._clock.now() - timedelta(seconds=30)
        if not taken and not bursting:
            return 0
        try:
            with self._database.write() as session:
                for some in batches(taken):
                    found = _sorted(session, some, bursting)
                    events.add_many(session, found.rows)
                    written.add(found)
                self._count(session, written.counts, noted)
                if bursting:
                    least = bot_detection.WEIGHTS["burst"]
                    events.raise_scores(session, sorted(bursting), since=since, least=least, sign="burst")
        except BaseException:
            self._bursts.give_back(bursting)
            raise
        for kind in EventKind:
            WRITTEN.labels(kind.value).inc(sum(row["kind"] is kind for row in written.rows))
        COUNTED.inc(written.counts.total())
        WAITING.set(len(self._waiting))
        return len(written)

    def _write_missing(self, left: Left) -> int:
        """Write what the ledger does not hold: the process may have been killed between its commit and forgetting the file."""
        written = 0
        with self._database.write() as session:
            counted = events.counted_of(session, left.name)
            numbered = [(number, seen) for number, seen in enumerate(left.seen) if seen is not None]
            for some in batches(numbered):
                fresh = [seen for number, seen in some if number >= counted or BEYOND not in seen.signs]
                found = _sorted(session, fresh, frozenset())
                missing = events.missing(session, found.rows)
                events.add_many(session, missing)
                self._count(session, found.counts, [Noted(left.name, len(left.seen))])
                written += len(missing) + found.counts.total()
        return written

    def _count(self, session: Session, counts: Counts, noted: Sequence[Noted]) -> None:
        """Count what leaves no row, and say up to which line of the journal: no count can be told from another later."""
        if counts:
            events.add_counts(session, counts)
            events.note_counted(session, noted, self._clock.now())

    def _drop_oldest(self) -> None:
        with self._lock:
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
                LOST.inc()
            WAITING.set(len(self._waiting))


class _Bursts:
    """Which deliveries had many of their links followed at once."""

    def __init__(self) -> None:
        self._recent: dict[int, dict[int, float]] = {}  # delivery -> link -> moment
        self._found: set[int] = set()
        self._lock = threading.Lock()

    def note(self, seen: SeenEvent, moment: float) -> None:
        assert seen.delivery_id is not None
        with self._lock:
            links = self._recent.setdefault(seen.delivery_id, {})
            links[seen.link] = moment
            fresh = sum(moment - at <= bot_detection.BURST_SECONDS for at in links.values())
            if fresh >= bot_detection.BURST_LINKS:
                self._found.add(seen.delivery_id)

    def take(self, moment: float) -> set[int]:
        with self._lock:
            found, self._found = self._found, set()
            for delivery_id in [
                i for i, links in self._recent.items() if moment - max(links.values()) > bot_detection.BURST_SECONDS
            ]:
                del self._recent[delivery_id]
            return found

    def give_back(self, found: set[int]) -> None:
        with self._lock:
            self._found |= found


@dataclass(slots=True)
class Sorted:
    """What is written of events: rows, and how many were only counted by edition, kind and link."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def __len__(self) -> int:
        return len(self.rows) + self.counts.total()

    def add(self, other: Sorted) -> None:
        """Take in what another holds."""
        self.rows += other.rows
        self.counts.update(other.counts)


def _sorted(session: Session, some: Sequence[SeenEvent], bursting: AbstractSet[int]) -> Sorted:
    ids = sorted({seen.delivery_id for seen in some if seen.delivery_id is not None})
    facts = events.facts_of(session, ids) if ids else {}
    found = Sorted()
    for seen in some:
        row = row_of(seen, facts, bursting)
        if row is not None and BEYOND in seen.signs:
            found.counts[row["edition_id"], row["kind"], row["link"]] += 1
        elif row is not None:
            found.rows.append(row)
    return found


def row_of(seen: SeenEvent, facts: Mapping[int, DeliveryFacts], bursting: AbstractSet[int]) -> dict[str, Any] | None:
    """Return the row of an event, or None when nothing may be kept of it."""
    edition_id, delivery_id = seen.edition_id, seen.delivery_id
    signs = [sign for sign in seen.signs if sign != BEYOND]
    if delivery_id is not None:
        known = facts.get(delivery_id)
        if known is None:
            return None
        edition_id = known.edition_id
        if timedelta() <= seen.at - known.changed_at < bot_detection.QUICK:
            signs.append("quick")
        if delivery_id in bursting:
            signs.append("burst")
        if known.consent is not Consent.GRANTED:  # taken back since: a click still counts, without the reader
            if seen.kind is EventKind.OPEN:
                return None
            delivery_id = None
    return {
        "at": seen.at,
        "kind": seen.kind,
        "edition_id": edition_id,
        "delivery_id": delivery_id,
        "link": seen.link,
        "score": bot_detection.score(signs),
        "signs": ",".join(signs)[:120],
    }
