"""Figures of issues and days of growth: counted by the scheduler, read by pages that show many issues or many days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Row, Select, case, delete, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from newsletter.model import (
    ConsentRecord,
    Edition,
    Event,
    GrowthDay,
    Issue,
    IssueFigures,
    Publication,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.model.feedback import EventKind
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.issues.counting import sent_here

_ACTIONS = {
    ConsentAction.CONFIRMED: "signed up",
    ConsentAction.IMPORTED: "imported",
    ConsentAction.UNEXPLAINED: "imported",
    ConsentAction.UNSUBSCRIBED: "unsubscribed",
    ConsentAction.COMPLAINED: "complained",
    ConsentAction.ERASED: "erased",
    ConsentAction.ENDED: "ended",
    ConsentAction.RESTORED: "restored",
}
JOINED = ("signed up", "imported", "restored")
LEFT = ("unsubscribed", "complained", "erased", "ended")
BOUNCED = "bounced"
FORM = "form:"
"""Before the word of the form by which readers came: these are among those who signed up."""
SOURCES = (*JOINED, *LEFT, BOUNCED)
"""How readers come and go, in the order in which pages show it."""
_OTHER_REASONS = ("complaint", "erased", "imported", "manual")
"""Reasons of suppressions that are no bounces."""
YOUNG = timedelta(days=30)
"""So long an issue is counted again."""


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """Return ids of issues whose figures are to be counted: every ten minutes in the first two days, then daily, up to a month."""
    fresh = now - timedelta(minutes=10)
    daily = now - timedelta(days=1)
    old = (Issue.published_at < now - timedelta(days=2)) & (IssueFigures.counted_at >= daily)
    last_time = (Issue.published_at < now - YOUNG) & IssueFigures.counted_at.is_not(None)
    return list(
        session.scalars(
            select(Issue.id)
            .outerjoin(IssueFigures, IssueFigures.issue_id == Issue.id)
            .where(
                *sent_here(),
                or_(IssueFigures.counted_at.is_(None), IssueFigures.counted_at < fresh),
                ~func.coalesce(old, False),
                ~func.coalesce(last_time, False),
            )
            .order_by(IssueFigures.counted_at.is_not(None), Issue.published_at.desc(), Issue.id.desc())
            .limit(limit)
        )
    )


def clicks(session: Session, issue_id: int, machine_from: int) -> tuple[int, int]:
    """Count the clicks on an issue: by people, and by machines."""
    person = Event.score < machine_from
    row = session.execute(
        select(
            func.coalesce(func.sum(case((person, 1), else_=0)), 0),
            func.coalesce(func.sum(case((person, 0), else_=1)), 0),
        ).where(
            Event.edition_id.in_(select(Edition.id).where(Edition.issue_id == issue_id)),
            Event.kind == EventKind.CLICK,
            Event.link > 0,
        )
    ).one()
    return int(row[0]), int(row[1])


def keep(session: Session, figures: IssueFigures) -> None:
    """Write the figures of an issue in the place of those it had."""
    session.merge(figures)


def kept(session: Session, issue_ids: Sequence[int]) -> dict[int, IssueFigures]:
    """Return the figures of issues, by id; one that was never counted has none."""
    rows = session.scalars(select(IssueFigures).where(IssueFigures.issue_id.in_(issue_ids)))
    return {row.issue_id: row for row in rows}


def published(session: Session, publication_id: int, first: datetime, until: datetime, limit: int) -> list[Issue]:
    """Return the issues of a publication that went out between two moments, the newest `limit`, newest first."""
    return list(
        session.scalars(
            select(Issue)
            .where(
                Issue.publication_id == publication_id,
                Issue.published_at >= first,
                Issue.published_at < until,
                *sent_here(),
            )
            .order_by(Issue.published_at.desc(), Issue.id.desc())
            .limit(limit)
        )
    )


def last_day(session: Session) -> date | None:
    """Return the last day of growth that was counted, of whatever publication."""
    return session.scalar(select(func.max(GrowthDay.day)))


def first_day(session: Session) -> date | None:
    """Return the day of the first consent there is."""
    first = session.scalar(select(func.min(ConsentRecord.at)))
    return None if first is None else first.astimezone(UTC).date()


def count_day(session: Session, day: date) -> None:
    """Count who came and went on a day, of all publications, in the place of what was counted of it before."""
    begin = datetime.combine(day, time(), UTC)
    within = (begin, begin + timedelta(days=1))
    # A zero for each publication: it says that the day was counted.
    found = {(home, SOURCES[0]): 0 for home in session.scalars(select(Publication.id))}
    rows = session.execute(
        select(Subscription.publication_id, ConsentRecord.action, func.count())
        .join(Subscription, Subscription.id == ConsentRecord.subscription_id)
        .where(
            ConsentRecord.at >= within[0], ConsentRecord.at < within[1], ConsentRecord.action.in_([*map(str, _ACTIONS)])
        )
        .group_by(Subscription.publication_id, ConsentRecord.action)
    )
    for publication_id, action, number in rows:
        place = publication_id, _ACTIONS[ConsentAction(action)]
        found[place] = found.get(place, 0) + number
    for publication_id, number in session.execute(_bounced(*within)):
        found[publication_id, BOUNCED] = number
    for publication_id, form, number in session.execute(_by_form(*within)):
        found[publication_id, form] = number
    session.execute(delete(GrowthDay).where(GrowthDay.day == day))
    rows_of_day = [
        {"publication_id": home, "day": day, "source": source, "count": number}
        for (home, source), number in sorted(found.items())
    ]
    if rows_of_day:
        session.execute(insert(GrowthDay), rows_of_day)


def growth(session: Session, publication_id: int, first: date, last: date) -> Sequence[Row[date, str, int]]:
    """Return (day, source, number) of a publication, by day."""
    return session.execute(
        select(GrowthDay.day, GrowthDay.source, GrowthDay.count)
        .where(GrowthDay.publication_id == publication_id, GrowthDay.day >= first, GrowthDay.day <= last)
        .order_by(GrowthDay.day, GrowthDay.source)
    ).all()


def _by_form(begin: datetime, end: datetime) -> Select[int, str, int]:
    """Readers who confirmed on a day, by publication and by the form that they had filled in last."""
    asked = aliased(ConsentRecord)
    form = (
        select(asked.place)
        .where(
            asked.subscription_id == ConsentRecord.subscription_id,
            asked.action == ConsentAction.ASKED,
            asked.id < ConsentRecord.id,
        )
        .order_by(asked.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    each = (
        select(Subscription.publication_id, form.label("form"))
        .select_from(ConsentRecord)
        .join(Subscription, Subscription.id == ConsentRecord.subscription_id)
        .where(ConsentRecord.at >= begin, ConsentRecord.at < end, ConsentRecord.action == ConsentAction.CONFIRMED)
        .subquery()
    )
    known = select(each.c.publication_id, each.c.form, func.count()).where(
        each.c.form.startswith(FORM, autoescape=True)
    )
    return known.group_by(each.c.publication_id, each.c.form)


def _bounced(begin: datetime, end: datetime) -> Select[int, int]:
    """Readers who were ruled out on a day because mail to them came back, by publication they read."""
    return (
        select(Subscription.publication_id, func.count())
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(Suppression, Suppression.address_hash == Subscriber.address_hash)
        .where(
            Suppression.created_at >= begin,
            Suppression.created_at < end,
            Suppression.reason.not_in(_OTHER_REASONS),
            or_(Suppression.publication_id.is_(None), Suppression.publication_id == Subscription.publication_id),
        )
        .group_by(Subscription.publication_id)
    )
