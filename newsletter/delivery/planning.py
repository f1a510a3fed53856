"""Plan an issue: freeze the audience of its edition into deliveries and batches, and prove the sums."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import NewsletterError
from newsletter.model import PlanRecord
from newsletter.store import planning as store
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

_SLACK = 1000
"""Ids set aside beyond the count, for readers who join between counting and planning."""


class PlanError(NewsletterError):
    """The sums of a plan do not agree; nothing was planned."""


def plan_due(database: Database, *, clock: Clock, batch_size: int, undo_seconds: int = 0) -> list[PlanRecord]:
    """Plan every scheduled issue whose moment, and undo window after it, has passed."""
    now = clock.now()
    with database.read() as session:
        due = store.issues_due(session, now - timedelta(seconds=undo_seconds))
    planned = [plan(database, clock=clock, issue_id=issue_id, batch_size=batch_size) for issue_id in due]
    return [record for record in planned if record is not None]


def plan(database: Database, *, clock: Clock, issue_id: int, batch_size: int) -> PlanRecord | None:
    """Plan one due issue, whole or not at all; None when another process planned it first.

    Raises PlanError when candidates differ from planned + excluded, or the batches do not cover the deliveries.
    """
    first_id = _set_ids_aside(database, issue_id)
    with database.write() as session:
        record = _plan_in(session, clock, issue_id, first_id, batch_size)
    if record is not None:
        store.analyze(database)
        log.info("planned", issue_id=issue_id, planned=record.planned, candidates=record.candidates)
    return record


def _set_ids_aside(database: Database, issue_id: int) -> int:
    with database.read() as session:
        publication_id = store.publication_of(session, issue_id)
        amount = store.subscriptions_of(session, publication_id)
    return store.take_ids(database, amount + amount // 10 + _SLACK)


def _plan_in(session: Session, clock: Clock, issue_id: int, first_id: int, batch_size: int) -> PlanRecord | None:
    now = clock.now()
    store.begin_frozen(session)
    issue = store.take_issue(session, issue_id, now)
    if issue is None:
        return None
    edition = store.newest_edition(session, issue_id)
    if edition is None:
        raise PlanError(
            "a scheduled issue has no edition", where=f"issue {issue.slug}", remedy="undo and schedule again"
        )
    count = store.count_audience(session, issue.publication_id, now)
    written = store.add_deliveries(session, issue, edition, first_id, now)
    covered = store.add_batches(session, issue, edition, first_id, size=batch_size, due_at=now)
    _prove(count, written, covered)
    return store.record_plan(session, issue_id, edition.id, count, now)


def _prove(count: store.AudienceCount, written: int, covered: int) -> None:
    excluded = count.excluded_standing + count.excluded_suppressed
    if not (count.candidates == written + excluded and written == count.planned == covered and excluded >= 0):
        raise PlanError(
            f"candidates {count.candidates}, planned {written}, in batches {covered}, excluded {excluded}: the sums differ",
            remedy="nothing was planned; it is tried again",
        )
