"""Where log lines go: standard error, for every process alike. They name delivery ids, never addresses or content (law 8)."""

from __future__ import annotations

import logging
import sys

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


def log_to_stderr(level: str) -> None:
    """Send log lines to standard error: standard output belongs to a command's answer."""
    import structlog

    structlog.configure(
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
