"""The parts a command works with, opened late so that `--help` costs nothing, and closed at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.logs import log_to_stderr
from newsletter.signing_keys import Role

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.config import Settings


@contextmanager
def opened(
    settings: Settings | None = None, *, log_level: str = "warning", role: Role = Role.COMMAND
) -> Iterator[Parts]:
    """Wire the parts and close the database afterwards. Raises InputError when a setting is wrong."""
    from newsletter.bootstrap import wire

    log_to_stderr(log_level)
    parts = wire(settings, role=role)
    try:
        yield parts
    finally:
        for name in ("events", "report_reader", "database"):  # made only when something asked for them
            if name in vars(parts):
                vars(parts)[name].close()
