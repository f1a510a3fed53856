"""What became of one issue, counted from the rows themselves: a page of numbers, asked for now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from newsletter.model import (
    AppliedReport,
    ConsentRecord,
    Delivery,
    Edition,
    EditionLink,
    Event,
    EventCount,
    Issue,
    Subscriber,
    Subscription,
    Trip,
)
from newsletter.model.feedback import EventKind
from newsletter.model.states import DeliveryState
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.feedback import refusals as refusal_rows

_TOOK = (DeliveryState.SUBMITTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
"""States that mean a server took the message."""


class Refusal(NamedTuple):
    """Deliveries of one issue refused in the session, by what the servers said."""

    code: int | None
    status: str | None
    reason: str  # judged, or empty
    number: int


class Bounce(NamedTuple):
    """Reports of one issue, by kind and reason."""

    kind: str
    reason: str
    blame: str
    number: int


class Activity(NamedTuple):
    """Opens or clicks, of people or machines. `readers` counts those who agreed to be tracked."""

    kind: str
    machine: bool
    number: int
    readers: int


class LinkClicks(NamedTuple):
    """Clicks on one link."""

    number: int
    url: str
    people: int
    machines: int
    repeats: int = 0  # counted only
    paid: bool = False  # a sponsor's


class DomainRates(NamedTuple):
    """What the receivers of one domain did with an issue."""

    domain: str
    deliveries: int
    accepted: int
    deferred: int
    rejected: int
    bounced: int
    complained: int

    def shares(self) -> dict[str, float]:
        """Return the rates, 0 to 1: of what came back among what was accepted, of the rest among all deliveries."""
        among = {"accepted": self.deliveries, "deferred": self.deliveries, "rejected": self.deliveries}
        among |= {"bounced": self.accepted, "complained": self.accepted}
        return {
            f"{name}_rate": round(getattr(self, name) / whole, 4) if whole else 0.0 for name, whole in among.items()
        }


def refusals(session: Session, issue_id: int) -> list[Refusal]:
    """Return refusals in the session by reply code, status and reason, the most frequent first."""
    reason = func.coalesce(AppliedReport.reason, "")
    rows = session.execute(
        select(Delivery.code, Delivery.status, reason, func.count())
        .outerjoin(
            AppliedReport,
            (AppliedReport.delivery_id == Delivery.id) & (AppliedReport.dialect == refusal_rows.DIALECT),
        )
        .where(Delivery.issue_id == issue_id, Delivery.state == DeliveryState.REJECTED)
        .group_by(Delivery.code, Delivery.status, reason)
        .order_by(func.count().desc())
    )
    return [Refusal(*row) for row in rows]


def bounces(session: Session, issue_id: int) -> list[Bounce]:
    """Return reports by kind, reason and blame, the most frequent first."""
    columns = (AppliedReport.kind, AppliedReport.reason, AppliedReport.blame)
    rows = session.execute(
        select(*columns, func.count())
        .where(AppliedReport.issue_id == issue_id)
        .group_by(*columns)
        .order_by(func.count().desc(), AppliedReport.reason)
    )
    return [Bounce(kind, reason, blame.value, count) for kind, reason, blame, count in rows]


def unsubscribes(session: Session, issue: Issue) -> int:
    """Count readers of an issue who left between its publication and that of the next one."""
    if issue.published_at is None:
        return 0
    following = select(func.min(Issue.published_at)).where(
        Issue.publication_id == issue.publication_id, Issue.published_at > issue.published_at
    )
    until = session.scalar(following)
    left = (
        select(func.count(func.distinct(Subscription.id)))
        .join(ConsentRecord, ConsentRecord.subscription_id == Subscription.id)
        .join(Delivery, (Delivery.issue_id == issue.id) & (Delivery.subscriber_id == Subscription.subscriber_id))
        .where(
            Subscription.publication_id == issue.publication_id,
            ConsentRecord.action == ConsentAction.UNSUBSCRIBED.value,
            ConsentRecord.at >= issue.published_at,
        )
    )
    return session.scalar(left if until is None else left.where(ConsentRecord.at < until)) or 0


def activity(session: Session, issue_id: int, machine_from: int) -> list[Activity]:
    """Return opens and clicks; a score of `machine_from` and more is a machine's."""
    machine = Event.score >= machine_from
    rows = session.execute(
        select(Event.kind, machine, func.count(), func.count(func.distinct(Event.delivery_id)))
        .where(Event.edition_id.in_(_editions(issue_id)))
        .group_by(Event.kind, machine)
    )
    return [Activity(kind.value, bool(is_machine), count, readers) for kind, is_machine, count, readers in rows]


