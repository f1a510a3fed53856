"""What an editor may do to an issue that is on its way: pause, resume, cancel, send it to those who never got it."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery import counting, holding_back, reopening
from newsletter.delivery.breakers import REFUSES
from newsletter.errors import ConflictError
from newsletter.model.states import WAYS_ON, DeliveryState, IssueState, check_issue_move
from newsletter.store import batches, breakers, deliveries, first_tries, progress
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

RESENDING = frozenset({IssueState.SENDING, IssueState.PAUSED, IssueState.SENT})
"""States in which an issue can be sent to those who never got it."""
UNNAMED = "unnamed"
"""Stands in the log for whoever did not say who they are."""
CANCELLED = "the issue was cancelled"


def pause(
    database: Database, *, publication: str, slug: str, why: str = "paused by an editor", by: str = UNNAMED
) -> None:
    """Stop handing over messages within a second or so; `by` stands in the log. Raises NotFoundError, ConflictError."""
    issue_id = _move(database, publication, slug, IssueState.PAUSED, paused_why=why)
    log.info("issue paused", issue_id=issue_id, by=by)


def resume(database: Database, *, clock: Clock, publication: str, slug: str, by: str = UNNAMED) -> None:
    """Go on with a paused issue, and try at once a way out that refused us.

    One that paused by itself is judged by what comes after. Raises NotFoundError; ConflictError when nothing held it.
    """
    now = clock.now()
    with database.write() as session:
        issue = progress.locked_issue_of(session, publication, slug)
        waits = issue.state in (IssueState.PAUSED, IssueState.SENDING) and breakers.try_now(session, REFUSES)
        if issue.state != IssueState.PAUSED and not waits:
            remedy = WAYS_ON[issue.state]
            raise ConflictError(f"the issue is {issue.state}, not paused", where=f"issue {slug}", remedy=remedy)
        if issue.state == IssueState.PAUSED:
            if issue.paused_why == breakers.trips_of(session, [issue.id]).get(issue.id):
                holding_back.hold_rejected(
                    session, issue.id, now
                )  # who wrote of them after it had stopped may have died since
                breakers.judge_from_now(session, issue.id, now)
            progress.move_issue(session, issue.id, IssueState.PAUSED, IssueState.SENDING, paused_why="")
            breakers.age_anew(session, now, issue.id)
            first_tries.begin_anew(session, issue.id)
    log.info("issue resumed", issue_id=issue.id, by=by)


def cancel(database: Database, *, clock: Clock, publication: str, slug: str, by: str = UNNAMED) -> None:
    """End an issue for good: who has not got it will not. Raises NotFoundError, ConflictError."""
    issue_id = _move(database, publication, slug, IssueState.CANCELLED, finished_at=clock.now())
    log.info("issue cancelled", issue_id=issue_id, by=by)
    drop_cancelled(database, clock=clock)


def resend(
    database: Database, *, clock: Clock, publication: str, slug: str, uncertain: bool = False, by: str = UNNAMED
) -> int:
    """Send an issue to those who never got it: who was refused or given up; with `uncertain` also those of whom nobody knows,
    at the risk of a second copy. Return how many.

    Raises NotFoundError; ConflictError when there is nobody, or the issue is not on its way.
    """
    now = clock.now()
    with database.write() as session:
        issue = progress.locked_issue_of(session, publication, slug)
        if issue.state not in RESENDING:
            raise ConflictError(f"an issue that is {issue.state} has nothing to resend", where=f"issue {slug}")
        states = [DeliveryState.REJECTED, *([DeliveryState.UNCERTAIN] if uncertain else [])]
        resent = reopening.requeue(session, issue.id, states, before=now, now=now)
        if not resent:
            raise _nobody_to_resend_to(session, issue.id, slug)
        breakers.judge_from_now(session, issue.id, now)
        breakers.age_anew(session, now, issue.id)
    log.info("sent again to those who never got it", issue_id=issue.id, deliveries=resent, by=by)
    return resent


def _nobody_to_resend_to(session: Session, issue_id: int, slug: str) -> ConflictError:
    unknown = progress.counts(session, issue_id)[DeliveryState.UNCERTAIN]
    if unknown:
        remedy = f"{unknown:,} are uncertain: `newsletter issue resend {slug} --uncertain`, who may get a second copy"
        return ConflictError("nobody was refused", where=f"issue {slug}", remedy=remedy)
    return ConflictError("nobody was refused and nothing is uncertain: nobody is left", where=f"issue {slug}")


def drop_cancelled(database: Database, *, clock: Clock) -> int:
    """Skip what cancelled issues still have waiting; return how many deliveries. The scheduler calls it again and again."""
    now = clock.now()
    with database.write() as session:
        return sum(_drop(session, issue_id, now) for issue_id in progress.cancelled_with_work(session))


def _drop(session: Session, issue_id: int, now: datetime) -> int:
    waiting = batches.drop_waiting(session, issue_id)
    skipped = sum(deliveries.skip_open(session, batch, CANCELLED, now) for batch in waiting)
    counting.count_skipped(session, [counting.UNGROUPED] * skipped, now)
    return skipped


def _move(database: Database, publication: str, slug: str, wanted: IssueState, **values: object) -> int:
    """Move an issue and return its id."""
    with database.write() as session:
        issue = progress.locked_issue_of(session, publication, slug)
        check_issue_move(issue.state, wanted)
        progress.move_issue(session, issue.id, issue.state, wanted, **values)
    return issue.id
