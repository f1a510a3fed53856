"""When each retention job ran, and how much went."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.model import RetentionRun


def of_all(session: Session) -> dict[str, RetentionRun]:
    """Return what is known of each job that ever ran, by its name."""
    return {run.job: run for run in session.scalars(select(RetentionRun))}


def place_of(session: Session, job: str) -> int:
    """Return how far a job is that goes through rows in their order; 0 at the beginning."""
    found = session.get(RetentionRun, job)
    return found.place if found else 0


def note(session: Session, job: str, *, at: datetime, gone: int, place: int, first: bool) -> None:
    """Add to what went; `first` begins a new run."""
    run = session.get(RetentionRun, job, with_for_update=True)
    if run is None:
        run = RetentionRun(job=job, ran_at=at, gone_last=0, gone=0, place=0)
        session.add(run)
    run.ran_at, run.place = at, place
    run.gone_last = gone if first else run.gone_last + gone
    run.gone += gone
    session.flush()
