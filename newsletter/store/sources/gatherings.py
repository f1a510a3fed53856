"""Gatherings: begin and end one, the lines of its sources, the history of a source, and what is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.model import Gathering, GatheringLine, Publication, Source
from newsletter.model.base import Moment
from newsletter.model.sources import GatherResult
from newsletter.model.states import SourceState
from newsletter.store.inserting import insert_new

ANSWERED = (GatherResult.NEW, GatherResult.UNCHANGED, GatherResult.MOVED)
"""Results of sources that gave all that could be read."""


def begin(session: Session, publication_id: int, now: datetime, by: str) -> Gathering:
    """Begin a run; those of the publication that never ended are closed. Whoever begins holds the lease of the publication."""
    for open_id in session.scalars(
        select(Gathering.id).where(Gathering.publication_id == publication_id, Gathering.ended_at.is_(None))
    ).all():
        end(session, open_id, now)
    begun = Gathering(publication_id=publication_id, started_at=now, by=by)
    session.add(begun)
    session.flush()
    return begun


def hold_open(session: Session, gathering_id: int) -> bool:
    """Tell whether a run is open still, and see that nobody closes it until the transaction ends."""
    found = session.scalar(
        select(Gathering.id).where(Gathering.id == gathering_id, Gathering.ended_at.is_(None)).with_for_update()
    )
    return found is not None


def add_lines(session: Session, lines: Sequence[dict[str, Any]]) -> None:
    """Write what came of each of some sources in one run, unless that is written already."""
    unique = ("gathering_id", "source_id")
    insert_new(session, GatheringLine, lines, unique=unique, returning=[GatheringLine.source_id])


def end(session: Session, gathering_id: int, now: datetime) -> bool:
    """End a run that is open, with the sums of its lines; False when it was closed before."""
    asked, gave, new = sums_of(session, gathering_id)
    ended = session.execute(
        update(Gathering)
        .where(Gathering.id == gathering_id, Gathering.ended_at.is_(None))
        .values(ended_at=now, asked=asked, answered=gave, new=new)
        .returning(Gathering.id)
        .execution_options(synchronize_session=False)
    )
    return ended.scalar() is not None


def sums_of(session: Session, gathering_id: int) -> tuple[int, int, int]:
    """Return of a run how many sources were asked, how many of these gave all, and how many candidates were new."""
    answered = case((GatheringLine.result.in_(ANSWERED), 1), else_=0)
    sums = select(func.count(), _sum(answered), _sum(GatheringLine.new))
    asked, gave, new = session.execute(sums.where(GatheringLine.gathering_id == gathering_id)).one()
    return asked, gave, new


def by_id(session: Session, gathering_id: int) -> Gathering | None:
    """Return a run as it is now, or None."""
    return session.get(Gathering, gathering_id, populate_existing=True)


def last(session: Session, publication_id: int) -> Gathering | None:
    """Return the newest run of a publication, ended or not."""
    mine = select(Gathering).where(Gathering.publication_id == publication_id)
    return session.scalar(mine.order_by(Gathering.id.desc()).limit(1))


def longest_without(session: Session) -> datetime | None:
    """Return when the last run ended of the publication with an hour that waits longest for the next; None where none has had one.

    It costs one look-up for each such publication.
    """
    mine = select(Gathering.ended_at).where(Gathering.publication_id == Publication.id, Gathering.ended_at.is_not(None))
    last = mine.order_by(Gathering.id.desc()).limit(1).correlate(Publication).scalar_subquery()
    return session.scalar(select(func.min(last, type_=Moment())).where(Publication.gather_at != ""))


def page(session: Session, publication_id: int, *, before: int | None = None, limit: int) -> Sequence[Gathering]:
    """Return the newest runs of a publication with an id below `before`, newest first."""
    mine = select(Gathering).where(Gathering.publication_id == publication_id)
    if before is not None:
        mine = mine.where(Gathering.id < before)
    return session.scalars(mine.order_by(Gathering.id.desc()).limit(limit)).all()


def lines_of(session: Session, gathering_id: int) -> list[tuple[GatheringLine, str]]:
    """Return what came of each source in a run, with its name, in the order in which they were added."""
    return [(line, name) for line, name in session.execute(_lines(gathering_id))]


def standing_sums(session: Session, publication_id: int) -> tuple[int, int]:
    """Return how many sources a publication asks, and of how many the last answer gave all, in whichever run that was."""
    answered = case((GatheringLine.result.in_(ANSWERED), 1), else_=0)
    asked, gave = session.execute(_standing(select(func.count(), _sum(answered)), publication_id)).one()
    return asked, gave


def standing_missing(session: Session, publication_id: int, *, limit: int) -> list[tuple[GatheringLine | None, str]]:
    """Return the first sources that did not give all when they were asked last, with their names; no line where none was asked yet."""
    not_all = or_(GatheringLine.id.is_(None), GatheringLine.result.not_in(ANSWERED))
    missing = _standing(select(GatheringLine, Source.name), publication_id).where(not_all)
    return [(line, name) for line, name in session.execute(missing.order_by(Source.id).limit(limit))]


def _standing(wanted: Any, publication_id: int) -> Any:
    """Select from the sources that a publication asks, each beside its newest line: one look-up for each."""
    newest = select(GatheringLine.id).where(GatheringLine.source_id == Source.id).order_by(GatheringLine.id.desc())
    line = GatheringLine.id == newest.limit(1).correlate(Source).scalar_subquery()
    return (
        wanted.select_from(Source)
        .outerjoin(GatheringLine, line)
        .where(Source.publication_id == publication_id, Source.address != "", Source.state != SourceState.OFF)
    )


def _lines(gathering_id: int) -> Select[GatheringLine, str]:
    return (
        select(GatheringLine, Source.name)
        .join(Source, Source.id == GatheringLine.source_id)
        .where(GatheringLine.gathering_id == gathering_id)
        .order_by(GatheringLine.source_id)
    )


def history(
    session: Session, source_id: int, *, before: int | None = None, limit: int
) -> list[tuple[GatheringLine, datetime]]:
    """Return what came of a source, newest first, each with when its run began: lines with an id below `before`."""
    mine = (
        select(GatheringLine, Gathering.started_at)
        .join(Gathering, Gathering.id == GatheringLine.gathering_id)
        .where(GatheringLine.source_id == source_id)
    )
    if before is not None:
        mine = mine.where(GatheringLine.id < before)
    return [(line, at) for line, at in session.execute(mine.order_by(GatheringLine.id.desc()).limit(limit))]


def forget(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` of the oldest runs that began before a moment, with their lines; return how many."""
    oldest = session.scalars(select(Gathering).order_by(Gathering.id).limit(limit)).all()  # ids grow with the moments
    old = [each.id for each in oldest if each.started_at < before]
    if old:
        session.execute(delete(Gathering).where(Gathering.id.in_(old)))
    return len(old)


def _sum(column: Any) -> Any:
    return func.coalesce(func.sum(column), 0)
