"""Consent records of the people whom an import lets in: what the list tells of each, or the list itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, literal, select
from sqlalchemy.orm import Session

from newsletter.model import ConsentRecord, Subscription
from newsletter.store.audience import consents
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.staged import Standing
from newsletter.store.audience.staging import PEOPLE, RECORDS

ACTIONS = {
    Standing.ACTIVE: ConsentAction.IMPORTED,
    Standing.PENDING: ConsentAction.IMPORTED,
    Standing.UNKNOWN: ConsentAction.UNEXPLAINED,
    Standing.UNSUBSCRIBED: ConsentAction.UNSUBSCRIBED,
}
"""What is recorded of somebody new, by where the list says they stand."""


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """The terms of an import: with `own`, the list tells the consent records of whoever is new; with `ask`, the pending are invited."""

    publication_id: int
    now: datetime
    place: str
    wording: str
    own: bool = False
    ask: bool = False


def first_of(terms: ImportTerms) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Return action and place of the first record that somebody new gets, by what the list tells or by the list itself."""
    first = select(func.min(RECORDS.c.ordinal)).where(RECORDS.c.number == PEOPLE.c.number).correlate(PEOPLE)
    told = (select(RECORDS.c[name]).where(RECORDS.c.ordinal == first.scalar_subquery()) for name in ("action", "place"))
    action, place = (each.scalar_subquery() for each in told)
    if terms.own:
        return func.coalesce(action, ""), func.coalesce(place, "")
    return func.coalesce(action, case(ACTIONS, value=PEOPLE.c.standing)), func.coalesce(place, terms.place)


def begin(session: Session, terms: ImportTerms, whom: ColumnElement[bool], action: ConsentAction) -> None:
    """Note how readers came who are here without any record, which the next one is the first of."""
    ours = Subscription.publication_id == terms.publication_id
    ids = select(PEOPLE.c.subscriber_id).where(whom)
    consents.note_first(session, and_(ours, Subscription.subscriber_id.in_(ids)), action, terms.place)


_RECORD = ["subscription_id", "action", "at", "place", "ip", "wording"]


def add(session: Session, terms: ImportTerms, whom: ColumnElement[bool], action: ConsentAction) -> None:
    """Record an action of people, at the moment that the list tells where they left."""
    at: Any = literal(terms.now, PEOPLE.c.left_at.type)
    if action is ConsentAction.UNSUBSCRIBED:
        at = func.coalesce(PEOPLE.c.left_at, terms.now, type_=PEOPLE.c.left_at.type)
    rows = (
        select(Subscription.id, literal(action.value), at, literal(terms.place), literal(""), literal(terms.wording))
        .select_from(PEOPLE)
        .join(Subscription, subscription_of(terms))
        .where(whom)
        .order_by(PEOPLE.c.number)
    )
    session.connection().execute(insert(ConsentRecord.__table__).from_select(_RECORD, rows, include_defaults=False))  # type: ignore[arg-type]


def copy(session: Session, terms: ImportTerms, whom: ColumnElement[bool]) -> None:
    """Keep the records that the list tells, in its order."""
    rows = (
        select(Subscription.id, *[RECORDS.c[name] for name in _RECORD[1:]])
        .select_from(PEOPLE)
        .join(RECORDS, RECORDS.c.number == PEOPLE.c.number)
        .join(Subscription, subscription_of(terms))
        .where(whom)
        .order_by(RECORDS.c.ordinal)
    )
    session.connection().execute(insert(ConsentRecord.__table__).from_select(_RECORD, rows, include_defaults=False))  # type: ignore[arg-type]


def subscription_of(terms: ImportTerms) -> ColumnElement[bool]:
    """Return the condition that a subscription is the staged person's."""
    return and_(
        Subscription.publication_id == terms.publication_id, Subscription.subscriber_id == PEOPLE.c.subscriber_id
    )
