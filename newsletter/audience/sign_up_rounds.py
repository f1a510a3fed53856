"""What the scheduler does for sign-ups each round: ring for those that wait, and forget old ones now and then."""

from __future__ import annotations

from datetime import timedelta

import structlog

from newsletter.audience.asking import SIGN_UPS
from newsletter.audience.confirming import CONFIRM_SECONDS
from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.logs import outage
from newsletter.measures import Family, Measure
from newsletter.queue import Job, Queue
from newsletter.store import measures
from newsletter.store.audience import sign_ups, told_values
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

MOST = 100
"""Sign-ups rung for in one round, the oldest first."""
RING_AGAIN = timedelta(seconds=30)
KEEP = timedelta(days=1)
"""How long a sign-up waits for its turn: later than that the mail would puzzle whoever asked."""
TIDY_SECONDS = 600
WAITING = Family("gauge", "newsletter_sign_ups_waiting", "Sign-ups that were not answered yet, 10,000 at most.")
FAMILIES = (WAITING,)


class SignUpRounds:
    """One process's turn at it; `tick` is called after each round of the scheduler that this process led."""

    def __init__(self, database: Database, clock: Clock, queue: Queue) -> None:
        self._database = database
        self._clock = clock
        self._queue = queue
        self._tidied: float | None = None

    def tick(self) -> None:
        """Ring, and tidy up now and then. Raises StoreError."""
        now, moment = self._clock.now(), self._clock.monotonic()
        with self._database.read() as session:
            due = sign_ups.due(session, now, MOST)
        rung = [sign_up_id for sign_up_id in due if self._ring(sign_up_id)]
        if rung:
            with self._database.write() as session:
                sign_ups.put_off(session, rung, now + RING_AGAIN)
        if self._tidied is None or moment - self._tidied > TIDY_SECONDS:
            self._tidied = moment
            with self._database.write() as session:
                SIGN_UPS.labels("expired").inc(sign_ups.forget(session, now - KEEP, now))
                told_values.forget(session, now - KEEP - timedelta(seconds=CONFIRM_SECONDS))

    def _ring(self, sign_up_id: int) -> bool:
        try:
            self._queue.ring(Job.ANSWER_SIGN_UP, sign_up_id)
        except QueueError as error:
            log.warning("cannot ring", job=Job.ANSWER_SIGN_UP.value, error=str(error), **outage(error))
            return False
        return True


def measure(database: Database) -> list[Measure]:
    """Return what machines that watch are told of sign-ups. Raises StoreError."""
    with database.read() as session:
        return [WAITING.of(measures.sign_ups_waiting(session))]
