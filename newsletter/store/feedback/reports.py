"""Raw reports as they arrived, and what followed from each: applied once, by its mark."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.errors import NotFoundError
from newsletter.mail.report import Reason
from newsletter.model import AppliedReport, RawContent, RawReport, Tally
from newsletter.model.feedback import OPEN_RAW_STATES, Blame, RawState
from newsletter.store import counters
from newsletter.store.inserting import insert_new

_QUIETLY = {"synchronize_session": False}


def add_raw(session: Session, row: Mapping[str, Any], content: bytes) -> tuple[int, bool]:
    """Keep a raw report; return its id, and whether it is new: the same digest is kept once, and so are the same bytes."""
    known = select(RawReport.id).where(RawReport.digest == row["digest"])
    found = session.scalar(known)
    if found is not None:
        return found, False
    held = {**row, "content_id": _content_id(session, content, row["received_at"])}
    made = insert_new(session, RawReport, [held], unique=["digest"], returning=[RawReport.id])
    return (made[0].id, True) if made else (session.execute(known).scalar_one(), False)


def _content_id(session: Session, content: bytes, now: datetime) -> int:
    """Keep bytes, or find them; they are the younger for it, so that nobody forgets them meanwhile."""
    digest = hashlib.sha256(content).digest()
    again = update(RawContent).where(RawContent.digest == digest).values(received_at=now).returning(RawContent.id)
    found = session.execute(again, execution_options=_QUIETLY).scalar()
    if found is None:
        row = {"digest": digest, "content": content, "received_at": now}
        made = insert_new(session, RawContent, [row], unique=["digest"], returning=[RawContent.id])
        found = made[0].id if made else session.execute(again, execution_options=_QUIETLY).scalar_one()
    return found


def content_of(session: Session, raw_id: int) -> bytes:
    """Return the bytes of a raw report; none when they are forgotten."""
    statement = select(RawContent.content).join(RawReport, RawReport.content_id == RawContent.id)
    return session.scalar(statement.where(RawReport.id == raw_id)) or b""


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


def unread_in_a_row(session: Session, number: int) -> bool:
    """Tell whether each of the last `number` reports that were tried could not be read: set aside, or waiting until it can.

    Looked for among the last thousand: a flood that nobody has come to yet must not be walked through each round.
    """
    last = (
        select(RawReport.id, RawReport.error, RawReport.attempts).order_by(RawReport.id.desc()).limit(1000).subquery()
    )
    errors = session.scalars(
        select(last.c.error).where(last.c.attempts > 0).order_by(last.c.id.desc()).limit(number)
    ).all()
    return len(errors) == number and all(errors)


def discard(session: Session, raw_id: int) -> bool:
    """Let a raw report that was set aside be; False when it is not."""
    statement = update(RawReport).where(RawReport.id == raw_id, RawReport.state == RawState.SET_ASIDE)
    changed = session.execute(
        statement.values(state=RawState.DROPPED).returning(RawReport.id), execution_options=_QUIETLY
    )
    return changed.scalar() is not None


def read_again(session: Session, raw_id: int, now: datetime) -> bool:
    """Make a raw report unread once more; False when there is none, or its bytes are gone."""
    statement = update(RawReport).where(RawReport.id == raw_id, RawReport.content_id.is_not(None))
    changed = session.execute(
        statement.values(state=RawState.UNREAD, error="", due_at=now).returning(RawReport.id),
        execution_options=_QUIETLY,
    )
    return changed.scalar() is not None


def page(session: Session, *, state: RawState | None, after: int, limit: int) -> Sequence[RawReport]:
    """Return raw reports, newest first, with an id below `after` (0: from the newest on)."""
    statement = select(RawReport).order_by(RawReport.id.desc()).limit(limit)
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


def drop_bytes(session: Session, before: datetime, *, limit: int) -> int:
    """Forget bytes that came before `before` and whose reports are all done with, and to whom they came; return how many.

    Of either at most `limit`, the oldest first.
    """
    at_work = (RawReport.content_id == RawContent.id, RawReport.state.in_(OPEN_RAW_STATES))
    old = RawContent.received_at < before, ~select(RawReport.id).where(*at_work).exists()
    oldest = select(RawContent.id).where(*old).order_by(RawContent.received_at).limit(limit)
    done = (RawReport.received_at < before, RawReport.sent_to != "", RawReport.state.not_in(OPEN_RAW_STATES))
    named = select(RawReport.id).where(*done).order_by(RawReport.received_at).limit(limit)
    session.execute(
        update(RawReport).where(RawReport.id.in_(named)).values(sent_to=""),
        execution_options=_QUIETLY,
    )
    gone = delete(RawContent).where(RawContent.id.in_(oldest)).returning(RawContent.id)
    return len(session.execute(gone, execution_options=_QUIETLY).all())


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
    """Return (moment, weight) of what is proven, counts against a subscriber and came after the last proof that mail arrives.

    A delivery counts once, by the heaviest report about it.
    """
    return _heaviest((_about(row), row) for row in _against(session, subscriber_id) if row.proven)


def unproven_weights_of(session: Session, subscriber_id: int) -> list[tuple[datetime, float]]:
    """Return the same of the reports that nothing proves: the heaviest of each day (UTC), and none beside a proven one."""
    rows = _against(session, subscriber_id)
    proven = {_about(row) for row in rows if row.proven}
    return _heaviest((row.at.date(), row) for row in rows if not row.proven and _about(row) not in proven)


def _against(session: Session, subscriber_id: int) -> Sequence[AppliedReport]:
    theirs = AppliedReport.subscriber_id == subscriber_id
    arrived = (theirs, AppliedReport.reason == Reason.DELIVERED, AppliedReport.proven.is_(True))
    last = session.scalar(select(func.max(AppliedReport.at)).where(*arrived))
    statement = select(AppliedReport).where(theirs, AppliedReport.blame == Blame.READER)
    if last is not None:
        statement = statement.where(AppliedReport.at > last)
    return session.scalars(statement).all()


def _about(row: AppliedReport) -> str:
    return row.mark if row.delivery_id is None else f"delivery {row.delivery_id}"


def _heaviest(rows: Iterable[tuple[object, AppliedReport]]) -> list[tuple[datetime, float]]:
    found: dict[object, tuple[float, datetime]] = {}
    for about, row in rows:
        found[about] = max(found.get(about, (0.0, row.at)), (row.weight, row.at))
    return [(at, weight) for weight, at in found.values()]


def blank(session: Session, subscriber_id: int) -> None:
    """Forget what reports said of a subscriber, and the reports themselves; that there were some stays."""
    theirs = AppliedReport.subscriber_id == subscriber_id
    raws = select(AppliedReport.raw_report_id).where(theirs, AppliedReport.raw_report_id.is_not(None))
    held = select(RawReport.content_id).where(RawReport.id.in_(raws), RawReport.content_id.is_not(None))
    session.execute(delete(RawContent).where(RawContent.id.in_(held)), execution_options=_QUIETLY)
    session.execute(
        update(RawReport).where(RawReport.id.in_(raws)).values(sent_to="", error=""), execution_options=_QUIETLY
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
    """Return every tally by name; counters are read by `store.counters`."""
    rows = session.execute(select(Tally.name, Tally.count).where(~counters.is_counter()).order_by(Tally.name))
    return dict(iter(rows))
