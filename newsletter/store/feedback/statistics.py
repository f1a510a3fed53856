"""What became of one issue: of deliveries by the kept counts, of what came back and of clicks by their rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, String, case, cast, func, select
from sqlalchemy.orm import Session

from newsletter.model import (
    AppliedReport,
    Batch,
    ConsentRecord,
    Delivery,
    Edition,
    EditionLink,
    Event,
    EventCount,
    Issue,
    OldDelivery,
    Subscription,
    Trip,
)
from newsletter.model.feedback import EventKind
from newsletter.model.states import DeliveryState
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.delivery import kept_numbers, old_deliveries
from newsletter.store.delivery.kept_numbers import KeptCount
from newsletter.store.feedback import refusals as refusal_rows
from newsletter.store.issues.counting import sent_here

TOOK = (DeliveryState.SUBMITTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
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


ClicksByLink = Mapping[tuple[int, int], tuple[int, int]]
"""Clicks of people and of machines, by edition and number of the link."""


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


def judged_refusals(session: Session, issue_id: int) -> dict[tuple[str, str], int]:
    """Return how many refusals in the session were judged, by code and status and by reason: from the reports, not from the deliveries."""
    rolled_up = old_deliveries.roll_up_of(session, issue_id)
    if rolled_up is not None:
        return {(said, reason): number for said, reason, number in rolled_up.refusals}
    ends = select(func.min(Batch.first_delivery_id), func.max(Batch.last_delivery_id)).where(Batch.issue_id == issue_id)
    low, high = session.execute(ends).one()
    if low is None:
        return {}
    words = func.trim(func.coalesce(cast(Delivery.code, String(6)), "") + " " + func.coalesce(Delivery.status, ""))
    # One look for each report: as a join it is planned as a look at every delivery of the issue.
    rejected = (Delivery.issue_id == issue_id, Delivery.state == DeliveryState.REJECTED)
    said = select(words).where(Delivery.id == AppliedReport.delivery_id, *rejected).scalar_subquery().label("said")
    judged = (AppliedReport.delivery_id.between(low, high), AppliedReport.dialect == refusal_rows.DIALECT)
    each = select(said, AppliedReport.reason).where(*judged).subquery()
    rows = session.execute(select(each.c.said, each.c.reason, func.count()).group_by(each.c.said, each.c.reason))
    return {(words_of, reason): number for words_of, reason, number in rows if words_of is not None}


def refusals(session: Session, issue_id: int, kept: Sequence[KeptCount]) -> list[Refusal]:
    """Return refusals in the session by reply code, status and reason, the most frequent first."""
    unjudged = Counter[str]()
    for row in kept:
        if row.state is DeliveryState.REJECTED:
            unjudged[row.reason] += row.number
    judged = judged_refusals(session, issue_id)
    for (said, _), number in judged.items():
        unjudged[said] -= number
    found = [Refusal(*_code_and_status(said), reason, number) for (said, reason), number in judged.items()]
    found += [Refusal(*_code_and_status(said), "", number) for said, number in unjudged.items() if number > 0]
    return sorted(found, key=lambda row: (-row.number, row.code or 0, row.status or "", row.reason))


def _code_and_status(said: str) -> tuple[int | None, str | None]:
    code, _, status = said.partition(" ")
    return (int(code), status or None) if code.isdecimal() else (None, said or None)


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
        Issue.publication_id == issue.publication_id, Issue.published_at > issue.published_at, *sent_here()
    )
    until = session.scalar(following)
    since = [ConsentRecord.action == ConsentAction.UNSUBSCRIBED.value, ConsentRecord.at >= issue.published_at]
    if until is not None:
        since.append(ConsentRecord.at < until)
    return sum(_left(session, issue, rows, since) for rows in (Delivery, OldDelivery))  # each reader has one of the two


def _left(
    session: Session, issue: Issue, rows: type[Delivery | OldDelivery], since: Sequence[ColumnElement[bool]]
) -> int:
    left = (
        select(func.count(func.distinct(Subscription.id)))
        .join(ConsentRecord, ConsentRecord.subscription_id == Subscription.id)
        .join(rows, (rows.issue_id == issue.id) & (rows.subscriber_id == Subscription.subscriber_id))
        .where(Subscription.publication_id == issue.publication_id, *since)
    )
    return session.scalar(left) or 0


def activity(session: Session, issue_id: int, machine_from: int) -> list[Activity]:
    """Return opens and clicks; a score of `machine_from` and more is a machine's."""
    scored = {False: Event.score < machine_from, True: Event.score >= machine_from}
    looks = [(kind, machine) for kind in EventKind for machine in scored]
    # In the order of the index, so that nothing is sorted; a delivery is of one edition.
    numbers = [func.sum(case(((Event.kind == kind) & scored[machine], 1), else_=0)) for kind, machine in looks]
    here = select(Event.delivery_id, *numbers).where(Event.edition_id.in_(_editions(issue_id)))
    each = here.group_by(Event.edition_id, Event.delivery_id).subquery()
    known, *did = each.c
    sums = [func.sum(number) for number in did]
    readers = [func.sum(case(((number > 0) & known.is_not(None), 1), else_=0)) for number in did]
    found = [int(number or 0) for number in session.execute(select(*sums, *readers)).one()]
    rows = zip(looks, found[: len(looks)], found[len(looks) :], strict=True)
    return [Activity(kind.value, machine, number, of_readers) for (kind, machine), number, of_readers in rows if number]


