"""What an editor may do to an issue that is on its way: pause, resume, cancel, resend what is uncertain."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery.recovery import requeue_uncertain
from newsletter.errors import ConflictError
from newsletter.model.states import WAYS_ON, IssueState, check_issue_move
from newsletter.store import batches, breakers, deliveries, progress
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

CANCELLED = "the issue was cancelled"


def pause(database: Database, *, publication: str, slug: str, why: str = "paused by an editor") -> None:
    """Stop handing over messages within a second or so. Raises NotFoundError, ConflictError."""
    _move(database, publication, slug, IssueState.PAUSED, paused_why=why)


def resume(database: Database, *, publication: str, slug: str) -> None:
    """Go on with a paused issue; one that paused by itself is judged by what comes after. Raises NotFoundError, ConflictError."""
    with database.write() as session:
        issue = progress.locked_issue_of(session, publication, slug)
        if issue.state != IssueState.PAUSED:
            remedy = WAYS_ON[issue.state]
            raise ConflictError(f"the issue is {issue.state}, not paused", where=f"issue {slug}", remedy=remedy)
        if issue.paused_why == breakers.trips_of(session, [issue.id]).get(issue.id):
            breakers.judge_from_now(session, issue.id)
        progress.move_issue(session, issue.id, IssueState.PAUSED, IssueState.SENDING, paused_why="")
    log.info("issue moved", issue_id=issue.id, state=IssueState.SENDING)


def cancel(database: Database, *, clock: Clock, publication: str, slug: str) -> None:
    """End an issue for good: who has not got it will not. Raises NotFoundError, ConflictError."""
    _move(database, publication, slug, IssueState.CANCELLED, finished_at=clock.now())
    drop_cancelled(database, clock=clock)


def resend_uncertain(database: Database, *, clock: Clock, publication: str, slug: str) -> int:
    """Put every uncertain delivery of an issue back in the queue, at the risk of a second copy; return how many.

    Raises NotFoundError; ConflictError when none is uncertain, or the issue is not on its way.
    """
    now = clock.now()
    with database.write() as session:
        issue = progress.locked_issue_of(session, publication, slug)
        if issue.state not in (IssueState.SENDING, IssueState.PAUSED, IssueState.SENT):
            raise ConflictError(f"an issue that is {issue.state} has nothing to resend", where=f"issue {slug}")
        resent = requeue_uncertain(session, issue.id, before=now, now=now)
        if not resent:
            raise ConflictError("nothing is uncertain, so there is nothing to resend", where=f"issue {slug}")
        return resent


def drop_cancelled(database: Database, *, clock: Clock) -> int:
    """Skip what cancelled issues still have waiting; return how many deliveries. The scheduler calls it again and again."""
    now = clock.now()
    with database.write() as session:
        return sum(_drop(session, issue_id, now) for issue_id in progress.cancelled_with_work(session))


def _drop(session: Session, issue_id: int, now: datetime) -> int:
    return sum(
        deliveries.skip_open(session, batch, CANCELLED, now) for batch in batches.drop_waiting(session, issue_id)
    )


def _move(database: Database, publication: str, slug: str, wanted: IssueState, **values: object) -> None:
    with database.write() as session:
        issue = progress.locked_issue_of(session, publication, slug)
        check_issue_move(issue.state, wanted)
        progress.move_issue(session, issue.id, issue.state, wanted, **values)
    log.info("issue moved", issue_id=issue.id, state=wanted)
