"""Try an issue with one batch, whichever process sends it, until somebody has got it; then all processes send.

So a server that refuses all from the beginning is offered what one process has on the wire, and not as much by each. It costs a
healthy issue the time of one answer, once when it begins and once when it is resumed.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from newsletter.clock import Clock
from newsletter.delivery.claims import Claim
from newsletter.delivery.clock_skew import TOLERATED
from newsletter.delivery.watching import Watch
from newsletter.errors import StoreError
from newsletter.logs import outage
from newsletter.store.database import Database
from newsletter.store.delivery import first_tries as store

log = structlog.get_logger(__name__)

TURN = timedelta(seconds=15)
"""How long one batch tries alone: where answers take longer, another one begins then, so that nobody waits for a host that died."""
PATIENCE = 1.0
"""Seconds a batch waits for the first answer before it is given back."""
STEP = 0.05
"""Seconds between two looks for it."""


@dataclass(frozen=True)
class FirstTries:
    """Whether a batch may go yet. Thread-safe."""

    database: Database
    clock: Clock

    @contextlib.contextmanager
    def over(self, claim: Claim, watch: Watch) -> Iterator[bool]:
        """Tell whether a batch may be sent in the body, and tell all others at the first answer that it is safe. Raises StoreError."""
        if claim.batch.proven:
            yield True
            return
        until = self._turn(claim)
        if until is None:
            yield self._safe(claim)
            return
        telling = threading.Thread(target=self._tell, args=(claim.batch.issue_id,), name="first answer")
        watch.on_first = telling.start
        try:
            yield True
        finally:
            watch.on_first = None
            if telling.ident is not None:
                telling.join()
            self._give_up(claim.batch.issue_id, until)

    def _turn(self, claim: Claim) -> datetime | None:
        """Return until when the turn is ours; None when it is not, after waiting a little for an answer to who has it."""
        end = self.clock.monotonic() + PATIENCE
        now = self.clock.now()
        with self.database.write() as session:
            if store.take_turn(session, claim.batch.issue_id, now, now + TURN, longest=now + TURN + TOLERATED):
                return now + TURN
        while not (self._safe(claim) or claim.stopped or self.clock.monotonic() >= end):
            self.clock.sleep(STEP)
        return None

    def _safe(self, claim: Claim) -> bool:
        with self.database.read() as session:
            return not claim.stopped and store.is_proven(session, claim.batch.issue_id)

    def _tell(self, issue_id: int) -> None:
        """In a thread of its own: who hears the answers must not wait for the ledger."""
        try:
            with self.database.write() as session:
                store.prove(session, issue_id)
        except StoreError as error:
            log.warning("cannot note that an issue is taken", issue_id=issue_id, error=error.what, **outage(error))

    def _give_up(self, issue_id: int, until: datetime) -> None:
        try:
            with self.database.write() as session:
                store.give_up(session, issue_id, until, self.clock.now())
        except StoreError as error:  # it ends by itself
            log.warning("cannot give up a turn", issue_id=issue_id, error=error.what, **outage(error))
