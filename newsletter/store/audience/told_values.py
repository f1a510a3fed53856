"""What sign-ups tell besides the address, until the link that answers them is followed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.model import ToldValues
from newsletter.store.inserting import insert_new


def keep(session: Session, subscription_id: int, asked_at: datetime, told: Mapping[str, str]) -> None:
    """Keep what was told with a link of this second; of two sign-ups in one second the first."""
    row = {"subscription_id": subscription_id, "asked_at": asked_at.replace(microsecond=0), "told": dict(told)}
    insert_new(
        session, ToldValues, [row], unique=["subscription_id", "asked_at"], returning=[ToldValues.subscription_id]
    )


def take(session: Session, subscription_id: int, made_at: datetime) -> Mapping[str, str] | None:
    """Return what was told with the link of this second, and forget all that was told of this subscription."""
    theirs = ToldValues.subscription_id == subscription_id
    found = session.scalar(select(ToldValues.told).where(theirs, ToldValues.asked_at == made_at))
    session.execute(delete(ToldValues).where(theirs), execution_options={"synchronize_session": False})
    return found


def forget(session: Session, before: datetime) -> None:
    """Drop what was told before a moment: its links have expired."""
    session.execute(
        delete(ToldValues).where(ToldValues.asked_at < before), execution_options={"synchronize_session": False}
    )
