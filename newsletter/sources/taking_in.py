"""Take in what a source offered: snapshots of what it counts, and its candidates, joined and ranked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy.orm import Session

from newsletter.model import Snapshot, Source
from newsletter.model.sources import GatherResult
from newsletter.sources.found import FoundCandidate, FoundTable, Reading
from newsletter.sources.outcomes import Outcome
from newsletter.store.publications import publications
from newsletter.store.sources import snapshots
from newsletter.zones import day_of


class Join(Protocol):
    """What makes candidates of what sources answered: `newsletter.sources.joining.join`."""

    def __call__(
        self,
        session: Session,
        publication_id: int,
        answers: Sequence[tuple[Source, Sequence[FoundCandidate]]],
        *,
        now: datetime,
    ) -> dict[int, int]:
        """Return how many candidates were new, by source."""
        ...


@dataclass(frozen=True)
class TakingIn:
    """The tools of taking in; `join` is what knows candidates."""

    join: Join

    def __call__(self, session: Session, source: Source, outcome: Outcome, now: datetime) -> int:
        """Write what a source offered, within the session; return how many candidates were new."""
        reading = outcome.reading
        if reading is None:
            return 0
        day = day_of(now, publications.by_id(session, source.publication_id).time_zone)
        if reading.stars:
            reading = _with_stars(session, source, reading, day, now)
        if reading.table is not None and outcome.result is not GatherResult.BROKEN:
            _keep_table(session, source, reading.table, day, now)
        answers = [(source, reading.candidates)]
        return self.join(session, source.publication_id, answers, now=now).get(source.id, 0)


def _with_stars(session: Session, source: Source, reading: Reading, day: date, now: datetime) -> Reading:
    """Keep today's stars, and put the difference to those of an earlier day beside each repository of which both are known."""
    earlier = snapshots.newest(session, source.id, before=day)
    snapshots.keep(session, source.id, day, reading.stars, digest=digest_of(reading.stars), taken_at=now)
    return replace(reading, candidates=tuple(_counted(each, reading, earlier, now) for each in reading.candidates))


def _counted(candidate: FoundCandidate, reading: Reading, earlier: Snapshot | None, now: datetime) -> FoundCandidate:
    number = candidate.key.removeprefix("github:")
    today = reading.stars.get(number)
    before = earlier.rows.get(number) if earlier is not None and isinstance(earlier.rows, dict) else None
    if earlier is None or today is None or before is None or earlier.taken_at >= now:
        return candidate  # a figure that nobody knows is left out
    return replace(candidate, attributes=candidate.attributes | {"stars-today": today - before})


def _keep_table(session: Session, source: Source, table: FoundTable, day: date, now: datetime) -> None:
    rows = rows_of(table)
    snapshots.keep(session, source.id, day, rows, digest=digest_of(rows), taken_at=now)


def rows_of(table: FoundTable) -> dict[str, Any]:
    """Return a board as a snapshot keeps it."""
    return asdict(table)


def digest_of(rows: Any) -> str:
    """Return by what two snapshots are known to say the same."""
    return sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()
