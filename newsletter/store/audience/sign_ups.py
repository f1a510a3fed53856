"""Sign-ups that wait for their answer, and the forms that were used."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Publication, SignUp, SpentForm
from newsletter.store.inserting import insert_new


def spend(session: Session, token: str, expires_at: datetime) -> bool:
    """Let a form's token serve; False when it has served already."""
    row = {"token": token, "expires_at": expires_at}
    return bool(insert_new(session, SpentForm, [row], unique=["token"], returning=[SpentForm.token]))


def add(session: Session, sign_up: SignUp) -> int:
    """Store a sign-up and return its id."""
    session.add(sign_up)
    session.flush()
    return sign_up.id


def find(session: Session, sign_up_id: int) -> tuple[SignUp, Publication] | None:
    """Return a sign-up and what it is for; None when it was answered."""
    row = session.execute(
        select(SignUp, Publication)
        .join(Publication, Publication.id == SignUp.publication_id)
        .where(SignUp.id == sign_up_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def take(session: Session, sign_up_id: int) -> bool:
    """Remove a sign-up, to be answered in this transaction; False when another worker did."""
    return session.scalar(delete(SignUp).where(SignUp.id == sign_up_id).returning(SignUp.id)) is not None


def drop(session: Session, address: str) -> None:
    """Remove what waits for an address, in any letter case."""
    session.execute(
        delete(SignUp).where(func.lower(SignUp.address) == address.strip().lower()),
        execution_options={"synchronize_session": False},
    )


def is_waiting(session: Session, publication_id: int, address: str) -> bool:
    """Tell whether a sign-up of this address waits for its answer."""
    theirs = (SignUp.publication_id == publication_id) & (func.lower(SignUp.address) == address.strip().lower())
    return session.scalar(select(SignUp.id).where(theirs).limit(1)) is not None


def due(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Return ids of sign-ups to ring for, oldest first."""
    return session.scalars(select(SignUp.id).where(SignUp.due_at <= now).order_by(SignUp.id).limit(limit)).all()


def put_off(session: Session, sign_up_ids: Collection[int], until: datetime) -> None:
    """Ring for these (1,000 at most) no earlier than `until`."""
    session.execute(
        update(SignUp).where(SignUp.id.in_(sign_up_ids), SignUp.due_at < until).values(due_at=until),
        execution_options={"synchronize_session": False},
    )


def waiting(session: Session) -> int:
    """Count the sign-ups that were not answered yet."""
    return session.scalar(select(func.count()).select_from(SignUp)) or 0


def forget(session: Session, before: datetime, now: datetime) -> int:
    """Drop the sign-ups from before `before`, and forms whose tokens are too old; return how many of the former."""
    session.execute(delete(SpentForm).where(SpentForm.expires_at <= now))
    return len(session.scalars(delete(SignUp).where(SignUp.at < before).returning(SignUp.id)).all())
