"""A publication with readers and a scheduled issue, written straight into the ledger."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, select

from newsletter.clock import Clock
from newsletter.mail.address import address_hash
from newsletter.mail.body import build_body
from newsletter.mail.slots import Slot
from newsletter.model import Delivery, Edition, EditionBody, Issue, Publication, RawReport, Subscriber, Subscription
from newsletter.model.states import DeliveryState, IssueState, SubscriptionState
from newsletter.store.database import Database
from newsletter.store.feedback import reports


def add_publication(database: Database, clock: Clock, slug: str = "daily") -> Publication:
    """Store a publication."""
    with database.write() as session:
        publication = Publication(
            slug=slug,
            name="The Daily",
            from_name="The Daily",
            from_address=f"{slug}@news.example",
            list_id=f"{slug}.news.example",
            postal_address="1 Example Street",
            created_at=clock.now(),
        )
        session.add(publication)
    return publication


def add_readers(
    database: Database, clock: Clock, publication: Publication, count: int, domain: str = "readers.example"
) -> list[int]:
    """Store `count` readers with an active subscription; return the subscribers' ids."""
    now = clock.now()
    addresses = [f"reader{n}@{domain}" for n in range(count)]
    with database.write() as session:
        rows = [
            {"address": a, "address_hash": address_hash(a), "domain": domain, "name": "", "created_at": now}
            for a in addresses
        ]
        session.execute(insert(Subscriber), rows)
        ids = list(session.scalars(select(Subscriber.id).where(Subscriber.domain == domain).order_by(Subscriber.id)))
        rows = [
            {
                "publication_id": publication.id,
                "subscriber_id": i,
                "state": SubscriptionState.ACTIVE,
                "tracking": "unknown",
                "created_at": now,
                "changed_at": now,
            }
            for i in ids
        ]
        session.execute(insert(Subscription), rows)
    return ids


def add_issue(
    database: Database, clock: Clock, publication: Publication, slug: str = "first", *, size: int = 0
) -> Issue:
    """Store a scheduled issue, due now, with its frozen edition; `size` octets of filler in its HTML."""
    now = clock.now()
    filler = "word " * (size // 5)
    link = f"http://127.0.0.1/u/{Slot.UNSUBSCRIBE}"
    body = build_body(f"Hello\n{link}\n", f'<!DOCTYPE html><p>Hello {filler}</p><a href="{link}">leave</a>')
    with database.write() as session:
        issue = Issue(
            publication_id=publication.id,
            slug=slug,
            title="First",
            subject="First",
            dated=date(2026, 1, 1),
            state=IssueState.SCHEDULED,
            source="",
            content={},
            scheduled_at=now,
            created_at=now,
            changed_at=now,
        )
        session.add(issue)
        session.flush()
        edition = Edition(
            issue_id=issue.id, content={}, subject="First", html_octets=size, digest="0" * 64, created_at=now
        )
        session.add(edition)
        session.flush()
        session.add(EditionBody(edition_id=edition.id, form="none", content_type=body.content_type, body=body.content))
    return issue


def states(database: Database) -> dict[str, int]:
    """Count deliveries by state, leaving out the zeros."""
    with database.read() as session:
        found: dict[str, int] = {}
        for state in session.scalars(select(Delivery.state)):
            found[DeliveryState(state).value] = found.get(DeliveryState(state).value, 0) + 1
        return found


def kept_reports(database: Database) -> list[tuple[str, str, bytes]]:
    """(source, address, bytes) of each raw report, oldest first."""
    with database.read() as session:
        raws = session.scalars(select(RawReport).order_by(RawReport.id)).all()
        return [(raw.source, raw.sent_to, reports.content_of(session, raw.id)) for raw in raws]
