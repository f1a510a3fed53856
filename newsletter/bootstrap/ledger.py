"""What works with the ledger alone: no keys, no broker, no renderer, and so a process of little memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from newsletter.audience.importing import Importing
from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.signing_keys import ProcessRole
from newsletter.store.database import Database


@dataclass(frozen=True)
class LedgerParts:
    """How this process was asked for, its ledger, and what takes lists in; each part is made when first asked for, once per process."""

    settings: Settings
    clock: Clock
    processes: int = 1  # that send on this machine
    role: ProcessRole = ProcessRole.SERVICE  # which says what keys it holds

    @cached_property
    def database(self) -> Database:
        """The ledger."""
        # No longer than a lease: who is stopped beyond it holds neither batches nor rows.
        return Database(self.settings.database, idle_seconds=self.settings.lease_seconds)

    @cached_property
    def importing(self) -> Importing:
        """What takes lists of readers in."""
        return Importing(self.database, self.clock)

    def close(self) -> None:
        """Close what was opened."""
        if "database" in self.__dict__:
            self.database.close()
