"""The parts a command works with, opened late so that `--help` costs nothing, and closed at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.config import Settings


@contextmanager
def opened(settings: Settings | None = None, *, log_level: str = "warning") -> Iterator[Parts]:
    """Wire the parts and close the database afterwards. Raises InputError when a setting is wrong."""
    from newsletter.bootstrap import wire

    log_to_stderr(log_level)
    parts = wire(settings)
    try:
        yield parts
    finally:
        if "database" in vars(parts):  # made only when something asked for it
            parts.database.close()


def log_to_stderr(level: str) -> None:
    """Send log lines to standard error: standard output belongs to the command's answer."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
