"""Sources: add, find, list, take away, and which of them are asked next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Select, case, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import Publication, Source
from newsletter.model.sources import GatherResult
from newsletter.model.states import SourceState

ASKED = (SourceState.ACTIVE, SourceState.RESTING)
"""States in which a source is asked."""
MOST = 1000
"""So many a publication has at most: a run asks them all within a minute."""


def add(session: Session, source: Source) -> Source:
    """Store a new source; its id is set on return. Raises ConflictError when the publication has one of that name."""
    session.add(source)
    _flush(session, source)
    return source


def keep(session: Session, source: Source) -> None:
    """Write down what was changed of a source. Raises ConflictError as `add` does."""
    _flush(session, source)


def _flush(session: Session, source: Source) -> None:
    name = source.name
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(
            f"the publication has a source {name!r} already", where="name", remedy="give another name"
        ) from None


def by_id(session: Session, source_id: int) -> Source:
    """Return a source. Raises NotFoundError."""
    return _found(session.get(Source, source_id), source_id)


def by_ids(session: Session, ids: Collection[int]) -> Sequence[Source]:
    """Return those of these sources that are there."""
    return session.scalars(select(Source).where(Source.id.in_(ids))).all() if ids else ()


def lock(session: Session, source_id: int) -> Source:
    """Return a source as it is now and for nobody else to change until the end. Raises NotFoundError."""
    return _found(session.get(Source, source_id, with_for_update=True, populate_existing=True), source_id)


def lock_all(session: Session, source_ids: Collection[int]) -> dict[int, Source]:
    """Return those of these sources that are there, by id, as `lock` does."""
    query = select(Source).where(Source.id.in_(source_ids)).order_by(Source.id).with_for_update()
    return {each.id: each for each in session.scalars(query.execution_options(populate_existing=True))}


def _found(source: Source | None, source_id: int) -> Source:
    if source is None:
        raise NotFoundError(f"there is no source with id {source_id}", remedy="`newsletter source list` shows them")
    return source


def named(session: Session, publication_id: int, word: str) -> Source:
    """Return the source of a publication that a word names: its name, or its id. Raises NotFoundError."""
    mine = select(Source).where(Source.publication_id == publication_id)
    found = session.scalar(mine.where(Source.name == word))
    if found is None and word.isascii() and word.isdigit() and len(word) < 19:
        found = session.scalar(mine.where(Source.id == int(word)))
    if found is None:
        raise NotFoundError(f"there is no source {word[:80]!r}", remedy="`newsletter source list` shows them")
    return found


def page(session: Session, publication_id: int, *, after: int = 0, limit: int) -> Sequence[Source]:
    """Return sources of a publication with an id above `after`, in the order in which they were added."""
    mine = select(Source).where(Source.publication_id == publication_id, Source.id > after)
    return session.scalars(mine.order_by(Source.id).limit(limit)).all()


def names(session: Session, publication_id: int) -> list[tuple[int, str]]:
    """Return (id, name) of each source of a publication, by name: it has a bounded number of them."""
    mine = select(Source.id, Source.name).where(Source.publication_id == publication_id)
    return [(number, name) for number, name in session.execute(mine.order_by(func.lower(Source.name)).limit(MOST))]


def names_and_addresses(session: Session, publication_id: int) -> list[tuple[str, str, str]]:
    """Return (name, address, section) of each source of a publication: it has a bounded number of them."""
    mine = select(Source.name, Source.address, Source.section).where(Source.publication_id == publication_id)
    return [(name, address, section) for name, address, section in session.execute(mine.order_by(Source.id))]


def remove(session: Session, source: Source) -> None:
    """Delete a source with what it offered; candidates that it offered stay, without its name."""
    session.execute(delete(Source).where(Source.id == source.id))


def asked_of(session: Session, publication_id: int, *, limit: int) -> Sequence[Source]:
    """Return the sources of a publication that are asked at all: those left over last time first, then those not asked for longest."""
    mine = select(Source).where(Source.publication_id == publication_id, Source.state.in_(ASKED), Source.address != "")
    left_first = case((Source.last_result == GatherResult.LEFT, 0), else_=1)
    never_first = case((Source.last_at.is_(None), 0), else_=1)
    return session.scalars(mine.order_by(left_first, never_first, Source.last_at, Source.id).limit(limit)).all()


def with_hourly_ones_due(session: Session, now: datetime, *, limit: int) -> Sequence[int]:
    """Return ids of publications some of whose sources have a pace of their own, and are due."""
    return session.scalars(_due_by_themselves(now).distinct().limit(limit)).all()


def gathering_by_the_clock(session: Session) -> Sequence[Publication]:
    """Return the publications that have an hour of gathering."""
    return session.scalars(
        select(Publication).where(Publication.gather_at != "", Publication.closed_at.is_(None)).order_by(Publication.id)
    ).all()


def wishing_for_runs(session: Session, *, limit: int) -> Sequence[int]:
    """Return ids of publications for which somebody wishes a run."""
    wishing = select(Publication.id).where(Publication.gather_wished_at.is_not(None))
    return session.scalars(wishing.order_by(Publication.gather_wished_at).limit(limit)).all()


def fulfil_wish(session: Session, publication_id: int, until: datetime) -> None:
    """Note that a run answers what was wished until a moment."""
    wished = (Publication.id == publication_id, Publication.gather_wished_at <= until)
    session.execute(update(Publication).where(*wished).values(gather_wished_at=None))


def is_due_by_itself(session: Session, publication_id: int, now: datetime) -> bool:
    """Tell whether a publication has a source with a pace of its own that is due."""
    due = _due_by_themselves(now).where(Source.publication_id == publication_id)
    return session.scalar(due.limit(1)) is not None


def _due_by_themselves(now: datetime) -> Select[int]:
    return select(Source.publication_id).where(
        Source.state.in_(ASKED),
        Source.every_minutes > 0,
        Source.address != "",
        or_(Source.next_at.is_(None), Source.next_at <= now),
    )


def any_waits_to_be_told(session: Session, publication_id: int) -> bool:
    """Tell whether `waiting_to_be_told` would return any."""
    return session.scalar(_untold(publication_id).with_only_columns(Source.id).limit(1)) is not None


def _untold(publication_id: int) -> Select[Source]:
    return select(Source).where(
        Source.publication_id == publication_id, Source.state == SourceState.RESTING, Source.told_at.is_(None)
    )


def waiting_to_be_told(session: Session, publication_id: int, *, limit: int) -> Sequence[Source]:
    """Return the sources of a publication that rest, and of which no editor was told, locked."""
    return session.scalars(_untold(publication_id).order_by(Source.id).limit(limit).with_for_update()).all()


def resting(session: Session, *, limit: int) -> Sequence[Source]:
    """Return sources that rest, of all publications."""
    return session.scalars(
        select(Source).where(Source.state == SourceState.RESTING).order_by(Source.id).limit(limit)
    ).all()


def secrets_named(session: Session, *, limit: int) -> Sequence[str]:
    """Return the names of secrets that sources are asked with."""
    return session.scalars(
        select(Source.secret).where(Source.secret != "").distinct().order_by(Source.secret).limit(limit)
    ).all()


def mark_gathered(session: Session, publication_id: int, day: date) -> None:
    """Note that the hour of a publication was kept on a day; a later day that is noted stays."""
    earlier = or_(Publication.gathered_day.is_(None), Publication.gathered_day < day)
    session.execute(update(Publication).where(Publication.id == publication_id, earlier).values(gathered_day=day))
