"""Files that are moved in at the desk, and the leases of those who work on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from newsletter.errors import NotFoundError
from newsletter.model import ListMove
from newsletter.model.list_moves import UNDER_WAY, ListMoveState, MoveKind

MOST_SHOWN = 20
_OPTIONS = {"synchronize_session": False}


def add(session: Session, move: ListMove) -> ListMove:
    """Store a new one; its id is set on return."""
    session.add(move)
    session.flush()
    return move


def by_id(session: Session, publication_id: int, kind: MoveKind, move_id: int, *, lock: bool = False) -> ListMove:
    """Return one of a publication's. Raises NotFoundError."""
    query = select(ListMove).where(ListMove.id == move_id, *_those(publication_id, kind))
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError("there is no such move here", remedy="begin with its file")
    return found


def newest(session: Session, publication_id: int, kind: MoveKind) -> Sequence[ListMove]:
    """Return those of a publication, the newest first."""
    query = select(ListMove).where(*_those(publication_id, kind))
    return session.scalars(query.order_by(ListMove.id.desc()).limit(MOST_SHOWN)).all()


def under_way(session: Session, publication_id: int, kind: MoveKind) -> ListMove | None:
    """Return the one of a publication that a worker has or shall have; None where there is none."""
    query = select(ListMove).where(*_those(publication_id, kind), ListMove.state.in_(UNDER_WAY))
    return session.scalar(query.order_by(ListMove.id).limit(1))


def _those(publication_id: int, kind: MoveKind) -> tuple[ColumnElement[bool], ...]:
    return ListMove.publication_id == publication_id, ListMove.kind == kind


def waiting(session: Session, asked_before: datetime, *, limit: int = 20) -> Sequence[ListMove]:
    """Return those that a worker has, or that were asked for before a moment and no worker has."""
    late = or_(ListMove.holder != "", ListMove.asked_at < asked_before)
    query = select(ListMove).where(ListMove.state.in_(UNDER_WAY), late)
    return session.scalars(query.order_by(ListMove.id).limit(limit)).all()


def claim(session: Session, move_id: int, holder: str, now: datetime, until: datetime) -> ListMove | None:
    """Take one that nobody has, or whose lease ran out; None when somebody has it, or nothing is to be done."""
    free = or_(ListMove.leased_until.is_(None), ListMove.leased_until <= now)
    fresh = {"rows": 0, "octets_read": 0, "octets_due": 0, "stored": 0, "stored_due": 0, "begun_at": now}
    taken = session.execute(
        update(ListMove)
        .where(ListMove.id == move_id, ListMove.state.in_(UNDER_WAY), free)
        .values(holder=holder, leased_until=until, runs=ListMove.runs + 1, **fresh)
        .returning(ListMove.id),
        execution_options=_OPTIONS,
    ).scalar()
    return session.get(ListMove, taken, populate_existing=True) if taken is not None else None


def note(session: Session, move_id: int, holder: str, values: dict[str, object]) -> bool:
    """Write down how far a holder is, or what came of it; False when the lease is another's by now, and nothing was written."""
    written = session.execute(
        update(ListMove)
        .where(ListMove.id == move_id, ListMove.holder == holder)
        .values(**values)
        .returning(ListMove.id),
        execution_options=_OPTIONS,
    )
    return written.scalar() is not None


def free(session: Session, move_id: int, holder: str) -> None:
    """End the lease of a holder that is gone, or gives up, so that another may begin at once."""
    note(session, move_id, holder, {"holder": "", "leased_until": None})


def to_forget(session: Session, before: datetime, *, limit: int = 50) -> Sequence[ListMove]:
    """Return those with files that nobody works on, and of which nothing was heard since a moment."""
    idle = (ListMove.state.not_in(UNDER_WAY), ListMove.forgotten_at.is_(None), ListMove.asked_at < before)
    over = or_(ListMove.ended_at.is_(None), ListMove.ended_at < before)
    return session.scalars(select(ListMove).where(*idle, over).order_by(ListMove.id).limit(limit)).all()


def kept(session: Session) -> frozenset[str]:
    """Return the names under which files are kept."""
    return frozenset(session.scalars(select(ListMove.kept_as).where(ListMove.forgotten_at.is_(None))))


def forget(session: Session, move_id: int, now: datetime) -> None:
    """Note that the files of one are gone, and keep of what was read of people nothing but counts."""
    found = session.get(ListMove, move_id, with_for_update=True)
    if found is None or found.state in UNDER_WAY:
        return
    found.survey, found.forgotten_at = {}, now
    found.report = {
        name: value for name, value in found.report.items() if name not in ("samples", "invalid", "changed")
    }
    if found.state == ListMoveState.LOOKED:
        found.state = ListMoveState.DISCARDED
