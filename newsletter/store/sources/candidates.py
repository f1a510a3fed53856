"""Candidates: found by key, listed best first, counted as far as it shows, stored and changed in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, false, func, literal, or_, select, union_all, update
from sqlalchemy.orm import Session

from newsletter.errors import NotFoundError
from newsletter.model import Candidate, Sighting
from newsletter.model.states import CandidateState
from newsletter.paging import CandidateMark
from newsletter.store.inserting import batches, insert_new
from newsletter.store.rewriting import rewrite as rewrite_rows

MOST_COUNTED = 99
"""Candidates of a section are counted as far as this; one more says that there are more."""
MOST_OF_A_SOURCE = 1_000
"""Of one source, the candidates that it offered last are looked through."""
MOST_IN_CLUSTER = 20
OPEN = (CandidateState.NEW, CandidateState.SHORTLISTED)
"""States of what may still be chosen."""


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """Which candidates of a publication are asked for; empty `states` are all of them."""

    publication_id: int
    states: tuple[CandidateState, ...] = OPEN
    section: str = ""
    source_id: int | None = None


def by_id(session: Session, candidate_id: int) -> Candidate:
    """Return a candidate as it is now. Raises NotFoundError."""
    found = session.get(Candidate, candidate_id, populate_existing=True)
    if found is None:
        raise NotFoundError(f"there is no candidate with id {candidate_id}", remedy="it was forgotten, or never there")
    return found


def by_ids(session: Session, ids: Collection[int], *, locked: bool = False) -> list[Candidate]:
    """Return those of these candidates that are there, by id; `locked` until the transaction ends."""
    found: list[Candidate] = []
    for batch in batches(sorted(set(ids))):
        query = select(Candidate).where(Candidate.id.in_(batch)).order_by(Candidate.id)
        query = query.with_for_update() if locked else query
        found += session.scalars(query.execution_options(populate_existing=True))
    return found


def by_keys(session: Session, publication_id: int, section: str, keys: Iterable[str]) -> dict[str, Candidate]:
    """Return the candidates of a section by their keys."""
    found: dict[str, Candidate] = {}
    for batch in batches(keys):
        query = select(Candidate).where(Candidate.publication_id == publication_id, Candidate.section == section)
        found |= {each.key: each for each in session.scalars(query.where(Candidate.key.in_(batch)))}
    return found


def sections_of(session: Session, publication_id: int) -> list[str]:
    """Return the sections that a publication has candidates in: one step in an index for each."""
    mine = Candidate.publication_id == publication_id
    first = select(func.min(Candidate.section).label("section")).where(mine).cte("walked", recursive=True)
    after = select(func.min(Candidate.section)).where(mine, Candidate.section > first.c.section).scalar_subquery()
    walked = first.union_all(select(after).where(first.c.section.is_not(None)))
    return [section for section in session.scalars(select(walked.c.section)) if section is not None]


def page(
    session: Session, wanted: CandidateFilter, *, after: CandidateMark | None = None, size: int
) -> list[Candidate]:
    """Return up to `size` candidates, best first by (rank_sum, id), those behind `after`.

    Each state is asked for by itself, so that an index gives its rows in order, however many there are. What was joined into another by hand
    is left out.
    """
    found: list[Candidate] = []
    for state in wanted.states or tuple(CandidateState):
        query = _filtered(wanted).where(Candidate.state == state, ~Candidate.is_joined)
        if after is not None:
            tie = and_(Candidate.rank_sum == after.rank_sum, Candidate.id < after.candidate_id)
            query = query.where(Candidate.rank_sum <= after.rank_sum, or_(Candidate.rank_sum < after.rank_sum, tie))
        found += session.scalars(query.order_by(Candidate.rank_sum.desc(), Candidate.id.desc()).limit(size))
    return sorted(found, key=lambda each: (each.rank_sum, each.id), reverse=True)[:size]


def _filtered(wanted: CandidateFilter) -> Select[Candidate]:
    query = select(Candidate).where(Candidate.publication_id == wanted.publication_id)
    if wanted.section:
        query = query.where(Candidate.section == wanted.section)
    if wanted.source_id is not None:
        last = select(Sighting.candidate_id).where(Sighting.source_id == wanted.source_id)
        query = query.where(Candidate.id.in_(last.order_by(Sighting.seen_at.desc()).limit(MOST_OF_A_SOURCE)))
    return query


def counts(
    session: Session, publication_id: int, states: Collection[CandidateState], sections: Sequence[str]
) -> dict[str, int]:
    """Count what `page` would list of a few sections, each as far as MOST_COUNTED + 1, which says that there are more."""
    some = select(Candidate.id).where(Candidate.publication_id == publication_id, Candidate.state.in_(states))
    if CandidateState.DISMISSED in states:  # what was joined into another is kept as such
        some = some.where(~Candidate.is_joined)
    each_one = [
        select(literal(number), func.count()).select_from(
            some.where(Candidate.section == section).limit(MOST_COUNTED + 1).subquery()
        )
        for number, section in enumerate(sections)
    ]
    return {sections[number]: count for number, count in session.execute(union_all(*each_one))} if each_one else {}


def in_clusters(session: Session, candidates: Iterable[Candidate]) -> dict[int, list[Candidate]]:
    """Return, by cluster, the candidates of the clusters of these, those themselves too; some of a large one."""
    found: dict[int, list[Candidate]] = {}
    for batch in batches(sorted({each.cluster for each in candidates if each.cluster is not None})):
        query = select(Candidate).where(Candidate.cluster.in_(batch), ~Candidate.is_joined).order_by(Candidate.id)
        for each in session.scalars(query.limit(MOST_IN_CLUSTER * len(batch))):
            if each.cluster is not None:
                found.setdefault(each.cluster, []).append(each)
    return found


def open_in(
    session: Session, publication_id: int, section: str, *, limit: int, issue_id: int | None = None
) -> list[Candidate]:
    """Return what may fill a section, best first: what is open and stands in no draft, or in that of `issue_id`.

    Shortlisted ones come before new ones: somebody chose them.
    """
    free = or_(Candidate.issue_id.is_(None), Candidate.issue_id == issue_id if issue_id is not None else false())
    found: list[Candidate] = []
    for state in (CandidateState.SHORTLISTED, CandidateState.NEW):
        query = _filtered(CandidateFilter(publication_id, section=section)).where(Candidate.state == state, free)
        query = query.order_by(Candidate.rank_sum.desc(), Candidate.id.desc())
        found += session.scalars(query.limit(limit - len(found))) if len(found) < limit else ()
    return found


def ids_to_rank(session: Session, publication_id: int, *, seen_since: datetime, most: int, best: int) -> list[int]:
    """Return the ids of what is open and was seen since a moment, the last `most`, and of the `best` that stand highest, seen or not."""
    found: set[int] = set()
    for state in OPEN:
        mine = select(Candidate.id).where(Candidate.publication_id == publication_id, Candidate.state == state)
        last = mine.where(Candidate.last_seen >= seen_since).order_by(Candidate.last_seen.desc()).limit(most)
        found.update(session.scalars(last))
        found.update(session.scalars(mine.order_by(Candidate.rank_sum.desc(), Candidate.id.desc()).limit(best)))
    return sorted(found)


class RankRow(NamedTuple):
    """A candidate as its rank is reckoned."""

    id: int
    source_id: int | None
    state: CandidateState
    published: datetime | None
    first_seen: datetime
    sightings: int
    points: int | None
    attributes: dict[str, Any]
    rank_sum: float
    rank_parts: list[Any]


def to_rank(session: Session, ids: Iterable[int]) -> list[RankRow]:
    """Return these candidates as their ranks are reckoned, without their words."""
    columns = [getattr(Candidate, name) for name in RankRow._fields]
    found: list[RankRow] = []
    for batch in batches(ids):
        found += [RankRow._make(row) for row in session.execute(select(*columns).where(Candidate.id.in_(batch)))]
    return found


class TitleRow(NamedTuple):
    """A candidate as its title is compared with others."""

    id: int
    title: str
    url: str
    source_id: int | None
    cluster: int | None
    first_seen: datetime


def titles_seen_since(session: Session, publication_id: int, moment: datetime, *, most: int) -> list[TitleRow]:
    """Return the titles of the `most` candidates of a publication that came last and were seen since a moment, the oldest first."""
    columns = (
        Candidate.id,
        Candidate.title,
        Candidate.url,
        Candidate.source_id,
        Candidate.cluster,
        Candidate.first_seen,
    )
    query = select(*columns).where(
        Candidate.publication_id == publication_id, Candidate.last_seen >= moment, ~Candidate.is_joined
    )
    rows = session.execute(query.order_by(Candidate.id.desc()).limit(most))
    return [TitleRow._make(row) for row in rows][::-1]


def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """Store those whose key is not taken in their section, all with the same columns; return ids of the new ones by (section, key)."""
    new: dict[tuple[str, str], int] = {}
    for batch in batches(rows):
        returning = [Candidate.section, Candidate.key, Candidate.id]
        stored = insert_new(session, Candidate, batch, unique=["publication_id", "section", "key"], returning=returning)
        new |= {(row.section, row.key): row.id for row in stored}
    return new


def keep(session: Session) -> None:
    """Write down what was changed of candidates that were asked for in this transaction."""
    session.flush()


def rewrite(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change candidates by id, all in the same columns."""
    rewrite_rows(session, Candidate, rows)


def seen_again(session: Session, ids: Iterable[int], now: datetime) -> None:
    """Note that these were seen again."""
    for batch in batches(ids):
        statement = update(Candidate).where(Candidate.id.in_(batch)).values(last_seen=now)
        session.execute(statement, execution_options={"synchronize_session": False})
