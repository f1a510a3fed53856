"""Take in what a source offered: snapshots of what it counts, and its candidates, joined and ranked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy.orm import Session

from newsletter.model import Snapshot, Source
from newsletter.model.sources import GatherResult, SourceKind
from newsletter.sources.boards import EarlierBoard, kept_rows, read_columns, rows_to_keep
from newsletter.sources.found import FoundCandidate, FoundTable, Reading
from newsletter.sources.held_boards import held_reason
from newsletter.sources.outcomes import Outcome
from newsletter.sources.stars import stars_today
from newsletter.store.publications import publications
from newsletter.store.sources import snapshots
from newsletter.zones import day_of

COUNTING = (SourceKind.TABLE, SourceKind.GITHUB)
"""Kinds whose answers are kept a day each, also when they say the same."""


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

    def __call__(
        self, session: Session, publication_id: int, answers: Sequence[tuple[Source, Outcome]], now: datetime
    ) -> dict[int, int]:
        """Write what sources of a publication offered, within the session; return how many candidates were new, by source."""
        day = day_of(now, publications.by_id(session, publication_id).time_zone)
        offered = [
            (source, found) for source, outcome in answers if (found := _kept(session, source, outcome, day, now))
        ]
        return self.join(session, publication_id, offered, now=now) if offered else {}


def _kept(session: Session, source: Source, outcome: Outcome, day: date, now: datetime) -> Sequence[FoundCandidate]:
    """Keep what an answer counted, and return the candidates that it offers."""
    if outcome.result is GatherResult.UNCHANGED:
        _keep_again(session, source, day, now)
    reading = outcome.reading
    if reading is None:
        return ()
    if reading.stars:
        reading = _with_stars(session, source, reading, day, now)
    if reading.table is not None and outcome.result is not GatherResult.BROKEN:
        _keep_table(session, source, reading.table, day, now)
    # the rows of a board stand in its table: nobody chooses among them
    return () if source.kind is SourceKind.TABLE else reading.candidates


def _keep_again(session: Session, source: Source, day: date, now: datetime) -> None:
    """Note of what a source counted before that it says the same today."""
    last = snapshots.newest(session, source.id) if source.kind in COUNTING else None
    if last is None or last.day >= day:
        return
    held = last.held
    if source.kind is SourceKind.TABLE and not held:
        held = _why_held(session, source, last.rows, last.digest, day)
    snapshots.keep(session, source.id, day, last.rows, digest=last.digest, taken_at=now, held=held)


def _with_stars(session: Session, source: Source, reading: Reading, day: date, now: datetime) -> Reading:
    """Keep today's stars, and put the difference to those of an earlier day beside each repository of which both are known."""
    earlier = snapshots.newest(session, source.id, before=day)
    snapshots.keep(session, source.id, day, reading.stars, digest=digest_of(reading.stars), taken_at=now)
    return replace(reading, candidates=tuple(_counted(each, reading, earlier, now) for each in reading.candidates))


def _counted(candidate: FoundCandidate, reading: Reading, earlier: Snapshot | None, now: datetime) -> FoundCandidate:
    number = candidate.key.removeprefix("github:")
    kept = earlier.rows if earlier is not None and isinstance(earlier.rows, dict) else {}
    before_at = earlier.taken_at if earlier is not None else None
    gained = stars_today(reading.stars.get(number), now, kept.get(number), before_at)
    if gained is None:
        return candidate  # a figure that nobody knows is left out
    return replace(candidate, attributes=candidate.attributes | {"stars-today": gained})


def _keep_table(session: Session, source: Source, table: FoundTable, day: date, now: datetime) -> None:
    rows = rows_of(table)
    digest = digest_of(rows)
    held = _why_held(session, source, rows, digest, day)
    snapshots.keep(session, source.id, day, rows, digest=digest, taken_at=now, held=held)


def _why_held(session: Session, source: Source, rows: dict[str, Any], digest: str, day: date) -> str:
    """Say why an editor should look at a board first; nothing where it may be believed."""
    believed = snapshots.believed(session, source.id, before=day)
    before = EarlierBoard(believed.day, kept_rows(believed.rows["rows"])) if believed is not None else None
    since = snapshots.unchanged_since(session, source.id, digest, day)
    mapping = read_columns(rows["columns"], source.mapping)
    return held_reason(kept_rows(rows["rows"]), before, mapping, day=day, since=since)


def rows_of(table: FoundTable) -> dict[str, Any]:
    """Return a board as a snapshot keeps it."""
    return {"columns": list(table.columns), "rows": rows_to_keep(table), "attribution": table.attribution}


def digest_of(rows: Any) -> str:
    """Return by what two snapshots are known to say the same."""
    return sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()
