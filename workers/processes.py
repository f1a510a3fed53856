"""`newsletter worker`: so many processes of so many threads, each restarted when it dies, all drained on SIGTERM.

The first SIGTERM or SIGINT drains, within NEWSLETTER_DRAIN_SECONDS; one that comes later ends the process at once, which is
as safe as a kill: the journal tells what was heard.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from types import FrameType

import structlog

from newsletter import tracing
from newsletter.bootstrap import Parts, wire
from newsletter.children import keep_out_working_folder
from newsletter.config import load
from newsletter.logs import log_to_stderr
from newsletter.signing_keys import ProcessRole
from workers import embedded

log = structlog.get_logger(__name__)

RESTART_SECONDS = 1.0
ONE_REQUEST_SECONDS = 1.0
"""Signals so close together are one request: systemd, or a terminal, tells the whole group, and the parent its children again."""
GRACE_SECONDS = 5.0
"""A child that has not ended so long after its drain is killed."""


def run_worker(threads: int, processes: int) -> None:
    """Run one worker process of `processes` until SIGTERM or SIGINT, or until the process that started it is gone; then drain."""
    ending = _ending_on_signals()
    _end_with_parent(ending)
    parts = _parts(ProcessRole.WORKER, processes)
    running = embedded.start(parts, threads=threads, with_scheduler=False)
    ending.wait()
    running.stop()


def run_embedded(threads: int) -> None:
    """Run worker and scheduler in this one process until SIGTERM or SIGINT, then drain."""
    ending = _ending_on_signals()
    running = embedded.start(_parts(ProcessRole.SERVICE), threads=threads)
    ending.wait()
    running.stop()


def run_workers(processes: int, threads: int) -> None:
    """Run `processes` workers and restart those that die, until SIGTERM or SIGINT; kill those that do not drain in time."""
    children: list[SpawnProcess] = []
    ending = _ending_on_signals(lambda: _kill(children))
    drain_seconds = load().drain_seconds
    keep_out_working_folder()
    context = multiprocessing.get_context("spawn")
    while not ending.is_set():
        children[:] = [child for child in children if child.is_alive()]
        while len(children) < processes:
            child = context.Process(target=run_worker, args=(threads, processes), name="newsletter-worker")
            child.start()
            children.append(child)
            log.info("worker started", pid=child.pid)
        ending.wait(RESTART_SECONDS)
    _end_all(children, drain_seconds)


def run_scheduler() -> None:
    """Run the scheduler alone until SIGTERM or SIGINT."""
    from workers import scheduler

    parts = _parts(ProcessRole.SCHEDULER)
    scheduler.run(parts.engine, _ending_on_signals(), after=parts.rounds)


def run_inbound() -> None:
    """Listen for what comes back until SIGTERM or SIGINT."""
    from workers import inbound

    inbound.run(_ending_on_signals())


def _parts(role: ProcessRole, processes: int = 1) -> Parts:
    parts = wire(processes=processes, role=role)
    log_to_stderr(parts.settings.log_level)
    if parts.settings.tracing:
        tracing.begin()
    return parts


def _end_all(children: list[SpawnProcess], drain_seconds: float) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + drain_seconds + GRACE_SECONDS
    for child in children:
        child.join(max(deadline - time.monotonic(), 0.0))
        if child.is_alive():
            log.warning("a worker did not drain in time and is killed", pid=child.pid)
            child.kill()
            child.join()


def _kill(children: list[SpawnProcess]) -> None:
    for child in children:
        child.kill()


def _end_with_parent(ending: threading.Event) -> None:
    """Drain when the process that started this one is gone: nobody would ever end or restart it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        ending.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _ending_on_signals(at_once: Callable[[], object] = lambda: None) -> threading.Event:
    """Return what the first signal sets; a later one does `at_once` and ends this process."""
    ending = threading.Event()
    first = 0.0

    def end(number: int, _frame: FrameType | None) -> None:
        nonlocal first
        if not ending.is_set():
            first = time.monotonic()
            ending.set()
        elif time.monotonic() - first > ONE_REQUEST_SECONDS:
            at_once()
            os._exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return ending
