"""The parts a command works with, opened late so that `--help` costs nothing, and closed at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from newsletter.garbage import few_collections
from newsletter.logs import log_to_stderr
from newsletter.signing_keys import ProcessRole

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.bootstrap.ledger import LedgerParts
    from newsletter.config import Settings


@contextmanager
def opened(
    settings: Settings | None = None, *, log_level: str = "warning", role: ProcessRole = ProcessRole.COMMAND
) -> Iterator[Parts]:
    """Wire the parts, and close afterwards what was opened of them. Raises InputError when a setting is wrong."""
    from newsletter.bootstrap import wire

    _begin(log_level)
    parts = wire(settings, role=role)
    try:
        yield parts
    finally:
        parts.close()


@contextmanager
def opened_ledger(*, log_level: str = "warning") -> Iterator[LedgerParts]:
    """Open what works with the ledger alone, in a process that does little else for long. Raises InputError when a setting is wrong."""
    from newsletter.bootstrap.ledger import LedgerParts
    from newsletter.clock import SystemClock
    from newsletter.config import load

    _begin(log_level)
    parts = LedgerParts(load(), SystemClock(), role=ProcessRole.COMMAND)
    try:
        with few_collections():
            yield parts
    finally:
        parts.close()


class PartsAsNeeded:
    """The ledger, and all parts once something asks for them: a process that only takes lists in stays small. `stack` closes both."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    @cached_property
    def ledger(self) -> LedgerParts:
        """What works with the ledger alone. Raises InputError when a setting is wrong."""
        return self._stack.enter_context(opened_ledger())

    @cached_property
    def whole(self) -> Parts:
        """All parts. Raises InputError when a setting is wrong."""
        return self._stack.enter_context(opened())


def _begin(log_level: str) -> None:
    from newsletter.config import misspelt

    log_to_stderr(log_level)
    for name, alike in misspelt():
        if alike:  # of all others only the doctor tells: orchestrators make names like ours
            structlog.get_logger(__name__).warning("no such setting", name=name, did_you_mean=alike)
