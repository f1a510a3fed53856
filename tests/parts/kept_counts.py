"""Are the kept counts those of the rows? Counted here row by row, by other means than the code's."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import Batch, CountedDomain, Delivery, DeliveryCount, Edition, RollUp, Subscriber
from newsletter.model.states import BatchState, DeliveryState
from newsletter.store.database import Database
from newsletter.store.delivery import kept_counts, progress

REASONED = {"deferred", "rejected", "bounced"}
UNKEPT = {"queued", "submitting"}


def agree(database: Database) -> None:
    """See that every count, by issue, block, domain, state and reason, is that of the rows, and so is what is shown of each issue.

    Of an issue that is rolled up there are no rows.
    """
    with database.read() as session:
        rolled_up = set(session.scalars(select(RollUp.issue_id)))
        apart = {(i, name) for i, name in session.execute(select(CountedDomain.issue_id, CountedDomain.domain))}
        domains = dict(iter(session.execute(select(Subscriber.id, Subscriber.domain))))
        rows, states, planned = Counter[tuple[int, int, str, str, str]](), Counter[tuple[int, str]](), Counter[str]()
        for row in session.scalars(select(Delivery).where(Delivery.issue_id.not_in(rolled_up))):
            state, domain = DeliveryState(row.state).value, domains.get(row.subscriber_id, "")
            said = " ".join(str(word) for word in (row.code, row.status) if word is not None)
            name = domain if (row.issue_id, domain) in apart else ""
            states[row.issue_id, state] += 1
            planned[f"{row.issue_id} {name}"] += 1
            if state not in UNKEPT:
                place = (row.issue_id, row.id // kept_counts.BLOCK, name, state, said if state in REASONED else "")
                rows[place] += 1
        kept = Counter[tuple[int, int, str, str, str]]()
        for count in session.scalars(select(DeliveryCount).where(DeliveryCount.issue_id.not_in(rolled_up))):
            place = (count.issue_id, count.block, count.domain, DeliveryState(count.state).value, count.reason)
            kept[place] = count.count
        assert +kept == rows and not -kept, (+kept - rows, rows - kept)
        for issue_id, domain, number in session.execute(
            select(CountedDomain.issue_id, CountedDomain.domain, CountedDomain.planned).where(
                CountedDomain.issue_id.not_in(rolled_up)
            )
        ):
            assert planned[f"{issue_id} {domain}"] == number
        for issue_id in {issue_id for issue_id, _ in states}:
            shown = progress.counts(session, issue_id)
            assert {s.value: n for s, n in shown.items() if n} == {
                s: n for (i, s), n in states.items() if i == issue_id
            }


def planned(database: Database, issue_id: int) -> None:
    """Make deliveries that a test wrote into an issue look as if they were planned: with a batch around them, and counted."""
    with database.write() as session:
        theirs = session.scalars(select(Delivery).where(Delivery.issue_id == issue_id).order_by(Delivery.id)).all()
        session.execute(delete(Batch).where(Batch.issue_id == issue_id))
        subscribers = [each.subscriber_id for each in theirs]
        if session.get(Edition, theirs[0].edition_id) is None:
            of_it = {"issue_id": issue_id, "content": {}, "subject": "", "html_octets": 0, "digest": ""}
            session.add(Edition(id=theirs[0].edition_id, created_at=theirs[0].changed_at, **of_it))
            session.flush()
        session.add(
            Batch(
                edition_id=theirs[0].edition_id,
                issue_id=issue_id,
                first_delivery_id=theirs[0].id,
                last_delivery_id=theirs[-1].id,
                first_subscriber_id=min(subscribers),
                last_subscriber_id=max(subscribers),
                size=len(theirs),
                state=BatchState.DONE,
                due_at=theirs[0].changed_at,
            )
        )
        session.flush()
        kept_counts.recount(session, issue_id)


def put(session: Session, *which: ColumnElement[bool], **values: object) -> None:
    """Put deliveries as a test wants them, all where none is named, and keep the counts. What is on the wire is of a batch that is claimed."""
    with kept_counts.moving(session, session.scalars(select(Delivery.id).where(*which)).all()):
        session.execute(update(Delivery).where(*which).values(**values))
    if values.get("state") is DeliveryState.SUBMITTING:
        theirs = Batch.issue_id.in_(select(Delivery.issue_id).where(*which))
        session.execute(update(Batch).where(theirs).values(state=BatchState.CLAIMED))
