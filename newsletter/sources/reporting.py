"""What a gathering came to: a line for each source, and the sentence that says which are missing, of a run or as all sources stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.model import Gathering, GatheringLine
from newsletter.model.sources import GatherResult
from newsletter.store.database import Database
from newsletter.store.sources import gatherings

MOST_NAMED = 12
"""So many missing sources are named in the sentence."""
MOST_WORDS = 160


@dataclass(frozen=True, slots=True)
class GatheredSource:
    """What came of one source in a run: `words` say why, where there is something to say; `said` is both on one line."""

    source_id: int
    name: str
    result: GatherResult
    words: str = ""
    found: int = 0
    new: int = 0
    milliseconds: int = 0
    octets: int = 0

    @property
    def is_missing(self) -> bool:
        """Whether it did not give all that it has."""
        return self.result not in gatherings.ANSWERED

    @property
    def said(self) -> str:
        """The result on one line, such as `broken (3 read): it ends within an item`."""
        count = {
            GatherResult.NEW: f" ({self.new} new of {self.found})",
            GatherResult.MOVED: f" ({self.new} new of {self.found})",
            GatherResult.BROKEN: f" ({self.found} read)",
        }.get(self.result, "")
        return f"{self.result}{count}" + (f": {self.words[:MOST_WORDS]}" if self.words else "")


@dataclass(frozen=True, slots=True)
class GatheringReport:
    """A run: when it began and ended (None: it has not, or was killed), and its lines in the order of the sources."""

    gathering_id: int
    started_at: datetime
    ended_at: datetime | None
    by: str
    lines: tuple[GatheredSource, ...]

    @property
    def missing(self) -> tuple[GatheredSource, ...]:
        """The sources that did not give all that they have."""
        return tuple(line for line in self.lines if line.is_missing)

    @property
    def new(self) -> int:
        """How many candidates were new."""
        return sum(line.new for line in self.lines)

    @property
    def sentence(self) -> str:
        """Say how many sources answered, and which did not: `41 of 44 sources; missing: Example (slow: ...), ...`."""
        return _sentence(len(self.lines), len(self.missing), self.missing[:MOST_NAMED])


def report_of(session: Session, gathering: Gathering) -> GatheringReport:
    """Return what a run came to, or has come to so far."""
    lines = tuple(_line(line, name) for line, name in gatherings.lines_of(session, gathering.id))
    return GatheringReport(gathering.id, gathering.started_at, gathering.ended_at, gathering.by, lines)


def sentence_of(session: Session, publication_id: int) -> str:
    """Say how the sources of a publication stand, each by its last answer: a run may have asked a few of them, or one."""
    asked, gave = gatherings.standing_sums(session, publication_id)
    missing = gatherings.standing_missing(session, publication_id, limit=MOST_NAMED)
    return _sentence(asked, asked - gave, [_line(line, name) if line else _unasked(name) for line, name in missing])


def last_run(database: Database, publication_id: int) -> tuple[Gathering, str] | None:
    """Return the newest run of a publication and how its sources stand, or None where nothing was ever gathered."""
    with database.read() as session:
        newest = gatherings.last(session, publication_id)
        return (newest, sentence_of(session, publication_id)) if newest is not None else None


def history_of(
    database: Database, source_id: int, *, before: int | None = None, limit: int
) -> list[tuple[datetime, int, GatheredSource]]:
    """Return what came of a source, newest first: when the run began, the id of the line, and the line."""
    with database.read() as session:
        found = gatherings.history(session, source_id, before=before, limit=limit)
    return [(at, line.id, _line(line, "")) for line, at in found]


def _sentence(asked: int, missing: int, named: Sequence[GatheredSource]) -> str:
    said = f"{asked - missing} of {asked} sources"
    if not named:
        return said
    words = ", ".join(f"{line.name} ({line.said})" for line in named)
    more = f", and {missing - len(named)} more" if missing > len(named) else ""
    return f"{said}; missing: {words}{more}"


def _unasked(name: str) -> GatheredSource:
    return GatheredSource(0, name, GatherResult.LEFT, "not asked yet")


def _line(line: GatheringLine, name: str) -> GatheredSource:
    costs = {"milliseconds": line.milliseconds, "octets": line.octets}
    return GatheredSource(line.source_id, name, line.result, line.words, line.found, line.new, **costs)
