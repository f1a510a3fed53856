"""Opens and clicks, written in batches; and where the numbered links of editions lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, aliased

from newsletter.errors import NotFoundError
from newsletter.model import (
    Batch,
    Delivery,
    Edition,
    EditionLink,
    Event,
    EventCount,
    EventFile,
    Issue,
    OldDelivery,
    Publication,
    RollUp,
    Subscription,
)
from newsletter.model.feedback import EventKind
from newsletter.model.states import Consent
from newsletter.store.delivery import old_deliveries
from newsletter.store.inserting import batches

_KEEP_FILES = timedelta(days=30)


class DeliveryFacts(NamedTuple):
    """What an event needs to know of its delivery."""

    edition_id: int
    changed_at: datetime
    consent: Consent | None


def add_many(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write events, each with the same keys."""
    if rows:
        session.connection().execute(insert(Event.__table__), list(rows))  # type: ignore[arg-type]


class Counts(Counter[tuple[int, EventKind, int]]):
    """Events that leave no row, by edition, kind and link."""


def add_counts(session: Session, counts: Counts) -> None:
    """Add to what is counted of opens and clicks without a row each."""
    rows = [{"edition_id": e, "kind": kind, "link": link, "count": n} for (e, kind, link), n in sorted(counts.items())]
    for some in batches(rows):
        upsert = _insert(session, EventCount).values(list(some))
        added = {"count": EventCount.count + upsert.excluded.count}
        session.execute(upsert.on_conflict_do_update(index_elements=["edition_id", "kind", "link"], set_=added))


def note_counted(session: Session, files: Iterable[tuple[str, int]], now: datetime) -> None:
    """Keep up to which line of these event files the counts were added, for a month."""
    session.execute(delete(EventFile).where(EventFile.at < now - _KEEP_FILES))
    for name, lines in files:
        upsert = _insert(session, EventFile).values(name=name, lines=lines, at=now)
        session.execute(upsert.on_conflict_do_update(index_elements=["name"], set_={"lines": lines, "at": now}))


def counted_of(session: Session, name: str) -> int:
    """Return up to which line the counts of an event file were added; 0 when none were."""
    return session.scalar(select(EventFile.lines).where(EventFile.name == name)) or 0


def _insert(session: Session, table: type[DeclarativeBase]) -> Any:
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return build(table)


