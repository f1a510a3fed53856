"""When the editors were last told of what may last: each matter is a tally, and is told again only after a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from newsletter.model.feedback import Tally
from newsletter.store.inserting import insert_new


class Alert(StrEnum):
    """What editors are told of, as `newsletter feedback list` counts it."""

    SIGN_UPS = "alerts of many sign-ups"
    NOBODY_WORKS = "alerts of an issue that nobody sends"
    UNREAD = "alerts of reports that cannot be read"


def may_alert(session: Session, alert: Alert, now: datetime, again: timedelta) -> bool:
    """Note that the editors are told of a matter; False when they were within `again`."""
    row = {"name": alert, "count": 1, "changed_at": now}
    if insert_new(session, Tally, [row], unique=["name"], returning=[Tally.name]):
        return True
    told = (
        update(Tally)
        .where(Tally.name == alert, Tally.changed_at <= now - again)
        .values(count=Tally.count + 1, changed_at=now)
        .returning(Tally.count)
    )
    return session.execute(told, execution_options={"synchronize_session": False}).scalar() is not None
