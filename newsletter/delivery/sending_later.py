"""One more send of an issue to those who joined since: planned as more batches of the same edition, and nobody gets it twice.

UNIQUE(issue, subscriber) is the law: whoever has a delivery of the issue, whatever became of it, is none of those. The sums are
proven as those of the first plan, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.delivery.control import RESENDING
from newsletter.delivery.planning import PlanError
from newsletter.errors import ConflictError
from newsletter.model import Issue, LaterPlan
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import WAYS_ON, IssueState
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.delivery import circuit_breaker, later_planning, old_deliveries, planning
from newsletter.store.issues import editions, issues
from newsletter.store.publications import publications

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SendingLater:
    """The tools of sending to those who joined since, put together once per process."""

    database: Database
    clock: Clock
    batch_size: int

    def send(self, issue_id: int, *, by: Actor) -> int:
        """Plan an issue for those who joined since, and let it go on if it was sent; return how many there are.

        Raises NotFoundError; ForbiddenError; ConflictError when the issue has not gone out, was rolled up, nobody joined since, or somebody
        else did the same at this moment; PlanError when the sums do not agree. In each case nothing is planned.
        """
        with later_planning.alone(), self.database.write() as session:
            planning.begin_frozen(session)
            planned = self._plan_in(session, issue_id, by)
        log.info("issue planned for those who joined since", issue_id=issue_id, planned=planned, by=str(by))
        return planned

    def plans_of(self, issue_id: int) -> list[LaterPlan]:
        """Return the later plans of an issue, first come first."""
        with self.database.read() as session:
            return list(later_planning.plans_of(session, issue_id))

    def _plan_in(self, session: Session, issue_id: int, by: Actor) -> int:
        now, issue = self.clock.now(), issues.locked(session, issue_id)
        require(by, Right.SEND, issue.publication_id)
        publications.see_open(session, issue.publication_id)
        _see_sendable(issue)
        old_deliveries.see_open(session, issue)
        edition = editions.newest(session, issue.id)
        if edition is None:
            raise PlanError("an issue that went out has no edition", where=f"issue {issue.slug}")
        count = later_planning.count(session, issue, now)
        if not count.planned:
            raise ConflictError(
                "nobody joined since", where=f"issue {issue.slug}", remedy="who has it gets nothing twice"
            )
        first_id = planning.take_ids_in(session, count.planned)
        written = planning.add_deliveries(session, issue, edition, first_id, now, besides=issue.id)
        covered = planning.add_batches(session, issue, edition, first_id, size=self.batch_size, due_at=now)
        if not written == covered == count.planned:
            raise PlanError(f"planned {written}, in batches {covered}, counted {count.planned}: the sums differ")
        later_planning.record(
            session,
            LaterPlan(
                issue_id=issue.id,
                edition_id=edition.id,
                candidates=count.candidates,
                planned=count.planned,
                already=count.already,
                excluded_standing=count.excluded_standing,
                excluded_suppressed=count.excluded_suppressed,
                name=by.shown_as,
                planned_at=now,
            ),
        )
        circuit_breaker.age_anew(session, now, issue.id)
        _go_on(session, issue, by, f"{written:,} who joined since", self.clock)
        return written


def _see_sendable(issue: Issue) -> None:
    if issue.state not in RESENDING:
        what = f"an issue that is {issue.state} is sent to nobody more"
        raise ConflictError(what, where=f"issue {issue.slug}", remedy=WAYS_ON[issue.state])


def _go_on(session: Session, issue: Issue, by: Actor, told: str, clock: Clock) -> None:
    now = clock.now()
    if issue.state is IssueState.SENT:
        values = {"finished_at": None}
        issues.move(session, issue.id, IssueState.SENT, IssueState.SENDING, by=by, at=now, values=values)
    subject = audit.Subject("issue", issue.id, issue.slug)
    audit.add(session, by, "issue.send-to-later", subject, at=now, publication_id=issue.publication_id, new=told)
