"""The parts a command works with, opened late so that `--help` costs nothing, and closed at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from newsletter.logs import log_to_stderr
from newsletter.signing_keys import ProcessRole

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.config import Settings


@contextmanager
def opened(
    settings: Settings | None = None, *, log_level: str = "warning", role: ProcessRole = ProcessRole.COMMAND
) -> Iterator[Parts]:
    """Wire the parts, and close afterwards what was opened of them. Raises InputError when a setting is wrong."""
    from newsletter.bootstrap import wire
    from newsletter.config import misspelt

    log_to_stderr(log_level)
    for name, alike in misspelt():
        if alike:  # of all others only the doctor tells: orchestrators make names like ours
            structlog.get_logger(__name__).warning("no such setting", name=name, did_you_mean=alike)
    parts = wire(settings, role=role)
    try:
        yield parts
    finally:
        parts.close()
