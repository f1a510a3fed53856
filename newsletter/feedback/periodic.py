"""What the scheduler does for this room each round: ring for open reports, judge refusals, tell the editors, forget used tokens."""

from __future__ import annotations

from datetime import timedelta

import structlog

from newsletter.clock import Clock, NowAndThen
from newsletter.errors import QueueError
from newsletter.feedback.refusals import judge_refusals
from newsletter.feedback.scoring import BouncePolicy
from newsletter.feedback.telling import Teller
from newsletter.logs import outage
from newsletter.queue import Job, Queue
from newsletter.store.database import Database
from newsletter.store.feedback import reports, unproven, used_tokens

log = structlog.get_logger(__name__)

MOST = 200
"""Reports rung in one round."""
RING_AGAIN = timedelta(seconds=30)
TIDY_SECONDS = 3600
KEEP_DAYS = timedelta(days=30)
"""How long the number of reports of a day that nothing proved stays."""


class PeriodicFeedback:
    """One process's turn at it; `tick` is called after each round of the scheduler that this process led."""

    def __init__(self, database: Database, clock: Clock, queue: Queue, policy: BouncePolicy, teller: Teller) -> None:
        self._policy = policy
        self._teller = teller
        self._tools = (database, clock, queue)
        self._tidying = NowAndThen(TIDY_SECONDS)

    def tick(self) -> None:
        """Ring, judge refusals, tell the editors what they must know, and tidy up now and then."""
        database, clock, queue = self._tools
        ring_reports(database, clock=clock, queue=queue)
        judge_refusals(database, clock=clock, policy=self._policy)
        self._teller.tell()
        self._teller.tell_unread()
        self._teller.tell_unknown()
        if self._tidying.is_time(clock):
            forget_old_tokens(database, clock=clock)


def ring_reports(database: Database, *, clock: Clock, queue: Queue) -> int:
    """Ring for reports whose moment has come; return how many. A broker that is down is left for the next round."""
    now = clock.now()
    with database.read() as session:
        due = reports.due(session, now, MOST)
    rung = []
    for raw_id in due:
        try:
            queue.ring(Job.READ_REPORT, raw_id)
        except QueueError as error:
            log.warning("cannot ring", job=Job.READ_REPORT.value, error=str(error), **outage(error))
            break
        rung.append(raw_id)
    if rung:
        with database.write() as session:
            reports.put_off(session, rung, now + RING_AGAIN)
    return len(rung)


def forget_old_tokens(database: Database, *, clock: Clock) -> int:
    """Forget what counted once and is too old to be taken again, and how many unproven reports came long ago."""
    now = clock.now()
    with database.write() as session:
        unproven.forget(session, (now - KEEP_DAYS).date())
        return used_tokens.forget(session, now)
