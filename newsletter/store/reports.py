"""Raw reports as they arrived, and what followed from each: applied once, by its mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, defer

from newsletter.errors import NotFoundError
from newsletter.mail.report import Reason
from newsletter.model import AppliedReport, RawReport, Tally
from newsletter.model.feedback import OPEN_RAW_STATES, Blame, RawState
from newsletter.store.inserting import insert_new

_QUIETLY = {"synchronize_session": False}


def add_raw(session: Session, row: Mapping[str, Any]) -> tuple[int, bool]:
    """Keep a raw report; return its id, and whether it is new: the same digest is kept once."""
    made = insert_new(session, RawReport, [row], unique=["digest"], returning=[RawReport.id])
    if made:
        return made[0].id, True
    return session.execute(select(RawReport.id).where(RawReport.digest == row["digest"])).scalar_one(), False


def raw(session: Session, raw_id: int, *, locked: bool = False) -> RawReport | None:
    """Return a raw report, locked until the transaction ends if need be, or None."""
    statement = select(RawReport).where(RawReport.id == raw_id)
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """Return ids of raw reports with something left to do that nobody was rung for lately, oldest first."""
    statement = select(RawReport.id).where(RawReport.state.in_(OPEN_RAW_STATES), RawReport.due_at <= now)
    return list(session.scalars(statement.order_by(RawReport.due_at, RawReport.id).limit(limit)))


def put_off(session: Session, raw_ids: Sequence[int], due_at: datetime) -> None:
    """Ring for these raw reports no earlier than `due_at`."""
    session.execute(
        update(RawReport).where(RawReport.id.in_(raw_ids)).values(due_at=due_at), execution_options=_QUIETLY
    )


def set_aside(session: Session, raw_id: int, error: str) -> None:
    """Put a raw report that cannot be read out of the way."""
    statement = update(RawReport).where(RawReport.id == raw_id, RawReport.state.in_(OPEN_RAW_STATES))
    session.execute(
        statement.values(state=RawState.SET_ASIDE, error=error, attempts=RawReport.attempts + 1),
        execution_options=_QUIETLY,
    )


def discard(session: Session, raw_id: int) -> bool:
    """Let a raw report that was set aside be; False when it is not."""
    statement = update(RawReport).where(RawReport.id == raw_id, RawReport.state == RawState.SET_ASIDE)
    changed = session.execute(
        statement.values(state=RawState.DROPPED).returning(RawReport.id), execution_options=_QUIETLY
    )
    return changed.scalar() is not None


def read_again(session: Session, raw_id: int, now: datetime) -> bool:
    """Make a raw report unread once more; False when there is none, or its bytes are gone."""
    statement = update(RawReport).where(RawReport.id == raw_id, func.length(RawReport.content) > 0)
    changed = session.execute(
        statement.values(state=RawState.UNREAD, error="", due_at=now).returning(RawReport.id),
        execution_options=_QUIETLY,
    )
    return changed.scalar() is not None


def page(session: Session, *, state: RawState | None, after: int, limit: int) -> Sequence[RawReport]:
    """Return raw reports without their bytes, newest first, with an id below `after` (0: from the newest on)."""
    statement = select(RawReport).options(defer(RawReport.content)).order_by(RawReport.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(RawReport.state == state)
    if after:
        statement = statement.where(RawReport.id < after)
    return session.scalars(statement).all()


def get_raw(session: Session, raw_id: int) -> RawReport:
    """Return a raw report. Raises NotFoundError."""
    found = raw(session, raw_id)
    if found is None:
        raise NotFoundError(f"there is no report {raw_id}", remedy="`newsletter feedback list` shows them")
    return found


def counts(session: Session) -> dict[RawState, int]:
    """Count raw reports by state."""
    rows = session.execute(select(RawReport.state, func.count()).group_by(RawReport.state))
    found: dict[RawState, int] = dict(iter(rows))
    return {state: found.get(state, 0) for state in RawState}


def drop_bytes(session: Session, before: datetime) -> int:
    """Empty raw reports received before `before` that are done with; return how many."""
    old = update(RawReport).where(
        RawReport.received_at < before, RawReport.state.not_in(OPEN_RAW_STATES), func.length(RawReport.content) > 0
    )
    emptied = session.execute(old.values(content=b"", sent_to="").returning(RawReport.id), execution_options=_QUIETLY)
    return len(emptied.all())


def add_applied(session: Session, row: Mapping[str, Any]) -> bool:
    """Record what follows from a report; False when its mark is known: then nothing may follow again."""
    return bool(insert_new(session, AppliedReport, [row], unique=["mark"], returning=[AppliedReport.id]))


def by_mark(session: Session, mark: str) -> AppliedReport:
    """Return what is recorded under a mark that is known, locked until the transaction ends."""
    statement = select(AppliedReport).where(AppliedReport.mark == mark).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def replace(session: Session, applied_id: int, values: Mapping[str, Any]) -> None:
    """Record something else under a known mark."""
    session.execute(
        update(AppliedReport).where(AppliedReport.id == applied_id).values(**values), execution_options=_QUIETLY
    )


def applied_of(session: Session, raw_id: int) -> Sequence[AppliedReport]:
    """Return what followed from a raw report."""
    return session.scalars(
        select(AppliedReport).where(AppliedReport.raw_report_id == raw_id).order_by(AppliedReport.id)
    ).all()


def of_subscriber(session: Session, subscriber_id: int) -> Sequence[AppliedReport]:
    """Return every report about a subscriber, oldest first."""
    return session.scalars(
        select(AppliedReport).where(AppliedReport.subscriber_id == subscriber_id).order_by(AppliedReport.id)
    ).all()


def weights_of(session: Session, subscriber_id: int) -> list[tuple[datetime, float]]:
    """Return (moment, weight) of what counts against a subscriber and came after the last proof that mail arrives.

    A delivery counts once, by the heaviest report about it.
    """
    theirs = AppliedReport.subscriber_id == subscriber_id
    proven = session.scalar(select(func.max(AppliedReport.at)).where(theirs, AppliedReport.reason == Reason.DELIVERED))
    statement = select(AppliedReport).where(theirs, AppliedReport.blame == Blame.READER)
    if proven is not None:
        statement = statement.where(AppliedReport.at > proven)
    heaviest: dict[str, tuple[float, datetime]] = {}
    for row in session.scalars(statement):
        about = row.mark if row.delivery_id is None else f"delivery {row.delivery_id}"
        heaviest[about] = max(heaviest.get(about, (0.0, row.at)), (row.weight, row.at))
    return [(at, weight) for weight, at in heaviest.values()]


def blank(session: Session, subscriber_id: int) -> None:
    """Forget what reports said of a subscriber, and the reports themselves; that there were some stays."""
    theirs = AppliedReport.subscriber_id == subscriber_id
    raws = select(AppliedReport.raw_report_id).where(theirs, AppliedReport.raw_report_id.is_not(None))
    session.execute(
        update(RawReport).where(RawReport.id.in_(raws)).values(content=b"", sent_to="", error=""),
        execution_options=_QUIETLY,
    )
    session.execute(
        update(AppliedReport).where(theirs).values(diagnostic="", reported_by=""), execution_options=_QUIETLY
    )


def count(session: Session, name: str, now: datetime, by: int = 1) -> int:
    """Add to a tally and return where it stands."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(Tally).values(name=name, count=by, changed_at=now)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"count": Tally.count + by, "changed_at": now}
    )
    return session.execute(statement.returning(Tally.count)).scalar_one()


def tallies(session: Session) -> dict[str, int]:
    """Return every tally by name."""
    rows = session.execute(select(Tally.name, Tally.count).order_by(Tally.name))
    return dict(iter(rows))
