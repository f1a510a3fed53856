"""Consent records: only ever added to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from newsletter.model import ConsentRecord, Subscription


class ConsentAction(StrEnum):
    """What a consent record says happened."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    IMPORTED = "imported"
    UNEXPLAINED = "unexplained"  # imported, and nobody said what the list's word about them means
    INVITED = "invited"  # one mail was written that asks an imported reader
    LIFTED = "lifted"  # a confirmation took back a suppression; its reason is the wording
    UNSUBSCRIBED = "unsubscribed"
    ENDED = "ended"  # by an editor: the reader said nothing
    RESTORED = "restored"  # an editor took the ending back
    COMPLAINED = "complained"
    ERASED = "erased"
    TRACKING = "tracking"


WITHDRAWALS = frozenset(
    {ConsentAction.UNSUBSCRIBED, ConsentAction.COMPLAINED, ConsentAction.ERASED, ConsentAction.ENDED}
)
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
    """Add one record to each subscription (1,000 at most). The first says how they came."""
    ids = list(subscription_ids)
    said = {"action": action.value, "at": at, "place": place[:200], "ip": ip[:45], "wording": wording}
    if ids:
        session.connection().execute(insert(ConsentRecord.__table__), [{"subscription_id": i, **said} for i in ids])  # type: ignore[arg-type]
        note_first(session, Subscription.id.in_(ids), action, place)


def note_first(session: Session, whom: ColumnElement[bool], action: ConsentAction, place: str) -> None:
    """Note on subscriptions that had no record how their readers came; the others are left as they are."""
    first = update(Subscription).where(whom, Subscription.came_by == "")
    came = first.values(came_by=action.value, came_place=place[:200])
    session.execute(came, execution_options={"synchronize_session": False})


def of(session: Session, subscription_id: int) -> Sequence[ConsentRecord]:
    """Return the records of a subscription, oldest first."""
    return session.scalars(
        select(ConsentRecord).where(ConsentRecord.subscription_id == subscription_id).order_by(ConsentRecord.id)
    ).all()


def ended_by_an_editor(session: Session, subscription_id: int) -> bool:
    """Tell whether the last that ended a subscription was an editor, and the reader has not said goodbye since."""
    theirs = (ConsentRecord.subscription_id == subscription_id) & ConsentRecord.action.in_(WITHDRAWALS)
    newest = select(ConsentRecord.action).where(theirs).order_by(ConsentRecord.id.desc()).limit(1)
    return session.scalar(newest) == ConsentAction.ENDED


def has_any(session: Session, subscription_id: int, actions: Iterable[ConsentAction]) -> bool:
    """Tell whether a subscription has a record of any of these actions."""
    theirs = ConsentRecord.subscription_id == subscription_id
    found = select(ConsentRecord.id).where(theirs, ConsentRecord.action.in_(sorted(actions))).limit(1)
    return session.scalar(found) is not None


def asked_at(session: Session, subscription_id: int) -> datetime | None:
    """Return when the reader first asked, or was invited, since the last withdrawal of consent; None when neither."""
    theirs = ConsentRecord.subscription_id == subscription_id
    restored = aliased(ConsentRecord)
    taken_back = select(restored.id).where(
        restored.subscription_id == ConsentRecord.subscription_id,
        restored.action == ConsentAction.RESTORED,
        restored.id > ConsentRecord.id,
    )
    stands = or_(ConsentRecord.action != ConsentAction.ENDED, ~taken_back.exists())
    withdrawn = select(func.max(ConsentRecord.id)).where(theirs, ConsentRecord.action.in_(WITHDRAWALS), stands)
    return session.scalar(
        select(ConsentRecord.at)
        .where(
            theirs,
            ConsentRecord.action.in_([ConsentAction.ASKED, ConsentAction.INVITED]),
            # by the order of the records: two moments may be the same
            ConsentRecord.id > func.coalesce(withdrawn.scalar_subquery(), 0),
        )
        .order_by(ConsentRecord.id)
        .limit(1)
    )


def was_invited(session: Session, subscription_id: int, second: datetime) -> bool:
    """Tell whether the reader was invited within the second that begins at `second`, which a link remembers."""
    within = (ConsentRecord.at >= second) & (ConsentRecord.at < second + timedelta(seconds=1))
    theirs = (ConsentRecord.subscription_id == subscription_id) & (ConsentRecord.action == ConsentAction.INVITED)
    return session.scalar(select(ConsentRecord.id).where(theirs, within).limit(1)) is not None


def last(session: Session, subscription_id: int, action: ConsentAction) -> ConsentRecord | None:
    """Return the newest record of an action."""
    theirs = (ConsentRecord.subscription_id == subscription_id) & (ConsentRecord.action == action)
    return session.scalar(select(ConsentRecord).where(theirs).order_by(ConsentRecord.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class ConsentOrigins:
    """Where the newest records came from."""

    subscriptions: int
    least: str
    greatest: str


def addresses(session: Session, *, since: datetime, newest: int) -> ConsentOrigins:
    """Return the addresses of the `newest` records that were made `since` and have one: as many are read, however many there are."""
    last = (
        select(ConsentRecord.subscription_id, ConsentRecord.at, ConsentRecord.ip)
        .order_by(ConsentRecord.id.desc())
        .limit(newest)
        .subquery()
    )
    count, least, greatest = session.execute(
        select(func.count(last.c.subscription_id.distinct()), func.min(last.c.ip), func.max(last.c.ip)).where(
            last.c.at >= since, last.c.ip != ""
        )
    ).one()
    return ConsentOrigins(count, least or "", greatest or "")
