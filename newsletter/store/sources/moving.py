"""Move candidates from state to state, put them into drafts, and let go of the old ones."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import Candidate
from newsletter.model.states import CANDIDATE_MOVES, CandidateState
from newsletter.store.inserting import batches

FORGET_AT_ONCE = 1_000
_FORGOTTEN = (CandidateState.NEW, CandidateState.DISMISSED)
_AS_IS = {"synchronize_session": False}


def move(
    session: Session,
    publication_id: int,
    ids: Collection[int],
    wanted: CandidateState,
    *,
    source: CandidateState | None = None,
) -> list[int]:
    """Move candidates of a publication to a state, those whose state allows it (or is `source`); return the ids of those moved."""
    present = [source] if source is not None else [state for state, moves in CANDIDATE_MOVES.items() if wanted in moves]
    moved: list[int] = []
    for batch in batches(sorted(set(ids))):
        statement = (
            update(Candidate)
            .where(Candidate.id.in_(batch), Candidate.publication_id == publication_id, Candidate.state.in_(present))
            .values(state=wanted)
            .returning(Candidate.id)
        )
        moved += session.scalars(statement, execution_options=_AS_IS)
    return sorted(moved)


def place(session: Session, publication_id: int, ids: Collection[int], issue_id: int | None) -> int:
    """Note that candidates stand in a draft, or in none; those that were used are left as they are. Return how many were written."""
    written = 0
    for batch in batches(sorted(set(ids))):
        statement = (
            update(Candidate)
            .where(Candidate.id.in_(batch), Candidate.publication_id == publication_id)
            .where(Candidate.state != CandidateState.USED)
            .values(issue_id=issue_id)
            .returning(Candidate.id)
        )
        written += len(session.scalars(statement, execution_options=_AS_IS).all())
    return written


def repoint(session: Session, clusters: Collection[int], candidate_id: int) -> None:
    """Let what was in clusters of candidates that were joined into another be in that one's."""
    statement = update(Candidate).where(Candidate.cluster.in_(clusters)).values(cluster=candidate_id)
    session.execute(statement, execution_options=_AS_IS)


def forget(session: Session, publication_id: int, *, unseen_since: datetime, limit: int = FORGET_AT_ONCE) -> int:
    """Delete up to `limit` candidates that nobody offers any more, with their sightings; return how many.

    Only new and dismissed ones that stand in no draft: what was used is never offered again, and what was shortlisted waits for its editor.
    """
    old = (
        select(Candidate.id)
        .where(Candidate.publication_id == publication_id, Candidate.last_seen < unseen_since)
        .where(Candidate.state.in_(_FORGOTTEN), Candidate.issue_id.is_(None))
        .order_by(Candidate.last_seen)
        .limit(limit)
    )
    gone = session.scalars(
        delete(Candidate).where(Candidate.id.in_(old)).returning(Candidate.id), execution_options=_AS_IS
    )
    return len(gone.all())