def missing(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return those of `rows` (1,000 at most) that are not written yet: told by moment, kind, edition and link."""
    if not rows:
        return []
    first, last = min(row["at"] for row in rows), max(row["at"] for row in rows)
    statement = select(Event.at, Event.kind, Event.edition_id, Event.link).where(
        Event.edition_id.in_({row["edition_id"] for row in rows}), Event.at.between(first, last)
    )
    known = Counter((at, kind, edition, link) for at, kind, edition, link in session.execute(statement))
    found = []
    for row in rows:
        same = (row["at"], row["kind"], row["edition_id"], row["link"])
        if known[same]:
            known[same] -= 1
        else:
            found.append(row)
    return found


def facts_of(session: Session, delivery_ids: Sequence[int]) -> dict[int, DeliveryFacts]:
    """Return edition, last change and the reader's consent of deliveries (1,000 at most); unknown ones are left out."""
    rows = session.execute(
        select(Delivery.id, Delivery.edition_id, Delivery.changed_at, Subscription.tracking)
        .join(Issue, Issue.id == Delivery.issue_id)
        .outerjoin(
            Subscription,
            (Subscription.publication_id == Issue.publication_id)
            & (Subscription.subscriber_id == Delivery.subscriber_id),
        )
        .where(Delivery.id.in_(delivery_ids))
    )
    found = {i: DeliveryFacts(edition, changed_at, consent) for i, edition, changed_at, consent in rows}
    left = [each for each in delivery_ids if each not in found]
    return found | _facts_of_old(session, left) if left else found


def _facts_of_old(session: Session, delivery_ids: Sequence[int]) -> dict[int, DeliveryFacts]:
    """Return the same of old deliveries: nothing that they bring is kept with a reader."""
    rows = session.execute(
        select(OldDelivery.id, old_deliveries.edition_of(), RollUp.began_at)
        .join(RollUp, RollUp.issue_id == OldDelivery.issue_id)
        .where(OldDelivery.id.in_(delivery_ids))
    )
    return {i: DeliveryFacts(edition, changed_at=began_at, consent=None) for i, edition, began_at in rows}


def raise_scores(session: Session, delivery_ids: Sequence[int], *, since: datetime, least: int, sign: str) -> None:
    """Let what these deliveries' events since a moment are scored be at least so much, and say why."""
    session.execute(
        update(Event)
        .where(Event.delivery_id.in_(delivery_ids), Event.at >= since, Event.score < least)
        .values(score=least, signs=func.substr(Event.signs + f",{sign}", 1, 120))
        .execution_options(synchronize_session=False)
    )


def links_of(session: Session, edition_id: int) -> dict[int, str]:
    """Return where the links of an edition lead, by number; empty when there is no such edition, or nobody may see it.

    Seen is what was sent: the last edition of an issue whose sending began. An earlier one was taken back by its editor.
    """
    later = aliased(Edition)
    rows = session.execute(
        select(EditionLink.number, EditionLink.url)
        .join(Edition, Edition.id == EditionLink.edition_id)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(
            EditionLink.edition_id == edition_id,
            Issue.published_at.is_not(None),
            ~select(later.id).where(later.issue_id == Edition.issue_id, later.id > Edition.id).exists(),
        )
    )
    return dict(iter(rows))


def number_of(session: Session, edition_id: int, url: str) -> int:
    """Return the number of the link that leads to `url`, or -1 when the edition has none."""
    statement = select(func.min(EditionLink.number)).where(EditionLink.edition_id == edition_id, EditionLink.url == url)
    number: int | None = session.scalar(statement)
    return -1 if number is None else number


def home_of(session: Session, edition_id: int) -> str:
    """Return the slug of the publication an edition belongs to, or empty."""
    statement = select(Publication.slug).join(Issue).join(Edition, Edition.issue_id == Issue.id)
    return session.scalar(statement.where(Edition.id == edition_id)) or ""


def range_around(session: Session, delivery_id: int) -> tuple[int, int, int] | None:
    """Return (first delivery, last delivery, edition) of the edition that `delivery_id` belongs to, or None.

    Ids are dealt out in one block for each plan, so that one answer holds for every reader of an issue.
    """
    edition = session.scalar(select(Delivery.edition_id).where(Delivery.id == delivery_id)) or session.scalar(
        select(old_deliveries.edition_of()).select_from(OldDelivery).where(OldDelivery.id == delivery_id)
    )
    if edition is None:
        return None
    span = session.execute(
        select(func.min(Batch.first_delivery_id), func.max(Batch.last_delivery_id)).where(Batch.edition_id == edition)
    ).one()
    low: int | None = span[0]
    return (delivery_id, delivery_id, edition) if low is None else (low, span[1], edition)


def links_for_people(session: Session, edition_id: int) -> Sequence[EditionLink]:
    """Return the links of an edition by number."""
    statement = select(EditionLink).where(EditionLink.edition_id == edition_id).order_by(EditionLink.number)
    return session.scalars(statement).all()


def set_link(session: Session, edition_id: int, number: int, url: str) -> str:
    """Let link `number` of an edition lead elsewhere; return where it led. Raises NotFoundError."""
    link = session.get(EditionLink, (edition_id, number))
    if link is None:
        raise NotFoundError(f"there is no link {number}", remedy="`newsletter issue links SLUG` lists them")
    before, link.url = link.url, url
    session.flush()
    return before


def forget_reader(session: Session, subscriber_id: int) -> None:
    """Take a reader's identity from what they opened and clicked; the counts stay."""
    for rows in (Delivery, OldDelivery):
        theirs = select(rows.id).where(rows.issue_id.in_(select(Issue.id)), rows.subscriber_id == subscriber_id)
        session.execute(
            update(Event).where(Event.delivery_id.in_(theirs)).values(delivery_id=None),
            execution_options={"synchronize_session": False},
        )


def events_of_reader(session: Session, subscriber_id: int) -> Sequence[tuple[Event, str]]:
    """Return the opens and clicks kept of a reader with the link's address, oldest first."""
    # Issue by issue through UNIQUE(issue, subscriber): the ledger has no index on the subscriber alone, by design.
    found: list[tuple[Event, str]] = []
    for rows in (Delivery, OldDelivery):
        theirs = select(rows.id).where(rows.issue_id.in_(select(Issue.id)), rows.subscriber_id == subscriber_id)
        link = (EditionLink.edition_id == Event.edition_id) & (EditionLink.number == Event.link)
        seen = select(Event, EditionLink.url).outerjoin(EditionLink, link).where(Event.delivery_id.in_(theirs))
        found += [(event, url or "") for event, url in session.execute(seen)]
    return sorted(found, key=lambda row: row[0].id)


def readers_forgotten(session: Session, issue_id: int) -> bool:
    """Tell whether opens or clicks of an issue no longer say whose they were: see `newsletter.store.retention.identities`."""
    unnamed = select(Event.id).where(
        Event.edition_id.in_(select(Edition.id).where(Edition.issue_id == issue_id)), Event.delivery_id < 0
    )
    return session.scalar(select(unnamed.exists())) is True
