"""What machines that watch are told of sources: what came of those that were asked, and since when no gathering has ended."""

from __future__ import annotations

from newsletter.clock import Clock
from newsletter.measures import Family, Measure
from newsletter.model.sources import GatherResult
from newsletter.store import counters
from newsletter.store.database import Database
from newsletter.store.sources import gatherings

ASKED = Family(
    "counter", "newsletter_sources_asked_total", "Sources asked, by what came of it, of all processes.", ("result",)
)
LAST = Family(
    "gauge",
    "newsletter_last_gathering_age_seconds",
    "Seconds since a gathering ended, of the publication with an hour that waits longest.",
)
FAMILIES = (ASKED, LAST)
_NOUGHT: dict[tuple[str, ...], int] = {(result.value,): 0 for result in GatherResult}


def measure(database: Database, *, clock: Clock) -> list[Measure]:
    """Return what machines that watch are told of sources. Raises StoreError."""
    with database.read() as session:
        asked = counters.read(session, counters.SOURCES)
        ended = gatherings.longest_without(session)
    found = [ASKED.of(number, result) for (result,), number in (_NOUGHT | asked).items()]
    return found if ended is None else [*found, LAST.of(max(0.0, (clock.now() - ended).total_seconds()))]
