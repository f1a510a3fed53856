"""Where readers' consents come from: when all come from one address, that is a proxy's and no reader's."""

from __future__ import annotations

from datetime import timedelta

from newsletter.clock import Clock
from newsletter.store.audience import consents
from newsletter.store.database import Database

FEW = 5
"""Readers: of fewer nothing can be said, for a household has one address."""
NEWEST = 10_000
"""Records that are looked at."""
SINCE = timedelta(days=1)


def shared_address(database: Database, *, clock: Clock) -> str:
    """Return the one address from which all consents of the last day came; empty when there are several, or only few consents."""
    with database.read() as session:
        found = consents.addresses(session, since=clock.now() - SINCE, newest=NEWEST)
    return found.least if found.subscriptions >= FEW and found.least == found.greatest else ""
