"""Where log lines go: standard error, for every process alike. They name delivery ids, never addresses or content (law 8)."""

from __future__ import annotations

import sys


def log_to_stderr(level: str) -> None:
    """Send log lines to standard error: standard output belongs to a command's answer."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
