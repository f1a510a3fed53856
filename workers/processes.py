"""`newsletter worker`: so many processes of so many threads, each restarted when it dies, all drained on SIGTERM."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from multiprocessing.context import SpawnProcess
from types import FrameType

import structlog

from newsletter.bootstrap import Parts, wire
from newsletter.logs import log_to_stderr
from workers import embedded

log = structlog.get_logger(__name__)

RESTART_SECONDS = 1.0


def run_worker(threads: int) -> None:
    """Run one worker process until SIGTERM or SIGINT, then drain."""
    ending = _ending_on_signals()
    running = embedded.start(_parts(), threads=threads, with_scheduler=False)
    sweeping = threading.Thread(target=_sweep, args=(running, ending), name="sweeper", daemon=True)
    sweeping.start()
    ending.wait()
    running.stop()


def run_embedded(threads: int) -> None:
    """Run worker and scheduler in this one process until SIGTERM or SIGINT, then drain."""
    ending = _ending_on_signals()
    running = embedded.start(_parts(), threads=threads)
    ending.wait()
    running.stop()


def run_workers(processes: int, threads: int) -> None:
    """Run `processes` workers and restart those that die, until SIGTERM or SIGINT."""
    ending = _ending_on_signals()
    context = multiprocessing.get_context("spawn")
    children: list[SpawnProcess] = []
    while not ending.is_set():
        children = [child for child in children if child.is_alive()]
        while len(children) < processes:
            child = context.Process(target=run_worker, args=(threads,), name="newsletter-worker")
            child.start()
            children.append(child)
            log.info("worker started", pid=child.pid)
        ending.wait(RESTART_SECONDS)
    for child in children:
        child.terminate()
    for child in children:
        child.join()


def run_scheduler() -> None:
    """Run the scheduler alone until SIGTERM or SIGINT."""
    from workers import scheduler

    parts = _parts()
    scheduler.run(parts.engine, _ending_on_signals(), after=(parts.feedback_rounds.go,))


def run_inbound() -> None:
    """Listen for what comes back until SIGTERM or SIGINT."""
    from workers import inbound

    inbound.run(_ending_on_signals())


def _parts() -> Parts:
    parts = wire()
    log_to_stderr(parts.settings.log_level)
    return parts


def _sweep(running: embedded.Embedded, ending: threading.Event) -> None:
    # Journals lie on the host that wrote them: each host's workers look after their own dead.
    while not ending.is_set():
        running.sweep()
        ending.wait(2.0)


def _ending_on_signals() -> threading.Event:
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return ending
