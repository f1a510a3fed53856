"""Plan an issue: freeze the audience of its edition into deliveries and batches, and prove the sums."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import NewsletterError, StoreError
from newsletter.logs import outage
from newsletter.model import PlanRecord
from newsletter.model.actor import SCHEDULER
from newsletter.store.database import Database
from newsletter.store.delivery import planning as store
from newsletter.store.issues import editions, issues
from newsletter.tracing import span

log = structlog.get_logger(__name__)

_SLACK = 1000
"""Ids set aside beyond the count, for readers who join between counting and planning."""


class PlanError(NewsletterError):
    """An issue cannot be planned as it is, or the sums of its plan do not agree; nothing was planned."""


def plan_due(database: Database, *, clock: Clock, batch_size: int) -> list[PlanRecord]:
    """Plan every scheduled issue whose moment has come; one that cannot be keeps no other from it."""
    with database.read() as session:
        due = store.issues_due(session, clock.now())
    planned = [_plan_or_tell(database, clock=clock, issue_id=issue_id, batch_size=batch_size) for issue_id in due]
    return [record for record in planned if record is not None]


def _plan_or_tell(database: Database, *, clock: Clock, issue_id: int, batch_size: int) -> PlanRecord | None:
    try:
        return plan(database, clock=clock, issue_id=issue_id, batch_size=batch_size)
    except StoreError:
        raise  # the database is gone, for all of them
    except NewsletterError as error:
        log.warning("cannot plan an issue", issue_id=issue_id, error=str(error), **outage(error))
    except Exception:
        log.exception("cannot plan an issue for a reason nobody foresaw", issue_id=issue_id)
    return None


def plan(database: Database, *, clock: Clock, issue_id: int, batch_size: int) -> PlanRecord | None:
    """Plan one due issue, whole or not at all; None when another process planned it first.

    Raises PlanError when candidates differ from planned + excluded, there are more readers than ids set aside, or the batches do not cover the deliveries.
    """
    with span("plan", {"newsletter.issue_id": issue_id}):
        block = _set_ids_aside(database, issue_id)
        with database.write() as session:
            record = _plan_in(session, clock, issue_id, block, batch_size)
    if record is not None:
        _analyze(database)
        log.info("issue planned", issue_id=issue_id, planned=record.planned, candidates=record.candidates)
    return record


def _analyze(database: Database) -> None:
    try:
        store.analyze(database)
    except StoreError as error:  # the plan stands; its first pages may be slow
        log.warning("cannot refresh the statistics", error=str(error), **outage(error))


def _set_ids_aside(database: Database, issue_id: int) -> range:
    with database.read() as session:
        publication_id = issues.by_id(session, issue_id).publication_id
        amount = store.subscriptions_of(session, publication_id)
    amount += amount // 10 + _SLACK
    first_id = store.take_ids(database, amount)
    return range(first_id, first_id + amount)


def _plan_in(session: Session, clock: Clock, issue_id: int, block: range, batch_size: int) -> PlanRecord | None:
    now = clock.now()
    store.begin_frozen(session)
    issue = store.take_issue(session, issue_id, now, by=SCHEDULER)
    if issue is None:
        return None
    edition = editions.newest(session, issue_id)
    if edition is None:
        raise PlanError(
            "a scheduled issue has no edition", where=f"issue {issue.slug}", remedy="undo and schedule again"
        )
    count = store.count_audience(session, issue, now)
    if count.planned > len(block):  # the next ids belong to another issue
        raise PlanError(
            f"{count.planned} readers, and delivery ids set aside for {len(block)}: too many joined meanwhile",
            where=f"issue {issue.slug}",
            remedy="nothing was planned; it is tried again with more",
        )
    written = store.add_deliveries(session, issue, edition, block.start, now)
    covered = store.add_batches(session, issue, edition, block.start, size=batch_size, due_at=now)
    _prove(count, written, covered)
    return store.record_plan(session, issue, edition.id, count, now)


def _prove(count: store.AudienceCount, written: int, covered: int) -> None:
    excluded = count.excluded_standing + count.excluded_suppressed
    if not (count.candidates == written + excluded and written == count.planned == covered and excluded >= 0):
        raise PlanError(
            f"candidates {count.candidates}, planned {written}, in batches {covered}, excluded {excluded}: the sums differ",
            remedy="nothing was planned; it is tried again",
        )