def repeats(session: Session, issue_id: int) -> dict[str, int]:
    """Return how many opens and clicks were counted without a row, by kind."""
    rows = session.execute(
        select(EventCount.kind, func.sum(EventCount.count))
        .where(EventCount.edition_id.in_(_editions(issue_id)))
        .group_by(EventCount.kind)
    )
    return {kind.value: int(count) for kind, count in rows}


def links(session: Session, issue_id: int, machine_from: int, limit: int) -> list[LinkClicks]:
    """Return the links people clicked most; the hidden one is left out."""
    people = func.sum(case((Event.score < machine_from, 1), else_=0))
    counted = select(func.coalesce(func.sum(EventCount.count), 0)).where(
        EventCount.edition_id == EditionLink.edition_id,
        EventCount.link == EditionLink.number,
        EventCount.kind == EventKind.CLICK,
    )
    rows = session.execute(
        select(EditionLink.number, EditionLink.url, people, func.count(), counted.scalar_subquery(), EditionLink.paid)
        .join(Event, (Event.edition_id == EditionLink.edition_id) & (Event.link == EditionLink.number))
        .where(EditionLink.edition_id.in_(_editions(issue_id)), Event.link > 0)
        .group_by(EditionLink.edition_id, EditionLink.number, EditionLink.url, EditionLink.paid)
        .order_by(people.desc(), func.count().desc(), EditionLink.number)
        .limit(limit)
    )
    return [
        LinkClicks(number, url, int(p), count - int(p), int(more), paid) for number, url, p, count, more, paid in rows
    ]


def paid_clicks(session: Session, issue_id: int, machine_from: int) -> tuple[int, int, int, int]:
    """Return the clicks on what a sponsor paid for: by people, of how many readers who agreed, by machines, and those counted only."""
    theirs = (EditionLink.edition_id.in_(_editions(issue_id)), EditionLink.paid.is_(True))
    person = Event.score < machine_from
    row = session.execute(
        select(
            func.coalesce(func.sum(case((person, 1), else_=0)), 0),
            func.count(func.distinct(case((person, Event.delivery_id)))),
            func.coalesce(func.sum(case((person, 0), else_=1)), 0),
        )
        .join(EditionLink, (Event.edition_id == EditionLink.edition_id) & (Event.link == EditionLink.number))
        .where(*theirs, Event.kind == EventKind.CLICK)
    ).one()
    counted = session.scalar(
        select(func.coalesce(func.sum(EventCount.count), 0))
        .join(EditionLink, (EventCount.edition_id == EditionLink.edition_id) & (EventCount.link == EditionLink.number))
        .where(*theirs, EventCount.kind == EventKind.CLICK)
    )
    return int(row[0]), int(row[1]), int(row[2]), int(counted or 0)


def domains(session: Session, issue_id: int, limit: int) -> list[DomainRates]:
    """Return what the largest domains did; forgotten readers have none and are left out."""
    amount = func.count()
    rows = session.execute(
        select(
            Subscriber.domain,
            amount,
            _among(*_TOOK),
            _among(DeliveryState.DEFERRED),
            _among(DeliveryState.REJECTED),
            _among(DeliveryState.BOUNCED),
            _among(DeliveryState.COMPLAINED),
        )
        .join(Delivery, Delivery.subscriber_id == Subscriber.id)
        .where(Delivery.issue_id == issue_id, Subscriber.domain != "")
        .group_by(Subscriber.domain)
        .order_by(amount.desc(), Subscriber.domain)
        .limit(limit)
    )
    return [DomainRates(domain, *(int(n or 0) for n in counts)) for domain, *counts in rows]


def trips(session: Session, issue_id: int) -> Sequence[tuple[datetime, str]]:
    """Return when and why an issue was paused by itself."""
    rows = session.execute(select(Trip.at, Trip.why).where(Trip.issue_id == issue_id).order_by(Trip.at))
    return [(at, why) for at, why in rows]


def events_of_reader(session: Session, subscriber_id: int) -> Sequence[tuple[Event, str]]:
    """Return the opens and clicks kept of a reader with the link's address, oldest first."""
    # Issue by issue through UNIQUE(issue, subscriber): the ledger has no index on the subscriber alone, by design.
    theirs = select(Delivery.id).where(Delivery.issue_id.in_(select(Issue.id)), Delivery.subscriber_id == subscriber_id)
    rows = session.execute(
        select(Event, EditionLink.url)
        .outerjoin(EditionLink, (EditionLink.edition_id == Event.edition_id) & (EditionLink.number == Event.link))
        .where(Event.delivery_id.in_(theirs))
        .order_by(Event.id)
    )
    return [(event, url or "") for event, url in rows]


def _among(*states: DeliveryState) -> Any:
    return func.sum(case((Delivery.state.in_(states), 1), else_=0))


def _editions(issue_id: int) -> Select[int]:
    return select(Edition.id).where(Edition.issue_id == issue_id)
