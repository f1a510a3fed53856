"""The domains that mail may come back to: those we send under, and those of the addresses that take goodbyes and complaints."""

from __future__ import annotations

import threading
from collections.abc import Collection

from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.mail.address import parse_address
from newsletter.store.database import Database
from newsletter.store.publications import publications

FRESH_SECONDS = 60.0
"""How long a domain that was ours is taken without looking."""
LOOK_AGAIN_SECONDS = 1.0
"""How soon the ledger is looked at again for a domain that was not: a publication may have been founded meanwhile."""


class OwnDomains:
    """Knows `named` (the setting, and domains of addresses) and the From domain of each publication. Thread-safe."""

    def __init__(self, database: Database, clock: Clock, named: Collection[str]) -> None:
        self._database = database
        self._clock = clock
        self._named = frozenset(_plain(domain) for domain in named if domain)
        self._lock = threading.Lock()
        self._sending: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    def __contains__(self, domain: str) -> bool:
        """Tell whether mail to `domain` is ours to take. Raises StoreError when nobody can tell."""
        wanted = _plain(domain)
        if wanted in self._named:
            return True
        with self._lock:
            age = self._clock.monotonic() - self._read_at
            if age > (FRESH_SECONDS if wanted in self._sending else LOOK_AGAIN_SECONDS):
                self._sending = self._read()
                self._read_at = self._clock.monotonic()
            return wanted in self._sending

    def _read(self) -> frozenset[str]:
        with self._database.read() as session:
            senders = [publication.from_address for publication in publications.all_of(session)]
        return frozenset(_plain(sender.rpartition("@")[2]) for sender in senders)


def _plain(domain: str) -> str:
    """The domain in A-labels and lower case (RFC 5890), as addresses of ours are kept; as it is when it is none."""
    name = domain.strip().rstrip(".").lower()
    try:
        return parse_address(f"x@{name}").domain
    except InputError:
        return name
