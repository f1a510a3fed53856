"""Who tries an issue first: until somebody has got it, one batch at a time goes, whichever process sends it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import FirstTry


def take_turn(session: Session, issue_id: int, now: datetime, until: datetime, *, longest: datetime) -> bool:
    """Take the turn to try an issue; False when another has it, or the issue is proven.

    One that ends after `longest`, later than any turn can, is void: a clock that was ahead wrote it.
    """
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(FirstTry).values(issue_id=issue_id, until=until, proven=False)
    free = ((FirstTry.until <= now) | (FirstTry.until > longest)) & ~FirstTry.proven
    taken = statement.on_conflict_do_update(index_elements=["issue_id"], set_={"until": until}, where=free)
    return session.connection().execute(taken.returning(FirstTry.issue_id)).scalar() is not None


def give_up(session: Session, issue_id: int, until: datetime, now: datetime) -> None:
    """Let another have the turn that ends at `until`."""
    session.execute(update(FirstTry).where(FirstTry.issue_id == issue_id, FirstTry.until == until).values(until=now))


def prove(session: Session, issue_id: int) -> None:
    """Note that somebody has got the issue: all may send it."""
    session.execute(update(FirstTry).where(FirstTry.issue_id == issue_id).values(proven=True))


def is_proven(session: Session, issue_id: int) -> bool:
    """Tell whether somebody has got the issue since it was begun or resumed."""
    return bool(session.scalar(select(FirstTry.proven).where(FirstTry.issue_id == issue_id)))


def begin_anew(session: Session, issue_id: int) -> None:
    """Let an issue that is resumed be tried first again: what stopped it may still stand."""
    session.execute(delete(FirstTry).where(FirstTry.issue_id == issue_id))
