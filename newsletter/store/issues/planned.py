"""For how many readers issues were planned: with the first plan, and with each later one to those who joined since."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.model import LaterPlan, PlanRecord


def readers_of(session: Session, issue_ids: Collection[int]) -> dict[int, int]:
    """Return the readers of all plans by issue; an issue that was not planned has none."""
    first = select(PlanRecord.issue_id, PlanRecord.planned).where(PlanRecord.issue_id.in_(issue_ids))
    found: dict[int, int] = {row.issue_id: row.planned for row in session.execute(first)}
    later = select(LaterPlan.issue_id, func.sum(LaterPlan.planned)).where(LaterPlan.issue_id.in_(issue_ids))
    for issue_id, planned in session.execute(later.group_by(LaterPlan.issue_id)):
        found[issue_id] = found.get(issue_id, 0) + int(planned)
    return found
