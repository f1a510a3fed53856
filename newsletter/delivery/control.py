"""What an editor may do to an issue that is on its way: pause, resume, cancel, send it to those who never got it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.delivery import counting, holding_back, reopening
from newsletter.delivery.pace.circuit_breaker import REFUSES
from newsletter.errors import ConflictError
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import WAYS_ON, DeliveryState, IssueState
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.delivery import batches, circuit_breaker, deliveries, first_tries, old_deliveries, progress
from newsletter.store.issues import issues

log = structlog.get_logger(__name__)

RESENDING = frozenset({IssueState.SENDING, IssueState.PAUSED, IssueState.SENT})
"""States in which an issue can be sent to those who never got it."""
CANCELLED = "the issue was cancelled"


@dataclass(frozen=True)
class Control:
    """The tools of whoever watches an issue go out, put together once per process."""

    database: Database
    clock: Clock

    def pause(self, issue_id: int, *, why: str = "paused by an editor", by: Actor) -> None:
        """Stop handing over messages within a second or so. Raises NotFoundError, ForbiddenError, ConflictError."""
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            _move(session, issue, IssueState.PAUSED, by=by, at=self.clock.now(), values={"paused_why": why})
        log.info("issue paused", issue_id=issue.id, by=str(by))

    def resume(self, issue_id: int, *, by: Actor) -> None:
        """Go on with a paused issue, and try at once a way out that refused us.

        One that paused by itself is judged by what comes after. Raises NotFoundError; ForbiddenError; ConflictError when nothing held it.
        """
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.SEND, issue.publication_id)
            waits = issue.state in (IssueState.PAUSED, IssueState.SENDING) and circuit_breaker.try_now(session, REFUSES)
            if issue.state != IssueState.PAUSED and not waits:
                remedy = WAYS_ON[issue.state]
                raise ConflictError(
                    f"the issue is {issue.state}, not paused", where=f"issue {issue.slug}", remedy=remedy
                )
            if issue.state == IssueState.PAUSED:
                _go_on(session, issue, now, by)
            else:
                _note(session, issue, "issue.try-now", now, by)
        log.info("issue resumed", issue_id=issue.id, by=str(by))

    def cancel(self, issue_id: int, *, by: Actor) -> None:
        """End an issue for good: who has not got it will not. Raises NotFoundError, ForbiddenError, ConflictError."""
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            _move(session, issue, IssueState.CANCELLED, by=by, at=now, values={"finished_at": now})
        log.info("issue cancelled", issue_id=issue.id, by=str(by))
        self.drop_cancelled()

    def resend(self, issue_id: int, *, uncertain: bool = False, by: Actor) -> int:
        """Send an issue to those who never got it: who was refused or given up; with `uncertain` also those of whom nobody knows,
        at the risk of a second copy. Return how many.

        Raises NotFoundError; ForbiddenError; ConflictError when there is nobody, or the issue is not on its way.
        """
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.SEND, issue.publication_id)
            if issue.state not in RESENDING:
                raise ConflictError(
                    f"an issue that is {issue.state} has nothing to resend", where=f"issue {issue.slug}"
                )
            old_deliveries.see_open(session, issue)
            states = [DeliveryState.REJECTED, *([DeliveryState.UNCERTAIN] if uncertain else [])]
            resent = reopening.requeue(session, issue.id, states, before=now, now=now, by=by)
            if not resent:
                raise _nobody_to_resend_to(session, issue.id, issue.slug)
            circuit_breaker.judge_from_now(session, issue.id, now)
            circuit_breaker.age_anew(session, now, issue.id)
            _note(session, issue, "issue.resend", now, by, new=f"{resent:,} deliveries")
        log.info("sent again to those who never got it", issue_id=issue.id, deliveries=resent, by=str(by))
        return resent

    def drop_cancelled(self) -> int:
        """Skip what cancelled issues still have waiting; return how many deliveries. The scheduler calls it again and again."""
        now = self.clock.now()
        with self.database.write() as session:
            return sum(_drop(session, issue_id, now) for issue_id in progress.cancelled_with_work(session))


def _go_on(session: Session, issue: Issue, now: datetime, by: Actor) -> None:
    if issue.paused_why == circuit_breaker.trips_of(session, [issue.id]).get(issue.id):
        # who wrote of them after it had stopped may have died since
        holding_back.hold_rejected(session, issue.id, now)
        circuit_breaker.judge_from_now(session, issue.id, now)
    issues.move(session, issue.id, IssueState.PAUSED, IssueState.SENDING, by=by, at=now, values={"paused_why": ""})
    circuit_breaker.age_anew(session, now, issue.id)
    first_tries.begin_anew(session, issue.id)


def _note(session: Session, issue: Issue, action: str, now: datetime, by: Actor, *, new: str = "") -> None:
    """Write down what moves no issue."""
    subject = audit.Subject("issue", issue.id, issue.slug)
    audit.add(session, by, action, subject, at=now, publication_id=issue.publication_id, new=new)


def _nobody_to_resend_to(session: Session, issue_id: int, slug: str) -> ConflictError:
    unknown = progress.counts(session, issue_id)[DeliveryState.UNCERTAIN]
    if unknown:
        remedy = f"{unknown:,} are uncertain: `newsletter issue resend {slug} --uncertain`, who may get a second copy"
        return ConflictError("nobody was refused", where=f"issue {slug}", remedy=remedy)
    return ConflictError("nobody was refused and nothing is uncertain: nobody is left", where=f"issue {slug}")


def _drop(session: Session, issue_id: int, now: datetime) -> int:
    waiting = batches.drop_waiting(session, issue_id)
    skipped = sum(deliveries.skip_open(session, batch, CANCELLED, now) for batch in waiting)
    counting.count_skipped(session, [counting.UNGROUPED] * skipped, now)
    return skipped


def _move(
    session: Session, issue: Issue, wanted: IssueState, *, by: Actor, at: datetime, values: dict[str, object]
) -> None:
    """Move a locked issue for somebody who may send it."""
    require(by, Right.SEND, issue.publication_id)
    issues.move(session, issue.id, issue.state, wanted, by=by, at=at, values=values)
