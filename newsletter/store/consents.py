"""Consent records: only ever added to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from newsletter.model import ConsentRecord


class ConsentAction(StrEnum):
    """What a consent record says happened."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    IMPORTED = "imported"
    LIFTED = "lifted"  # a confirmation took back a suppression; its reason is the wording
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    ERASED = "erased"
    TRACKING = "tracking"


WITHDRAWALS = frozenset({ConsentAction.UNSUBSCRIBED, ConsentAction.COMPLAINED, ConsentAction.ERASED})
"""Actions after which only a new request of the reader counts."""


def add(
    session: Session,
    subscription_ids: Iterable[int],
    action: ConsentAction,
    *,
    at: datetime,
    place: str = "",
    ip: str = "",
    wording: str = "",
) -> None:
    """Add one record to each subscription."""
    rows = [
        {
            "subscription_id": i,
            "action": action.value,
            "at": at,
            "place": place[:200],
            "ip": ip[:45],
            "wording": wording,
        }
        for i in subscription_ids
    ]
    if rows:
        session.connection().execute(insert(ConsentRecord.__table__), rows)  # type: ignore[arg-type]


def of(session: Session, subscription_id: int) -> Sequence[ConsentRecord]:
    """Return the records of a subscription, oldest first."""
    return session.scalars(
        select(ConsentRecord).where(ConsentRecord.subscription_id == subscription_id).order_by(ConsentRecord.id)
    ).all()


def asked_since_withdrawal(session: Session, subscription_id: int) -> bool:
    """Tell whether the reader asked again after the last withdrawal of consent."""
    last = session.scalar(
        select(ConsentRecord.action)
        .where(
            ConsentRecord.subscription_id == subscription_id,
            ConsentRecord.action.in_({ConsentAction.ASKED, *WITHDRAWALS}),
        )
        .order_by(ConsentRecord.id.desc())
        .limit(1)
    )
    return last == ConsentAction.ASKED
