"""Ring the doorbell for work the ledger says is due. The queue may lose or double any ring: it is rung again."""

from __future__ import annotations

from datetime import timedelta

import structlog

from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.logs import outage
from newsletter.queue import Job, Queue
from newsletter.store.database import Database
from newsletter.store.delivery import batches, notices

log = structlog.get_logger(__name__)

DEPTH = 200
"""About how many batches stay rung and unclaimed: enough to keep workers busy, few enough that a flush costs little."""
RING_AGAIN = timedelta(seconds=10)
"""A batch that was rung so long ago and still waits is rung again."""
NOTICE_GRACE = timedelta(seconds=2)
"""A fresh notice was rung by whoever wrote it; the scheduler steps in when it is still there after this."""
STALE_NOTICE = timedelta(minutes=15)


def ring_batches(database: Database, *, clock: Clock, queue: Queue, depth: int = DEPTH) -> int:
    """Ring due batches; return how many. A broker that is down is left for the next round."""
    now = clock.now()
    with database.read() as session:
        due = batches.to_ring(session, now, now - RING_AGAIN, depth)
    rung = _ring(queue, Job.SEND_BATCH, due)
    if rung:
        with database.write() as session:
            batches.note_rung(session, rung, now)
    return len(rung)


def ring_notices(database: Database, *, clock: Clock, queue: Queue) -> int:
    """Ring notices that are due and were not sent; take back those a dead worker held. Return how many were rung."""
    now = clock.now()
    with database.read() as session:
        due = notices.due(session, now - NOTICE_GRACE)
        stale = notices.has_stale(session, now - STALE_NOTICE)
    if stale:
        with database.write() as session:
            notices.requeue_stale(session, now - STALE_NOTICE, now)
    return len(_ring(queue, Job.SEND_NOTICE, due))


def _ring(queue: Queue, job: Job, subjects: list[int]) -> list[int]:
    rung = []
    for subject in subjects:
        try:
            queue.ring(job, subject)
        except QueueError as error:
            log.warning("cannot ring", job=job.value, error=str(error), **outage(error))
            break
        rung.append(subject)
    return rung
