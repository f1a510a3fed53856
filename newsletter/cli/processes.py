"""The other doors, reached by name: doors may not import each other, and `newsletter` never imports `workers`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts


@contextmanager
def embedded(parts: Parts, *, with_scheduler: bool = True) -> Iterator[None]:
    """Run a worker (and a scheduler) inside this process; drained at the end."""
    running = _door("workers.embedded").start(parts, with_scheduler=with_scheduler)
    try:
        yield
    finally:
        running.stop()


def application(parts: Parts) -> Any:
    """Return the web door's application."""
    return _door("newsletter.web.app").create_app(parts)


def bench_commands() -> Any:
    """Return the bench's group of commands."""
    return _door("newsletter.bench.commands").app


def run_workers(processes: int, threads: int) -> None:
    """Run worker processes until SIGTERM or SIGINT."""
    _door("workers.processes").run_workers(processes, threads)


def run_scheduler() -> None:
    """Run the scheduler until SIGTERM or SIGINT."""
    _door("workers.processes").run_scheduler()


def run_inbound() -> None:
    """Listen for what comes back until SIGTERM or SIGINT."""
    _door("workers.processes").run_inbound()


def _door(name: str) -> Any:
    return importlib.import_module(name)
