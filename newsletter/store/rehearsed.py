"""What the ledger of a rehearsal says at its end: what became of each reader, and whether its sums agree."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.model import Batch, Delivery, Issue, PlanRecord
from newsletter.model.states import BatchState, DeliveryState
from newsletter.store.database import Database
from newsletter.store.rehearsal import CHUNK


def outcomes(database: Database, issue_id: int) -> Iterator[tuple[int, DeliveryState]]:
    """Yield for each delivery of an issue the number of the reader, as `rehearsal.add_readers` counts, and its state."""
    statement = select(Delivery.subscriber_id, Delivery.state).where(Delivery.issue_id == issue_id)
    with database.read() as session:
        for subscriber_id, state in session.execute(statement, execution_options={"yield_per": CHUNK}):
            yield subscriber_id - 1, DeliveryState(state)


def sums(session: Session, issue_id: int) -> dict[str, int | str]:
    """Return the state of an issue with what its plan, its batches and its deliveries count, each for itself."""
    plan = session.get(PlanRecord, issue_id)
    sizes, open_ones = session.execute(
        select(func.coalesce(func.sum(Batch.size), 0), func.count().filter(Batch.state != BatchState.DONE)).where(
            Batch.issue_id == issue_id
        )
    ).one()
    rows = session.scalar(select(func.count()).where(Delivery.issue_id == issue_id))
    return {
        "state": session.scalars(select(Issue.state).where(Issue.id == issue_id)).one().value,
        "candidates": plan.candidates if plan else 0,
        "excluded": plan.excluded_standing + plan.excluded_suppressed if plan else 0,
        "planned": plan.planned if plan else 0,
        "deliveries": rows or 0,
        "in_batches": int(sizes),
        "open_batches": int(open_ones),
    }
