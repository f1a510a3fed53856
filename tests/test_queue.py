"""A broker that is away or answers nothing keeps nobody waiting for long, and is forgotten once it is back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import dramatiq
import pytest

from newsletter.errors import QueueError
from newsletter.logs import log_to_stderr
from newsletter.queue import PATIENCE, QUEUES, Job, Queue, connect
from tests.parts.valkey import ValkeyServer

FAULTS: dict[str, tuple[Callable[[ValkeyServer], None], Callable[[ValkeyServer], None]]] = {
    "frozen": (ValkeyServer.freeze, ValkeyServer.thaw),
    "gone": (ValkeyServer.kill, ValkeyServer.start),
}


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    """A server that this test may break."""
    server = ValkeyServer()
    yield server
    server.stop()


@pytest.fixture
def queue(server: ValkeyServer) -> Iterator[Queue]:
    queue = connect(server.url)
    yield queue
    queue.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broker_that_does_not_answer_is_an_error_within_its_patience(
    server: ValkeyServer, queue: Queue, fault: str
) -> None:
    queue.ring(Job.SEND_BATCH, 1)
    queue.check()
    FAULTS[fault][0](server)
    began = monotonic()
    with pytest.raises(QueueError, match="rings again when it is back"):
        queue.ring(Job.SEND_BATCH, 2)
    with pytest.raises(QueueError, match="is Redis running and reachable"):
        queue.check()
    assert monotonic() - began < 2 * PATIENCE + 2
    FAULTS[fault][1](server)
    queue.check()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_worker_outlives_it_with_a_line_and_no_traceback(
    server: ValkeyServer, queue: Queue, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    log_to_stderr("warning")
    done = {number: threading.Event() for number in (1, 2)}
    for job, name in QUEUES.items():
        dramatiq.actor(broker=queue.broker, actor_name=job.value, queue_name=name)(lambda n: done[n].set())
    worker = dramatiq.Worker(queue.broker, worker_threads=2, worker_timeout=100)
    worker.start()
    queue.ring(Job.SEND_BATCH, 1)
    assert done[1].wait(10)
    queue.broker.join(QUEUES[Job.SEND_BATCH], timeout=10_000)  # acknowledged, too
    FAULTS[fault][0](server)
    sleep(PATIENCE + 1)
    FAULTS[fault][1](server)
    queue.ring(Job.SEND_BATCH, 2)
    assert done[2].wait(15), "the work goes on"
    worker.stop(timeout=5000)
    said = capfd.readouterr().err
    assert "Traceback" not in said
    assert 1 <= said.count("connection error") <= 2, "six threads fetch and two work: each kind complains once"
    assert len(said.splitlines()) <= 5


def test_a_worker_ends_in_time_while_the_broker_does_not_answer(server: ValkeyServer, queue: Queue) -> None:
    release = threading.Event()
    for job, name in QUEUES.items():
        dramatiq.actor(broker=queue.broker, actor_name=job.value, queue_name=name)(lambda _: release.wait(20) and None)
    worker = dramatiq.Worker(queue.broker, worker_threads=1, worker_timeout=100)
    worker.start()
    for number in range(5):
        queue.ring(Job.SEND_BATCH, number)
    sleep(1)
    server.freeze()
    release.set()
    began = monotonic()
    worker.stop(timeout=3000)
    assert monotonic() - began < 20
    server.thaw()
    for thread in (*worker.workers, *worker.consumers.values()):  # what they still had to tell the broker, they can now
        thread.join(20)
        assert not thread.is_alive()
