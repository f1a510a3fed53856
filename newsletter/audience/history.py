"""Everything the service knows of one person, for themselves (GDPR article 15) or for whoever answers their letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.audience.reader import read_reader
from newsletter.errors import NotFoundError
from newsletter.model import Subscriber, Suppression
from newsletter.store.audience import (
    consents,
    invitations,
    reader_fields,
    reader_notes,
    subscribers,
    subscriptions,
    suppressions,
)
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database
from newsletter.store.delivery import old_deliveries
from newsletter.store.feedback import events, reports
from newsletter.store.publications import publications


def show(database: Database, *, address: str) -> dict[str, Any]:
    """Return {address, invited_at | None, subscriber | None, subscriptions, deliveries, reports, events, suppressions} as plain JSON values, oldest first.

    Raises InputError, and NotFoundError when nothing is known of the address.
    """
    person = read_reader(address)
    with database.read() as session:
        subscriber = subscribers.find(session, person.address_hash)
        held = suppressions.of(session, person.address_hash)
        if subscriber is None and not held:
            raise NotFoundError("nothing is known of this address", remedy="is it written as in the subscription?")
        return {
            "address": person.address,
            **_invited(session, person.address_hash),
            **_history(session, subscriber, held),
        }


def show_reader(database: Database, *, subscriber_id: int) -> dict[str, Any]:
    """Return the same of a reader known by id; of one who was erased what was left. Raises NotFoundError."""
    with database.read() as session:
        subscriber = subscribers.by_id(session, subscriber_id)
        if subscriber is None:
            raise NotFoundError(f"there is no reader {subscriber_id}", remedy="look for the address")
        known = subscriber.address_hash
        history = _history(session, subscriber, suppressions.of(session, known))
        return {"address": subscriber.address, **_invited(session, known), **history}


def _invited(session: Session, address_hash: bytes) -> dict[str, Any]:
    at = invitations.invited_among(session, [address_hash]).get(address_hash)
    return {"invited_at": None if at is None else _moment(at)}


def _history(session: Session, subscriber: Subscriber | None, held: Sequence[Suppression]) -> dict[str, Any]:
    slugs = {publication.id: publication.slug for publication in publications.all_of(session)}
    return {
        "subscriber": None if subscriber is None else _subscriber(subscriber),
        "subscriptions": [] if subscriber is None else _subscriptions(session, subscriber),
        "deliveries": [] if subscriber is None else _deliveries(session, subscriber, slugs),
        "reports": [] if subscriber is None else _reports(session, subscriber),
        "events": [] if subscriber is None else _events(session, subscriber),
        "suppressions": [_suppression(row, slugs) for row in held],
    }


def _subscriber(subscriber: Subscriber) -> dict[str, Any]:
    return {
        "id": subscriber.id,
        "address": subscriber.address,
        "name": subscriber.name,
        "created_at": _moment(subscriber.created_at),
    }


def _subscriptions(session: Session, subscriber: Subscriber) -> list[dict[str, Any]]:
    members = subscriptions.of_subscriber(session, subscriber.id)
    return [
        _subscription(member) | _known(session, member) | {"consent": _consent(session, member)} for member in members
    ]


def _subscription(member: Membership) -> dict[str, Any]:
    return {
        "publication": member.publication.slug,
        "state": member.subscription.state.value,
        "tracking": member.subscription.tracking.value,
        "created_at": _moment(member.subscription.created_at),
        "changed_at": _moment(member.subscription.changed_at),
    }


def _known(session: Session, member: Membership) -> dict[str, Any]:
    tags = reader_fields.tags_of(session, member.subscription.id)
    noted = reader_notes.of(session, member.subscription.id)
    return {
        "tags": list(tags),
        "fields": dict(reader_fields.values_of(session, member.subscription.id)),
        "notes": [{"at": _moment(each.at), "by": each.name, "text": each.text} for each in noted],
    }


def _consent(session: Session, member: Membership) -> list[dict[str, Any]]:
    return [
        {"action": r.action, "at": _moment(r.at), "place": r.place, "ip": r.ip, "wording": r.wording}
        for r in consents.of(session, member.subscription.id)
    ]


def _deliveries(session: Session, subscriber: Subscriber, slugs: Mapping[int, str]) -> list[dict[str, Any]]:
    kept = [
        {
            "id": delivery.id,
            "publication": slugs[issue.publication_id],
            "issue": issue.slug,
            "issue_id": issue.id,
            "dated": issue.dated.isoformat(),
            "state": delivery.state.value,
            "attempts": delivery.attempts,
            "code": delivery.code,
            "status": delivery.status,
            "reply": delivery.reply,
            "changed_at": _moment(delivery.changed_at),
            "gone_since": None,
        }
        for delivery, issue in subscribers.deliveries_of(session, subscriber.id)
    ]
    return sorted([*kept, *_old_deliveries(session, subscriber, slugs)], key=lambda each: each["id"])


def _old_deliveries(session: Session, subscriber: Subscriber, slugs: Mapping[int, str]) -> list[dict[str, Any]]:
    """What is left of those whose issue was rolled up: how they stood."""
    return [
        {
            "id": old.id,
            "publication": slugs[issue.publication_id],
            "issue": issue.slug,
            "issue_id": issue.id,
            "dated": issue.dated.isoformat(),
            "state": old.state.value,
            **dict.fromkeys(("attempts", "code", "status", "reply", "changed_at")),
            "gone_since": _moment(roll_up.began_at),
        }
        for old, roll_up, issue in old_deliveries.of_subscriber(session, subscriber.id)
    ]


def _reports(session: Session, subscriber: Subscriber) -> list[dict[str, Any]]:
    """What came back from their mail, and what followed."""
    return [
        {
            "at": _moment(row.at),
            "delivery": row.delivery_id,
            "kind": row.kind,
            "reason": row.reason,
            "status": row.status,
            "diagnostic": row.diagnostic,
            "against": row.blame.value,
            "effect": row.effect,
            "proven": row.proven,
        }
        for row in reports.of_subscriber(session, subscriber.id)
    ]


def _events(session: Session, subscriber: Subscriber) -> list[dict[str, Any]]:
    """What they opened and clicked, as far as they agreed that it be kept."""
    return [
        {
            "at": _moment(event.at),
            "delivery": event.delivery_id,
            "kind": event.kind.value,
            "url": url,
            "machine": event.score,
            "signs": event.signs,
        }
        for event, url in events.events_of_reader(session, subscriber.id)
    ]


def _suppression(row: Suppression, slugs: Mapping[int, str]) -> dict[str, Any]:
    return {
        "publication": None if row.publication_id is None else slugs.get(row.publication_id),
        "publication_id": row.publication_id,
        "reason": row.reason,
        "created_at": _moment(row.created_at),
        "expires_at": None if row.expires_at is None else _moment(row.expires_at),
        "unproven": row.unproven,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat()
