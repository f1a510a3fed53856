"""Claim a batch: the lease, its heartbeat, and the flag that stops a send in the middle."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from newsletter.clock import Clock
from newsletter.errors import StoreError
from newsletter.logs import outage
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.delivery import batches
from newsletter.store.delivery.batches import Claimed

log = structlog.get_logger(__name__)


@dataclass
class Claim:
    """One claimed batch. `stopped` means: hand over no further message."""

    batch: Claimed
    deadline: float  # on the monotonic clock; past it another worker may have the batch
    _clock: Clock
    make_room: Callable[[], None] = lambda: None  # for what bears witness of one more message
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def stopped(self) -> bool:
        """Whether the sender must hand over no further message."""
        return self._stop.is_set() or self._clock.monotonic() > self.deadline

    def stop(self) -> None:
        """Tell the sender to hand over no further message."""
        self._stop.set()


class Claims:
    """All batches this process holds, kept alive by one heartbeat thread."""

    def __init__(
        self, database: Database, clock: Clock, *, holder: str, lease_seconds: float, beat_seconds: float = 1.0
    ) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self._lease = timedelta(seconds=lease_seconds)
        self._beat_seconds = beat_seconds
        self._held: dict[int, Claim] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self.finished = 0
        """Batches that were let go since this process began."""
        self.moved_at: float | None = None
        """When a batch was last taken or let go, on the monotonic clock."""

    def claim(self, batch_id: int) -> Claim | None:
        """Claim a batch; None when it is not to be had, or this process is ending."""
        if self._ending.is_set():
            return None
        now, deadline = self._clock.now(), self._deadline()
        with self._database.write() as session:
            batch = batches.claim(session, batch_id, holder=self._holder, now=now, until=now + self._lease)
        if batch is not None and self._ending.is_set():
            self._release(batch)  # the end began meanwhile: others need not wait until the lease runs out
            return None
        return Claim(batch, deadline, self._clock) if batch else None

    def give_back(self, claim: Claim) -> None:
        """Let others have a batch of which nothing was sent. Raises StoreError."""
        self._release(claim.batch)

    @contextlib.contextmanager
    def keeping(self, claim: Claim) -> Iterator[Claim]:
        """Keep the lease alive while the body runs."""
        with self._lock:
            self._held[claim.batch.id] = claim
            self.moved_at = self._clock.monotonic()
            if self._ending.is_set():  # `end` may have looked before this one was here
                claim.stop()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
                self._thread.start()
        try:
            yield claim
        finally:
            with self._lock:
                self._held.pop(claim.batch.id, None)
                self.finished += 1
                self.moved_at = self._clock.monotonic()

    def end(self) -> None:
        """Claim nothing more and stop every send after the messages that are on the wire."""
        self._ending.set()
        for claim in self._present():
            claim.stop()

    @property
    def busy(self) -> bool:
        """Whether this process holds a batch."""
        return bool(self._held)

    def beat(self) -> None:
        """Renew each lease; stop the sends of batches that are no longer ours or whose issue is not sending."""
        for claim in self._present():
            try:
                self._renew(claim)
            except StoreError as error:
                # The lease still runs for a while: go on until the deadline, then stop by ourselves.
                log.warning("cannot renew a lease", batch_id=claim.batch.id, error=error.what, **outage(error))
            except Exception:
                # The other leases hang on this thread: it goes on, and tries this one again.
                log.exception("cannot renew a lease for a reason nobody foresaw", batch_id=claim.batch.id)

    def _release(self, batch: Claimed) -> None:
        with self._database.write() as session:
            batches.release(session, batch.id, batch.fence, due_at=self._clock.now())

    def _renew(self, claim: Claim) -> None:
        deadline = self._deadline()
        with self._database.write() as session:
            until = self._clock.now() + self._lease
            state = batches.renew(session, claim.batch.id, claim.batch.fence, until)
        if state == IssueState.SENDING:
            claim.deadline = deadline
        else:
            claim.stop()

    def _beat(self) -> None:
        while True:
            self._ending.wait(self._beat_seconds) if not self._ending.is_set() else self._clock.sleep(
                self._beat_seconds
            )
            self.beat()
            with self._lock:
                if not self._held:
                    self._thread = None
                    return

    def _present(self) -> list[Claim]:
        with self._lock:
            return list(self._held.values())

    def _deadline(self) -> float:
        # A second less than the ledger's, so that we stop before anyone may take the batch.
        return self._clock.monotonic() + max(self._lease.total_seconds() - 1.0, 0.5)
