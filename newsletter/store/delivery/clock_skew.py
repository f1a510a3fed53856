"""Moments that lie further ahead than anything is ever put off: a clock that was ahead wrote them, and all would wait for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Update, func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Batch, Brake, Delivery, Notice, RawReport, SignUp
from newsletter.model.feedback import OPEN_RAW_STATES
from newsletter.model.states import BatchState, DeliveryState, NoticeState

A_DAY = timedelta(days=1)
"""No report and no sign-up is put off longer."""


def bring_back(session: Session, now: datetime, *, longest: timedelta, tolerated: timedelta) -> dict[str, int]:
    """Let what waits for a moment that no clock in order can have written wait no longer; return how much of each kind.

    `longest` is how long batches, deliveries and notices may be put off, `tolerated` by how much clocks may differ.
    """
    counted = {
        "batches": _batches(session, now, longest),
        "bells": _changed(session, _bells(now + tolerated)),
        "holds": _changed(session, _brakes(now + tolerated)),
        "notices": _changed(session, _notices(now, longest)),
        "reports": _changed(session, _reports(now)),
        "sign-ups": _changed(session, update(SignUp).where(SignUp.due_at > now + A_DAY).values(due_at=now)),
    }
    return {name: number for name, number in counted.items() if number}


def server_time(session: Session) -> datetime | None:
    """Return what the database's clock says; None where it is that of this machine."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now


def leased_beyond(session: Session, until: datetime) -> list[tuple[int, datetime]]:
    """Return claimed batches whose lease ends after `until`, with that moment."""
    claimed = (Batch.state == BatchState.CLAIMED, Batch.leased_until > until)
    rows = session.execute(select(Batch.id, Batch.leased_until).where(*claimed).order_by(Batch.id))
    return [(batch_id, leased_until) for batch_id, leased_until in rows if leased_until is not None]


def _batches(session: Session, now: datetime, longest: timedelta) -> int:
    late = (Batch.state == BatchState.WAITING, Batch.due_at > now + longest)
    found = session.execute(select(Batch.id, Batch.first_delivery_id, Batch.last_delivery_id).where(*late)).all()
    for batch_id, low, high in found:
        mine = (Delivery.id.between(low, high), Delivery.state == DeliveryState.DEFERRED)
        _changed(session, update(Delivery).where(*mine, Delivery.next_attempt_at > now).values(next_attempt_at=now))
        _changed(session, update(Batch).where(Batch.id == batch_id, *late).values(due_at=now, rung_at=None))
    return len(found)


def _bells(now: datetime) -> Update:
    return update(Batch).where(Batch.state == BatchState.WAITING, Batch.rung_at > now).values(rung_at=None)


def _brakes(now: datetime) -> Update:
    return update(Brake).where(Brake.changed_at > now, Brake.shut_until > now).values(shut_until=now, changed_at=now)


def _reports(now: datetime) -> Update:
    late = (RawReport.state.in_(OPEN_RAW_STATES), RawReport.due_at > now + A_DAY)
    return update(RawReport).where(*late).values(due_at=now)


def _notices(now: datetime, longest: timedelta) -> Update:
    open_states = (NoticeState.QUEUED, NoticeState.SUBMITTING)
    late = (Notice.state.in_(open_states), Notice.next_attempt_at > now + longest)
    return update(Notice).where(*late).values(state=NoticeState.QUEUED, next_attempt_at=now)


def _changed(session: Session, statement: Update) -> int:
    done: CursorResult[Any] = session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[assignment]
    return done.rowcount
