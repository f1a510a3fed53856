"""The doorbell: jobs are rung by name, carry ids only, and may be lost or doubled at any time, because the ledger is the truth.

One code path for both brokers: RedisBroker when `NEWSLETTER_REDIS_URL` is set, dramatiq's own in-process StubBroker otherwise.
"""

from __future__ import annotations

from enum import StrEnum

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError
from redis.exceptions import RedisError

from newsletter.errors import QueueError


class Job(StrEnum):
    """Names of the actors in `workers/`."""

    SEND_BATCH = "send_batch"  # batch id
    SEND_NOTICE = "send_notice"  # notice id
    READ_REPORT = "read_report"  # raw report id


QUEUES = {Job.SEND_BATCH: "batches", Job.SEND_NOTICE: "notices", Job.READ_REPORT: "reports"}
"""Notices have a queue of their own, so that a confirmation never waits behind a large issue."""


class Queue:
    """Rings jobs on a dramatiq broker."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self.broker = broker

    def ring(self, job: Job, subject: int) -> None:
        """Ask a worker to do `job` for `subject` soon. Raises QueueError when the broker cannot be reached."""
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=QUEUES[job], actor_name=job.value, args=(subject,), kwargs={}, options={}
        )
        try:
            self.broker.enqueue(message)
        except (BrokerConnectionError, RedisError, OSError) as error:
            raise QueueError(
                "the broker cannot be reached",
                where="NEWSLETTER_REDIS_URL",
                remedy="the scheduler rings again when it is back",
            ) from error

    def check(self) -> None:
        """Ask the broker for an answer. Raises QueueError when there is none."""
        try:
            if isinstance(self.broker, RedisBroker):
                self.broker.client.ping()
        except (RedisError, OSError) as error:
            raise QueueError(
                f"the broker cannot be reached: {error}",
                where="NEWSLETTER_REDIS_URL",
                remedy="is Redis running and reachable? Nothing is lost meanwhile: work waits in the database",
            ) from error

    def close(self) -> None:
        """Close the broker's connections."""
        self.broker.close()


def connect(redis_url: str) -> Queue:
    """Return the queue on Redis or Valkey at `redis_url`, or in this process when it is empty."""
    broker: dramatiq.Broker
    if redis_url:
        # Redelivery of what a dead worker held is checked on every fetch, and a worker counts as dead after 10 s.
        broker = RedisBroker(  # type: ignore[no-untyped-call]
            url=redis_url, maintenance_chance=1_000_000, heartbeat_timeout=10_000, middleware=[]
        )
    else:
        broker = StubBroker(middleware=[])
    for name in QUEUES.values():
        broker.declare_queue(name)
    return Queue(broker)