def repeats(session: Session, issue_id: int) -> dict[str, int]:
    """Return how many opens and clicks were counted without a row, by kind."""
    rows = session.execute(
        select(EventCount.kind, func.sum(EventCount.count))
        .where(EventCount.edition_id.in_(_editions(issue_id)))
        .group_by(EventCount.kind)
    )
    return {kind.value: int(count) for kind, count in rows}


def clicks_by_link(session: Session, issue_id: int, machine_from: int) -> ClicksByLink:
    """Return the clicks of people and of machines by edition and number of the link, in one look at the events."""
    person = Event.score < machine_from
    rows = session.execute(
        select(Event.edition_id, Event.link, func.sum(case((person, 1), else_=0)), func.sum(case((person, 0), else_=1)))
        .where(Event.edition_id.in_(_editions(issue_id)), Event.kind == EventKind.CLICK, Event.link > 0)
        .group_by(Event.edition_id, Event.link)
    )
    return {(edition, link): (int(people), int(machines)) for edition, link, people, machines in rows}


def links(session: Session, issue_id: int, clicks: ClicksByLink, limit: int) -> list[LinkClicks]:
    """Return the links people clicked most; the hidden one is left out."""
    counted = _counted(session, issue_id)
    rows = session.scalars(select(EditionLink).where(EditionLink.edition_id.in_(_editions(issue_id))))
    found = [
        LinkClicks(
            row.number,
            row.url,
            *clicks[row.edition_id, row.number],
            counted.get((row.edition_id, row.number), 0),
            row.paid,
        )
        for row in rows
        if (row.edition_id, row.number) in clicks
    ]
    return sorted(found, key=lambda row: (-row.people, -row.machines, row.number))[:limit]


def paid_clicks(session: Session, issue_id: int, machine_from: int, clicks: ClicksByLink) -> tuple[int, int, int, int]:
    """Return the clicks on what a sponsor paid for: by people, of how many readers who agreed, by machines, and those counted only."""
    theirs = (EditionLink.edition_id.in_(_editions(issue_id)), EditionLink.paid.is_(True))
    paid = [
        (edition, link)
        for edition, link in session.execute(select(EditionLink.edition_id, EditionLink.number).where(*theirs))
    ]
    if not paid:
        return 0, 0, 0, 0
    readers = session.scalar(
        select(func.count(func.distinct(Event.delivery_id)))
        .join(EditionLink, (Event.edition_id == EditionLink.edition_id) & (Event.link == EditionLink.number))
        .where(*theirs, Event.kind == EventKind.CLICK, Event.score < machine_from)
    )
    people, machines = (sum(clicks.get(each, (0, 0))[place] for each in paid) for place in (0, 1))
    counted = _counted(session, issue_id)
    return people, readers or 0, machines, sum(counted.get(each, 0) for each in paid)


def _counted(session: Session, issue_id: int) -> dict[tuple[int, int], int]:
    """Clicks that were counted without a row, by edition and number of the link."""
    rows = session.execute(
        select(EventCount.edition_id, EventCount.link, EventCount.count).where(
            EventCount.edition_id.in_(_editions(issue_id)), EventCount.kind == EventKind.CLICK
        )
    )
    return {(edition, link): int(number) for edition, link, number in rows}


def domains(session: Session, issue_id: int, kept: Sequence[KeptCount], limit: int) -> list[DomainRates]:
    """Return what the largest domains did; forgotten readers have none and are left out."""
    counts: dict[str, Counter[DeliveryState]] = {}
    for row in kept:
        counts.setdefault(row.domain, Counter())[row.state] += row.number
    planned = kept_numbers.planned_by_domain(session, issue_id)
    largest = sorted(
        ((number, domain) for domain, number in planned.items() if number), key=lambda row: (-row[0], row[1])
    )
    return [_rates(domain, number, counts.get(domain, Counter())) for number, domain in largest[:limit]]


def _rates(domain: str, planned: int, counts: Mapping[DeliveryState, int]) -> DomainRates:
    each = (DeliveryState.DEFERRED, DeliveryState.REJECTED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
    accepted = sum(counts.get(state, 0) for state in TOOK)
    return DomainRates(domain, planned, accepted, *(counts.get(state, 0) for state in each))


def trips(session: Session, issue_id: int) -> Sequence[tuple[datetime, str]]:
    """Return when and why an issue was paused by itself."""
    rows = session.execute(select(Trip.at, Trip.why).where(Trip.issue_id == issue_id).order_by(Trip.at))
    return [(at, why) for at, why in rows]


def _editions(issue_id: int) -> Select[int]:
    return select(Edition.id).where(Edition.issue_id == issue_id)
