"""Rows of a rehearsal: a publication, many readers and one scheduled issue, made in bulk, in a database of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from newsletter.mail.address import address_hash
from newsletter.mail.body import Body
from newsletter.model import (
    Batch,
    ConsentRecord,
    Delivery,
    Edition,
    EditionBody,
    Issue,
    PlanRecord,
    Publication,
    Subscriber,
    Subscription,
)
from newsletter.model.document import Document
from newsletter.model.states import BatchState, DeliveryState, IssueState, SubscriptionState
from newsletter.store.audience.subscribers import NewSubscriber
from newsletter.store.database import Database
from newsletter.store.delivery.batches import unfinished
from newsletter.store.delivery.progress import counts
from newsletter.store.inserting import batches

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


def load_plainly(database: Database, people: Iterable[NewSubscriber], publication_id: int, now: datetime) -> None:
    """Store people, active subscriptions and consent records as fast as the driver can: COPY on PostgreSQL, executemany on SQLite."""
    with database.write() as session:
        driver: Any = session.connection().connection.driver_connection
        first = 1
        for batch in batches(people, CHUNK):
            numbers = range(first, first + len(batch))
            first += len(batch)
            moment = now if database.is_postgresql else now.replace(tzinfo=None).isoformat(" ")
            for table, rows in _plain_rows(batch, numbers, publication_id, moment).items():
                _load(driver, table, rows, postgresql=database.is_postgresql)


def _plain_rows(
    people: Sequence[NewSubscriber], numbers: Sequence[int], publication_id: int, now: object
) -> dict[str, list[tuple[Any, ...]]]:
    named = list(zip(numbers, people, strict=True))
    return {
        "subscribers (id, address, address_hash, domain, name, created_at)": [
            (n, p.address, p.address_hash, p.domain, p.name, now) for n, p in named
        ],
        "subscriptions (id, publication_id, subscriber_id, state, tracking, came_by, came_place, created_at, changed_at)": [
            (n, publication_id, n, "active", "unknown", "imported", "bench", now, now) for n in numbers
        ],
        "consent_records (id, subscription_id, action, at, place, ip, wording)": [
            (n, n, "imported", now, "bench", "", "A rehearsal") for n in numbers
        ],
    }


def _load(driver: Any, table: str, rows: list[tuple[Any, ...]], *, postgresql: bool) -> None:
    if not postgresql:
        marks = ",".join("?" * len(rows[0]))
        driver.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - names of ours
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def empty_readers(database: Database) -> None:
    """Take every reader out again, of a database of its own."""
    with database.write() as session:
        for table in ("consent_records", "subscriptions", "subscribers"):
            truncating = f"TRUNCATE {table} CASCADE" if database.is_postgresql else f"DELETE FROM {table}"  # noqa: S608
            session.execute(text(truncating))


def stream_readers(database: Database, publication_id: int) -> Iterator[Sequence[Any]]:
    """Yield the readers with their consent by one SELECT, as the database hands them out."""
    columns = (Subscriber.address, Subscriber.name, Subscription.state, Subscription.tracking)
    told = (Subscription.created_at, Subscription.changed_at, ConsentRecord.action, ConsentRecord.at)
    with database.read() as session:
        rows = session.execute(
            select(*columns, *told, ConsentRecord.wording)
            .join(Subscription, Subscription.subscriber_id == Subscriber.id)
            .join(ConsentRecord, ConsentRecord.subscription_id == Subscription.id)
            .where(Subscription.publication_id == publication_id),
            execution_options={"yield_per": CHUNK},
        )
        yield from (tuple(row) for row in rows)


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


def add_ended_issues(session: Session, issue_id: int, count: int) -> None:
    """Store `count` issues of the same publication that were sent, each with as many batches that are done as the first one has."""
    first = session.get_one(Issue, issue_id)
    edition_id = session.scalar(select(Batch.edition_id).where(Batch.issue_id == issue_id).limit(1))
    names = [c.name for c in Issue.__table__.columns if c.name not in ("id", "slug", "state")]
    row = {name: getattr(first, name) for name in names} | {"state": IssueState.SENT}
    session.execute(insert(Issue), [{**row, "slug": f"ended-{n}"} for n in range(count)])
    columns = [c for c in Batch.__table__.columns if c.name not in ("id", "issue_id", "state", "edition_id")]
    source = (
        select(Issue.id, literal(edition_id), literal(BatchState.DONE, Batch.state.type), *columns)
        .join(Batch, Batch.issue_id == issue_id)
        .where(Issue.state == IssueState.SENT)
    )
    session.execute(insert(Batch).from_select(["issue_id", "edition_id", "state", *(c.name for c in columns)], source))


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


def home_of(session: Session, issue_id: int) -> int:
    """Return the id of the publication of an issue."""
    return session.get_one(Issue, issue_id).publication_id


def spread_issues(session: Session, publication_id: int, planned: int, now: datetime) -> None:
    """Date the issues of a publication a day apart, the newest today, and give each a plan for so many readers."""
    ids = session.scalars(
        select(Issue.id).where(Issue.publication_id == publication_id).order_by(Issue.id.desc())
    ).all()
    days = [{"id": issue_id, "dated": (now - timedelta(days=n)).date()} for n, issue_id in enumerate(ids)]
    session.execute(update(Issue), days)
    planned_already = set(session.scalars(select(PlanRecord.issue_id)))
    edition_id = session.scalar(select(Edition.id).limit(1))
    counts = {"candidates": planned, "planned": planned, "excluded_standing": 0, "excluded_suppressed": 0}
    rows = [
        {"issue_id": each, "edition_id": edition_id, "planned_at": now - timedelta(days=n), **counts}
        for n, each in enumerate(ids)
        if each not in planned_already
    ]
    if rows:
        session.execute(insert(PlanRecord), rows)
