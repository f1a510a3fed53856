"""How many messages a transport was allowed, and how many test mails an editor sent to strangers, by day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import SendingDay, TestMailDay
from newsletter.store.inserting import insert_new


def reserve(session: Session, transport: str, day: date, wanted: int, cap: int) -> int:
    """Count up to `wanted` messages as sent on `day`, never more than `cap` in all; return how many."""
    row = {"transport": transport, "day": day, "taken": 0}
    insert_new(session, SendingDay, [row], unique=["transport", "day"], returning=[SendingDay.day])
    present = session.scalars(
        select(SendingDay).where(SendingDay.transport == transport, SendingDay.day == day).with_for_update()
    ).one()
    granted = max(0, min(wanted, cap - present.taken))
    present.taken += granted
    return granted


def taken(session: Session, transport: str, day: date) -> int:
    """Return how many messages were counted as sent on `day`."""
    counted = select(SendingDay.taken).where(SendingDay.transport == transport, SendingDay.day == day)
    return session.scalar(counted) or 0


def give_back(session: Session, transport: str, day: date, amount: int) -> None:
    """Count `amount` fewer."""
    session.execute(
        update(SendingDay)
        .where(SendingDay.transport == transport, SendingDay.day == day, SendingDay.taken >= amount)
        .values(taken=SendingDay.taken - amount)
        .execution_options(synchronize_session=False)
    )


def count_test(session: Session, editor_id: int | None, day: date, cap: int) -> bool:
    """Count one test mail of an editor (None: the operator) on `day`; False, and nothing counted, when `cap` are."""
    whose = editor_id or 0
    session.execute(delete(TestMailDay).where(TestMailDay.day < day))
    row = {"editor_id": whose, "day": day, "sent": 0}
    insert_new(session, TestMailDay, [row], unique=["editor_id", "day"], returning=[TestMailDay.day])
    counted = session.execute(
        update(TestMailDay)
        .where(TestMailDay.editor_id == whose, TestMailDay.day == day, TestMailDay.sent < cap)
        .values(sent=TestMailDay.sent + 1)
        .returning(TestMailDay.sent),
        execution_options={"synchronize_session": False},
    )
    return counted.scalar() is not None
