"""What is asked of a whole issue, batch by batch, reads each delivery once: an issue of twice as many costs twice as much."""

from __future__ import annotations

from sqlalchemy import text, update

from newsletter.clock import SettableClock
from newsletter.delivery.planning import plan
from newsletter.model import Batch, Delivery
from newsletter.model.states import BatchState, DeliveryState
from newsletter.store.database import Database
from newsletter.store.delivery import batches, kept_counts, kept_numbers
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.looking import looking

FEW, MANY = 400, 1600
BATCH = 4


def sent(database: Database, clock: SettableClock, slug: str, readers: int) -> int:
    """Let an issue have gone to so many readers, in small batches; return its id."""
    publication = add_publication(database, clock, slug)
    add_readers(database, clock, publication, readers, f"{slug}.example")
    issue = add_issue(database, clock, publication, slug)
    assert plan(database, clock=clock, issue_id=issue.id, batch_size=BATCH) is not None
    with database.write() as session:
        session.execute(update(Delivery).where(Delivery.issue_id == issue.id).values(state=DeliveryState.SUBMITTED))
        session.execute(update(Batch).where(Batch.issue_id == issue.id).values(state=BatchState.DONE))
        kept_counts.recount(session, issue.id)
        if database.is_postgresql:
            session.execute(text("ANALYZE"))
    return issue.id


def test_an_issue_that_ends_is_looked_through_once(database: Database, clock: SettableClock) -> None:
    costs = []
    for slug, readers in (("few", FEW), ("many", MANY)):
        issue_id = sent(database, clock, slug, readers)
        with looking(database, "batches") as looked, database.read() as session:
            assert batches.ended_with_work(session, issue_id) == []
        costs.append(looked[0])
    assert 0 < costs[1] < 1.5 * costs[0] * MANY / FEW


def test_a_block_is_compared_by_its_own_deliveries(database: Database, clock: SettableClock) -> None:
    issue_id = sent(database, clock, "few", FEW)
    with database.read() as session:
        (block,) = kept_numbers.blocks_of(session, issue_id)
        assert kept_numbers.differing(session, [block]) == {}
    with looking(database, "deliveries") as looked, database.read() as session:
        assert kept_numbers.differing(session, [kept_numbers.CountedBlock(issue_id, block.block + 1)]) == {}
    assert looked[0] < FEW, "no delivery of another block is read"
