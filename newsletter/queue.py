"""The doorbell: jobs are rung by name, carry ids only, and may be lost or doubled at any time, because the ledger is the truth.

One code path for both brokers: RedisBroker when `NEWSLETTER_REDIS_URL` is set, dramatiq's own in-process StubBroker otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError, ConnectionClosed
from redis.exceptions import RedisError

from newsletter.errors import QueueError


class Job(StrEnum):
    """Names of the actors in `workers/`."""

    SEND_BATCH = "send_batch"  # batch id
    SEND_NOTICE = "send_notice"  # notice id
    ANSWER_SIGN_UP = "answer_sign_up"  # sign-up id
    INVITE = "invite"  # invitation id
    READ_REPORT = "read_report"  # raw report id
    GATHER = "gather"  # publication id
    REHEARSE = "rehearse"  # rehearsal id
    MOVE_IN = "move_in"  # id of a list move


PATIENCE = 2.0
"""Seconds to wait for an answer of Redis: the scheduler rings several times within its lease, and a page may wait for a ring."""
QUEUES = {
    Job.SEND_BATCH: "batches",
    Job.SEND_NOTICE: "notices",
    Job.ANSWER_SIGN_UP: "notices",
    Job.INVITE: "notices",
    Job.READ_REPORT: "reports",
    Job.GATHER: "sources",
    Job.REHEARSE: "sources",
    Job.MOVE_IN: "sources",
}
"""Notices and what leads to them have a queue of their own, so that a confirmation never waits behind a large issue."""


class _Client(redis.Redis):
    """A client whose silence is told like a lost connection, the one trouble that dramatiq waits out in every place."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]


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
        except (BrokerConnectionError, RedisError, OSError) as error:
            raise QueueError(
                f"the broker cannot be reached: {error}",
                where="NEWSLETTER_REDIS_URL",
                remedy="is Redis running and reachable? Nothing is lost meanwhile: work waits in the database",
            ) from error

    def server_time(self) -> datetime | None:
        """Return what the broker's clock says; None when it is of this process. Raises QueueError when there is no answer."""
        if not isinstance(self.broker, RedisBroker):
            return None
        self.check()
        seconds, microseconds = self.broker.client.time()
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)

    def depths(self) -> dict[str, int]:
        """Return how many rings no worker has taken yet, by queue. Raises QueueError when the broker cannot be reached."""
        names = sorted(set(QUEUES.values()))
        try:
            if isinstance(self.broker, RedisBroker):
                return {name: int(self.broker.client.llen(f"{self.broker.namespace}:{name}")) for name in names}
            return {name: self.broker.queues[name].qsize() for name in names}
        except (BrokerConnectionError, RedisError, OSError) as error:
            raise QueueError(
                "the broker cannot be reached",
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
        client = _Client.from_url(redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        broker = RedisBroker(  # type: ignore[no-untyped-call]
            client=client, maintenance_chance=1_000_000, heartbeat_timeout=10_000, middleware=[]
        )
    else:
        broker = StubBroker(middleware=[])
    for name in QUEUES.values():
        broker.declare_queue(name)
    return Queue(broker)
