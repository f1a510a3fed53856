"""Let those who wait to be invited through at a steady pace: each round of the scheduler deals a few turns and rings for them.

The pace is kept in the ledger, so that neither a restart nor a second scheduler quickens it; and while nothing leaves the house
no further turn is dealt, so that nothing piles up to go out at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.queue import Job, Queue
from newsletter.store.audience import invitation_turns as turns
from newsletter.store.database import Database
from newsletter.store.inserting import batches

log = structlog.get_logger(__name__)

RING_AGAIN = timedelta(seconds=30)
MINUTES_AHEAD = 5
"""Of so many minutes' mails at most have had their turn and not gone out."""
_MOST = 1000


class InvitationRounds:
    """One process's turn at it; `tick` is called after each round of the scheduler that this process led."""

    def __init__(self, database: Database, clock: Clock, queue: Queue, per_hour: int) -> None:
        self._database = database
        self._clock = clock
        self._queue = queue
        self._per_hour = per_hour
        self._per_minute = math.ceil(per_hour / 60)

    def tick(self) -> None:
        """Deal turns as far as the pace allows, and ring for those whose mail is not written. Raises StoreError."""
        now = self._clock.now()
        with self._database.read() as session:
            wanted = turns.are_waiting(session) and self._room(session, now)
            due = turns.due(session, now, RING_AGAIN, _MOST)
        dealt = self._deal(now) if wanted else []
        self._ring([*due, *dealt], now)

    def _deal(self, now: datetime) -> list[int]:
        with self._database.write() as session:
            turns.take_turn(session)
            dealt = turns.next_ids(session, self._room(session, now))
            for some in batches(dealt):
                turns.deal(session, some, now)
        return dealt

    def _room(self, session: Session, now: datetime) -> int:
        of_hour, of_minute = turns.dealt_lately(session, now)
        ahead = MINUTES_AHEAD * self._per_minute
        unsent = turns.unsent(session, ahead)
        return max(0, min(self._per_hour - of_hour, self._per_minute - of_minute, ahead - unsent))

    def _ring(self, invitation_ids: Sequence[int], now: datetime) -> None:
        rung = []
        for invitation_id in invitation_ids:
            try:
                self._queue.ring(Job.INVITE, invitation_id)
            except QueueError as error:
                log.warning("cannot ring", job=Job.INVITE.value, error=str(error))
                break
            rung.append(invitation_id)
        for some in batches(rung):
            with self._database.write() as session:
                turns.put_off(session, some, now + RING_AGAIN)
