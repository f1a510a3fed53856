"""Worker and scheduler inside the calling process, on the broker the settings name: what `newsletter demo`, `serve` without
Redis, and `issue send --wait` use. Equally safe to kill.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

import dramatiq
import structlog

from newsletter import garbage
from newsletter.bootstrap import Parts
from newsletter.delivery.engine import Engine
from newsletter.errors import NewsletterError
from newsletter.logs import outage
from workers import actors, scheduler

log = structlog.get_logger(__name__)


LOOK_SECONDS = 2.0
"""Seconds between two looks for journals of the dead, each with a sign of life if one is due."""
GOODBYE_SECONDS = 3.0
"""The end of a drain, for closing connections; a third of it when it is shorter than nine seconds."""


class Embedded:
    """A running worker with its scheduler; `stop()` drains both."""

    def __init__(self, parts: Parts, *, threads: int = 4, with_scheduler: bool = True) -> None:
        self.engine: Engine = parts.engine
        self._transport, self._report_reader = parts.transport, parts.report_reader
        self._drain_seconds = parts.settings.drain_seconds
        self._work_stop = parts.work_stop  # made here: whoever gathers, or moves a list in, takes the same
        self._ending = threading.Event()
        actors.declare(parts)
        broker = self.engine.queue.broker
        # An embedded worker has no process of its own to announce: some middleware waits for this.
        broker.emit_after("process_boot")
        self._worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=500)
        self._ended = threading.Event()
        # The scheduler sweeps, too; where there is one in this process the worker need not.
        self._living = threading.Thread(target=self._live, args=(not with_scheduler,), name="living", daemon=True)
        self.engine.throttle.begin()
        with _batch_scheduling():
            self._worker.start()
            self._living.start()
        self._scheduler = threading.Thread(
            target=scheduler.run,
            args=(self.engine, self._ending),
            kwargs={"after": parts.rounds},
            name="scheduler",
            daemon=True,
        )
        if with_scheduler:
            self._scheduler.start()
        # What is here now stays: a collector that looks through all of it stops pages and connections for 50 ms each time.
        garbage.collect_seldom()

    def trouble(self) -> str:
        """Say why this worker cannot work, if it cannot: a thread is gone, the broker does not answer, or something here is in the way."""
        if not all(thread.is_alive() for thread in self._worker.workers):
            return "a thread that takes work is gone; start this process anew"
        return scheduler.trouble_of(self.engine.queue) or self.engine.fitness.trouble

    def _live(self, sweeps: bool) -> None:
        """Give signs of life, and look after the journals that dead workers of this host left: they lie where they were written."""
        while not self._ended.is_set():
            try:
                if sweeps:
                    self.engine.sweeper.sweep_journals()
                self.engine.worker_pulse.beat(self.trouble())
                self.engine.fitness.able()  # after the sign: a name server that is away keeps us waiting
            except NewsletterError as error:
                log.warning("cannot sweep, or give a sign of life", error=str(error), **outage(error))
            except Exception:
                log.exception("sweeping failed for a reason nobody foresaw")  # this thread must go on
            self._ended.wait(LOOK_SECONDS)

    def stop(self) -> None:
        """Claim nothing more, finish what is on the wire, record it, and end, within NEWSLETTER_DRAIN_SECONDS."""
        clock = self.engine.clock
        end = clock.monotonic() + self._drain_seconds
        # Kept back for those who get no answer: they are cut, and what that tells is recorded.
        goodbye = min(GOODBYE_SECONDS, self._drain_seconds / 3)
        self._ending.set()
        self._work_stop.set()
        self.engine.claims.end()
        self._wait_until_idle(end - goodbye)
        self._worker.stop(timeout=max(int((end - goodbye - clock.monotonic()) * 1000), 100))
        self._transport.close(within=goodbye / 2)
        self._wait_until_idle(end)
        if self._scheduler.is_alive():
            self._scheduler.join(max(end - clock.monotonic(), 0.1))
        self._report_reader.close()
        self._ended.set()
        self._living.join(max(end - clock.monotonic(), 0.1))
        self.engine.worker_pulse.end()

    def _wait_until_idle(self, until: float) -> None:
        """Wait until no batch is held, until so on the monotonic clock at most."""
        clock = self.engine.clock
        while self.engine.claims.busy and clock.monotonic() < until:
            clock.sleep(0.02)


@contextlib.contextmanager
def _batch_scheduling() -> Iterator[None]:
    """Threads that are begun inside, and those that they begin, do not interrupt others when they wake (SCHED_BATCH, Linux).

    Else the connection with a new reply takes the processor from the server or database that just wrote it, before that
    writes the next: a change of process for each reply, where one does for many.
    """
    if sys.platform != "linux" or os.sched_getscheduler(0) != os.SCHED_OTHER:  # or an operator chose already
        yield
        return
    priority = os.sched_param(0)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_BATCH, priority)
    try:
        yield
    finally:
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_OTHER, priority)


def start(parts: Parts, *, threads: int = 2, with_scheduler: bool = True) -> Embedded:
    """Start worker and scheduler in this process and return them running."""
    return Embedded(parts, threads=threads, with_scheduler=with_scheduler)
