"""The actors: each takes an id, calls one room, and may run twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import dramatiq
import structlog

from newsletter.bootstrap import Parts
from newsletter.errors import NewsletterError
from newsletter.logs import outage
from newsletter.queue import QUEUES, Job

log = structlog.get_logger(__name__)


def declare(parts: Parts) -> None:
    """Declare every actor on the broker. Nothing is retried here: the ledger says what is left to do."""
    jobs: dict[Job, Callable[[int], object]] = {
        Job.SEND_BATCH: parts.sender.send_batch,
        Job.SEND_NOTICE: parts.notice_sender.send_notice,
        Job.ANSWER_SIGN_UP: parts.sign_ups.answer,
        Job.INVITE: parts.inviting.invite,
        Job.READ_REPORT: parts.reports.handle,
        Job.GATHER: partial(_gather, parts),
        Job.REHEARSE: parts.rehearsing.run,
        Job.MOVE_IN: parts.list_move_work.run,
    }
    for job, room in jobs.items():
        _declare(parts.queue.broker, job, room)


def _gather(parts: Parts, publication_id: int) -> None:
    parts.gathering_by_clock.gather(
        publication_id
    )  # made when it is first needed: a process that only sends loads none of it


def _declare(broker: dramatiq.Broker, job: Job, room: Callable[[int], object]) -> None:
    def act(subject: int) -> None:
        try:
            room(subject)
        except NewsletterError as error:
            log.warning("job failed", job=job.value, subject=subject, error=str(error), **outage(error))

    dramatiq.actor(broker=broker, actor_name=job.value, queue_name=QUEUES[job])(act)
