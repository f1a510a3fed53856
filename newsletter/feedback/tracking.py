"""Opens and clicks: written in batches, beside the answers.

SIGTERM loses nothing. What a killed process had not written yet stands in its journal, and is written by the next one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

from newsletter.clock import Clock
from newsletter.errors import NewsletterError
from newsletter.feedback import machines
from newsletter.feedback.outliving import EventJournal, Seen
from newsletter.model.feedback import EventKind
from newsletter.model.states import Consent
from newsletter.store import events
from newsletter.store.database import Database
from newsletter.store.events import DeliveryFacts
from newsletter.store.inserting import batches

log = structlog.get_logger(__name__)

WRITE_SECONDS = 0.5
WRITE_EVENTS = 500
MOST_WAITING = 500_000
"""Events kept in memory while the ledger is gone; the oldest go first after that."""
WRITTEN = Counter("newsletter_events_written", "Opens and clicks written.", ["kind"])
LOST = Counter("newsletter_events_lost", "Opens and clicks given up because the ledger was gone for too long.")
WAITING = Gauge("newsletter_events_waiting", "Opens and clicks not written yet.")


class EventBuffer:
    """Collects events from any thread and writes them by itself; `close()` writes the rest and returns."""

    def __init__(self, database: Database, clock: Clock, folder: Path) -> None:
        self._database = database
        self._journal = EventJournal(folder)
        self._recovered = False
        self._clock = clock
        self._waiting: deque[Seen] = deque()
        self._bursts = _Bursts()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def add(self, seen: Seen) -> None:
        """Take an event; it is written within WRITE_SECONDS."""
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
        written = sum(self._write_missing(seen) for seen in self._journal.left())
        self._recovered = True
        return written

    def flush(self) -> int:
        """Write what waits and return how much that was. Raises StoreError; the events stay then."""
        with self._writing:
            with self._lock:
                taken, self._waiting = list(self._waiting), deque()
                if taken:
                    self._journal.turn()
            try:
                written = self._write(taken)
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
                log.warning("events wait: they cannot be written", error=error.what)
                self._drop_oldest()
            if self._ending:
                return
            self._wake.wait(WRITE_SECONDS)
            self._wake.clear()

    def _write(self, taken: Sequence[Seen]) -> int:
        written: list[dict[str, Any]] = []
        bursting, since = self._bursts.take(self._clock.monotonic()), self._clock.now() - timedelta(seconds=30)
        if not taken and not bursting:
            return 0
        try:
            with self._database.write() as session:
                for some in batches(taken):
                    ids = sorted({seen.delivery_id for seen in some if seen.delivery_id is not None})
                    facts = events.facts_of(session, ids) if ids else {}
                    rows = [row for seen in some if (row := row_of(seen, facts, bursting)) is not None]
                    events.add_many(session, rows)
                    written += rows
                if bursting:
                    least = machines.WEIGHTS["burst"]
                    events.raise_scores(session, sorted(bursting), since=since, least=least, sign="burst")
        except BaseException:
            self._bursts.give_back(bursting)
            raise
        for kind in EventKind:
            WRITTEN.labels(kind.value).inc(sum(row["kind"] is kind for row in written))
        WAITING.set(len(self._waiting))
        return len(written)

    def _write_missing(self, left: Sequence[Seen]) -> int:
        """Write what the ledger does not hold: the process may have been killed between its commit and forgetting the file."""
        written = 0
        with self._database.write() as session:
            for some in batches(left):
                ids = sorted({seen.delivery_id for seen in some if seen.delivery_id is not None})
                facts = events.facts_of(session, ids) if ids else {}
                rows = [row for seen in some if (row := row_of(seen, facts, frozenset())) is not None]
                missing = events.missing(session, rows)
                events.add_many(session, missing)
                written += len(missing)
        return written

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

    def note(self, seen: Seen, moment: float) -> None:
        assert seen.delivery_id is not None
        with self._lock:
            links = self._recent.setdefault(seen.delivery_id, {})
            links[seen.link] = moment
            fresh = sum(moment - at <= machines.BURST_SECONDS for at in links.values())
            if fresh >= machines.BURST_LINKS:
                self._found.add(seen.delivery_id)

    def take(self, moment: float) -> set[int]:
        with self._lock:
            found, self._found = self._found, set()
            for delivery_id in [
                i for i, links in self._recent.items() if moment - max(links.values()) > machines.BURST_SECONDS
            ]:
                del self._recent[delivery_id]
            return found

    def give_back(self, found: set[int]) -> None:
        with self._lock:
            self._found |= found


def row_of(seen: Seen, facts: Mapping[int, DeliveryFacts], bursting: AbstractSet[int]) -> dict[str, Any] | None:
    """Return the row of an event, or None when nothing may be kept of it."""
    edition_id, delivery_id, signs = seen.edition_id, seen.delivery_id, list(seen.signs)
    if delivery_id is not None:
        known = facts.get(delivery_id)
        if known is None:
            return None
        edition_id = known.edition_id
        if timedelta() <= seen.at - known.changed_at < machines.QUICK:
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
        "score": machines.score(signs),
        "signs": ",".join(signs)[:120],
    }
