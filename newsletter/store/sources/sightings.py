"""Sightings: what each source offers, found again by its key or its guid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from newsletter.model import Sighting
from newsletter.store.inserting import batches, insert_new
from newsletter.store.rewriting import rewrite as rewrite_rows

MOST_OF_ONE = 50
"""So many sightings of one candidate are shown."""


class SightingName(NamedTuple):
    """By what a source's offer is found: the source's id, and its key or guid there."""

    source_id: int
    name: str


def by_keys(session: Session, names: Iterable[SightingName]) -> dict[SightingName, Sighting]:
    """Return the sightings with these keys."""
    found: dict[SightingName, Sighting] = {}
    for batch in batches(names):
        query = select(Sighting).where(tuple_(Sighting.source_id, Sighting.key).in_(list(batch)))
        found |= {SightingName(each.source_id, each.key): each for each in session.scalars(query)}
    return found


def by_guids(session: Session, names: Iterable[SightingName]) -> dict[SightingName, list[Sighting]]:
    """Return the sightings with these guids, all that have one."""
    found: dict[SightingName, list[Sighting]] = {}
    for batch in batches(names):
        query = select(Sighting).where(tuple_(Sighting.source_id, Sighting.guid).in_(list(batch)))
        for each in session.scalars(query.order_by(Sighting.id)):
            found.setdefault(SightingName(each.source_id, each.guid), []).append(each)
    return found


def by_ids(session: Session, ids: Collection[int]) -> list[Sighting]:
    """Return those of these sightings that are there, as they are now, by id."""
    found: list[Sighting] = []
    for batch in batches(sorted(set(ids))):
        query = select(Sighting).where(Sighting.id.in_(batch)).order_by(Sighting.id)
        found += session.scalars(query.execution_options(populate_existing=True))
    return found


def all_of(session: Session, candidate_id: int) -> list[Sighting]:
    """Return all sightings of a candidate, as they are now, the first of them first."""
    query = select(Sighting).where(Sighting.candidate_id == candidate_id).order_by(Sighting.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def of_candidates(session: Session, candidate_ids: Collection[int]) -> dict[int, list[Sighting]]:
    """Return the sightings of each of a few candidates, the first of them first."""
    found: dict[int, list[Sighting]] = {}
    query = select(Sighting).where(Sighting.candidate_id.in_(candidate_ids)).order_by(Sighting.id)
    for each in session.scalars(query.limit(MOST_OF_ONE * max(1, len(candidate_ids)))):
        found.setdefault(each.candidate_id, []).append(each)
    return found


def sources_of(session: Session, candidate_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the ids of the sources that offer each of these candidates."""
    found: dict[int, list[int]] = {}
    for batch in batches(candidate_ids):
        query = select(Sighting.candidate_id, Sighting.source_id).where(Sighting.candidate_id.in_(batch))
        for candidate_id, source_id in session.execute(query.order_by(Sighting.id)):
            found.setdefault(candidate_id, []).append(source_id)
    return found


def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[SightingName]:
    """Store those that are not there yet, all with the same columns; return the names of the new ones."""
    new: list[SightingName] = []
    for batch in batches(rows):
        returning = [Sighting.source_id, Sighting.key]
        stored = insert_new(session, Sighting, batch, unique=["source_id", "key"], returning=returning)
        new += [SightingName._make(row) for row in stored]
    return new


def rewrite(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change sightings by id, all in the same columns."""
    rewrite_rows(session, Sighting, rows)


def seen_again(session: Session, ids: Iterable[int], now: datetime) -> None:
    """Note that these were seen again as they were."""
    for batch in batches(ids):
        statement = update(Sighting).where(Sighting.id.in_(batch)).values(seen_at=now)
        session.execute(statement, execution_options={"synchronize_session": False})


def move(session: Session, sighting_ids: Collection[int], candidate_id: int, *, apart: bool) -> None:
    """Let sightings belong to another candidate; `apart` says that no address shall join them again."""
    statement = update(Sighting).where(Sighting.id.in_(sighting_ids)).values(candidate_id=candidate_id, apart=apart)
    session.execute(statement, execution_options={"synchronize_session": False})
