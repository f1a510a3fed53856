"""Rows of a rehearsal: a publication, many readers and one scheduled issue, made in bulk, in a database of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from newsletter.mail.address import address_hash
from newsletter.mail.body import Body
from newsletter.model import Batch, Delivery, Edition, EditionBody, Issue, Publication, Subscriber, Subscription
from newsletter.model.document import Document
from newsletter.model.states import DeliveryState, IssueState, SubscriptionState
from newsletter.store.batches import unfinished
from newsletter.store.database import Database
from newsletter.store.progress import counts

DOMAIN = "news.example"
CHUNK = 5000


def add_publication(session: Session, slug: str, now: datetime) -> int:
    """Store a publication and return its id."""
    publication = Publication(
        slug=slug,
        name="Rehearsal",
        from_name="Rehearsal",
        from_address=f"rehearsal@{DOMAIN}",
        list_id="rehearsal.news.example",
        postal_address="1 Example Street",
        created_at=now,
    )
    session.add(publication)
    session.flush()
    return publication.id


def add_readers(session: Session, publication_id: int, first: int, count: int, now: datetime) -> None:
    """Store readers number `first` to `first + count - 1` with active subscriptions."""
    numbers = range(first, first + count)
    addresses = [f"reader{n}@d{n % 97}.example" for n in numbers]
    readers = [
        {
            "id": n + 1,
            "address": a,
            "address_hash": address_hash(a),
            "domain": a.partition("@")[2],
            "name": "",
            "created_at": now,
        }
        for n, a in zip(numbers, addresses, strict=True)
    ]
    session.execute(insert(Subscriber), readers)
    standing = {
        "publication_id": publication_id,
        "state": SubscriptionState.ACTIVE,
        "tracking": "unknown",
        "created_at": now,
        "changed_at": now,
    }
    session.execute(insert(Subscription), [{"subscriber_id": n + 1, **standing} for n in numbers])


def add_issue(session: Session, publication_id: int, slug: str, body: Body, now: datetime, *, due: bool) -> int:
    """Store a scheduled issue with a frozen edition; return its id."""
    document = Document(publication=slug, title="Rehearsal", slug=slug, date=now.date(), subject="Rehearsal")
    content = document.model_dump(mode="json")
    issue = Issue(
        publication_id=publication_id,
        slug=slug,
        title="Rehearsal",
        subject="Rehearsal",
        dated=now.date(),
        state=IssueState.SCHEDULED,
        source="",
        content=content,
        scheduled_at=now if due else now + timedelta(days=1),
        created_at=now,
        changed_at=now,
    )
    session.add(issue)
    session.flush()
    edition = Edition(issue_id=issue.id, content=content, subject="Rehearsal", html_octets=0, digest="", created_at=now)
    session.add(edition)
    session.flush()
    session.add(EditionBody(edition_id=edition.id, form="none", content_type=body.content_type, body=body.content))
    return issue.id


def make_due(session: Session, issue_id: int, now: datetime) -> None:
    """Let a scheduled issue be due now."""
    session.execute(update(Issue).where(Issue.id == issue_id).values(scheduled_at=now))


def settle_statistics(database: Database) -> None:
    """Vacuum and analyse after the bulk load, as a database in service would have done by itself."""
    if database.is_postgresql:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def database_process(session: Session) -> int | None:
    """Return the id of the process that serves this session, on whatever machine the database is; None on SQLite."""
    connection = session.connection()
    return connection.scalar(select(func.pg_backend_pid())) if connection.dialect.name == "postgresql" else None


def ended(session: Session, issue_id: int) -> int:
    """Count the deliveries a server took."""
    return counts(session, issue_id)[DeliveryState.SUBMITTED]


def seconds_from_claim_to_acceptance(session: Session, issue_id: int) -> list[float]:
    """Return for each accepted delivery the seconds from the claim of its batch to the server's answer, sorted."""
    within = Delivery.id.between(Batch.first_delivery_id, Batch.last_delivery_id)
    rows = session.execute(
        select(Batch.claimed_at, Delivery.changed_at)
        .join(Delivery, within)
        .where(Batch.issue_id == issue_id, Delivery.state == DeliveryState.SUBMITTED)
    )
    return sorted((accepted - claimed).total_seconds() for claimed, accepted in rows if claimed is not None)


def batches_left(session: Session, issue_id: int) -> int:
    """Count batches with work left: cheap to ask again and again."""
    return unfinished(session, issue_id)
