"""Where log lines go: standard error, for every process alike. They name delivery ids, never addresses or content (law 8)."""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

from newsletter.errors import NewsletterError, QueueError, StoreError, TransportError

SELDOM = 60.0
"""Seconds in which dramatiq says the same once: while Redis is away each of its threads complains every few seconds."""


class Seldom(logging.Filter):
    """Lets a line pass unless one like it, whatever its figures, passed less than `seconds` ago; another error is another line."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._passed: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line may pass."""
        kind = (str(record.msg), record.exc_info and record.exc_info[0])
        if record.created - self._passed.get(kind, float("-inf")) < self._seconds:
            return False
        self._passed[kind] = record.created
        return True


OUTAGES: dict[type[NewsletterError], str] = {
    StoreError: "database",
    QueueError: "redis",
    TransportError: "way out",
}
"""The part that is out, by the error that tells of it."""
JOURNAL = "journal"
_ADDRESS = re.compile(r"(?<![^\s<>\"'(),;:=@])[^\s<>\"'(),;:=@]++@[^\s<>\"'(),;:=@]++")
_NO_ADDRESS = "(an address)"


def outage(error: NewsletterError) -> dict[str, str]:
    """Return what marks a log line as one about an outage: for all of a kind there is one line a minute in each process."""
    if error.where == JOURNAL:  # a full disk here says nothing of the database
        return {"outage": JOURNAL}
    part = next((part for kind, part in OUTAGES.items() if isinstance(error, kind)), None)
    return {"outage": part} if part else {}


class Outages:
    """Lets one line of an outage pass each minute, whoever says it and of whatever; it says how many did not."""

    def __init__(self, seconds: float = SELDOM, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._said: dict[str, tuple[float, int]] = {}  # when a line passed, and how many did not since

    def __call__(self, _logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Return a line that may pass. Raises DropEvent for the others."""
        part = line.get("outage")
        if part is None:
            return line
        now = self._monotonic()
        with self._lock:
            at, silent = self._said.get(part, (float("-inf"), 0))
            passes = now - at >= self._seconds
            self._said[part] = (now, 0) if passes else (at, silent + 1)
        if not passes:
            raise structlog.DropEvent
        return {**line, "unsaid": silent} if silent else line


def without_addresses(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return a line without what looks like a mail address: servers like to repeat one, and logs hold none (law 8)."""
    return {
        name: _ADDRESS.sub(_NO_ADDRESS, value) if isinstance(value, str) and "@" in value else value
        for name, value in line.items()
    }


_OURS = (Outages(), without_addresses)


def log_to_stderr(level: str) -> None:
    """Send log lines to standard error: standard output belongs to a command's answer."""
    structlog.configure(
        processors=[*_OURS, *(each for each in structlog.get_config()["processors"] if each not in _OURS)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _limit_dramatiq()


def _limit_dramatiq() -> None:
    """Let dramatiq speak through one handler that says the same once a minute."""
    handler = logging.StreamHandler(sys.stderr)
    form = f"%(asctime)s [%(levelname)-9s] %(message)s (said at most every {SELDOM:.0f} s)"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%d %H:%M:%S"))
    handler.addFilter(Seldom(SELDOM))
    dramatiq = logging.getLogger("dramatiq")
    dramatiq.handlers, dramatiq.propagate = [handler], False
