"""After a crash: replay journals of dead workers, take back expired leases, resend what policy says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery import holding_back, reopening
from newsletter.delivery.clock_skew import ClockSkew
from newsletter.delivery.reopening import Heard, Settling
from newsletter.delivery.retrying import RetryPolicy
from newsletter.errors import NewsletterError
from newsletter.journal import Fates, orphans
from newsletter.mail.envelope import Outcome, Unknown, Unsent
from newsletter.model import Batch
from newsletter.model.states import DeliveryState, IssueState
from newsletter.store.database import Database
from newsletter.store.delivery import batches, deliveries, progress
from newsletter.store.issues import issues

log = structlog.get_logger(__name__)

LOOK_EVERY = 10.0
"""Seconds between two looks for what the policy `resend` sends again."""
JOURNALLED = "journal"
"""Stands as the transport of attempts that were read from a journal."""
MACHINE_DOWN = "the machine went down while the message may have been on its way"
NO_JOURNAL = "the worker ended while sending, and left no journal here"
CUT_OFF = "the worker ended after the message was written and before the reply was read"


@dataclass
class Sweeper:
    """What puts a host and the ledger in order again. Safe to run at any time, in any number of processes."""

    database: Database
    clock: Clock
    journal: Path
    policy: RetryPolicy
    skew: ClockSkew
    _next_look: float = field(default=float("-inf"), init=False)

    @property
    def _settling(self) -> Settling:
        return Settling(self.policy, JOURNALLED)

    def sweep_journals(self) -> int:
        """Replay the journals that dead workers of this host left; return how many."""
        swept: set[tuple[int, int]] = set()
        failed: set[tuple[int, int]] = set()
        while not self._sweep(swept, failed):
            pass
        return len(swept - failed)

    def _sweep(self, swept: set[tuple[int, int]], failed: set[tuple[int, int]]) -> bool:
        """Replay journals up to one that cannot be; False when there was one: it stays, and the others have their turn."""
        for fates in orphans(self.journal, besides=failed):
            claim = (fates.batch_id, fates.fence)
            swept.add(claim)
            try:
                self._replay(fates)
            except NewsletterError:
                raise  # the database is gone, for all of them
            except Exception:
                log.exception("cannot replay a journal for a reason nobody foresaw", batch_id=fates.batch_id)
                failed.add(claim)
                return False
        return True

    def take_back_expired(self) -> int:
        """Release batches whose lease ran out; what was being sent and has no journal here is uncertain. Return how many."""
        now, abandoned = self.clock.now(), self.skew.abandoned()
        with self.database.write() as session:
            expired = batches.expired(session, now, abandoned=abandoned)
            for batch in expired:
                self._give_up(session, batch)
        return len(expired)

    def resend_uncertain(self, *, policy: str, after: timedelta) -> int:
        """Put uncertain deliveries of issues under the policy `resend` back in the queue; return how many.

        Waits `after`, in which a journal may still tell; gives up where `progress.resend` does; looks at most every ten seconds, for it reads
        every delivery of such an issue.
        """
        if self.clock.monotonic() < self._next_look:
            return 0
        self._next_look = self.clock.monotonic() + LOOK_EVERY
        now = self.clock.now()
        with self.database.write() as session:
            waiting = progress.issues_with_policy(session, "resend", default=policy)
            return sum(self._resend(session, issue_id, now - after, now) for issue_id in waiting)

    def _resend(self, session: Session, issue_id: int, before: datetime, now: datetime) -> int:
        if issues.lock(session, issue_id) != IssueState.SENDING:
            return 0  # it was finished, paused or cancelled meanwhile
        ids = progress.resend(session, issue_id, before=before, now=now, max_age=self.policy.max_age)
        reopening.reopen_around(session, issue_id, ids, now)
        if ids:
            log.info("resending what is uncertain", issue_id=issue_id, deliveries=len(ids))
        return len(ids)

    def _replay(self, fates: Fates) -> None:
        with self.database.write() as session:
            settled = self._settling.settle_late(
                session,
                fates.batch_id,
                fates.fence,
                lambda delivery_id: _fate(delivery_id, fates),
                now=self.clock.now(),
            )
        if holding_back.may_be_late(fates.heard.values()):
            self._hold_late(fates.batch_id)
        log.info("replayed a journal", batch_id=fates.batch_id, deliveries=settled, heard=len(fates.heard))

    def _hold_late(self, batch_id: int) -> None:
        with self.database.read() as session:
            issue_id = batches.issue_of(session, batch_id)
        if issue_id is not None:  # else it was deleted
            holding_back.hold_late(self.database, issue_id, began=None, now=self.clock.now())

    def _give_up(self, session: Session, batch: Batch) -> None:
        now = self.clock.now()
        left = dict(deliveries.submitting_of(session, batch, batch.fence, [DeliveryState.SUBMITTING]))
        outcomes = dict.fromkeys(left, Unknown(NO_JOURNAL))
        self._settling.settle(session, batch, batch.fence, Heard(outcomes, left), now=now)
        batches.release(session, batch.id, batch.fence, due_at=batches.next_due(session, batch, now))
        log.warning("a lease ran out", batch_id=batch.id, holder=batch.holder, uncertain=len(left))


def _fate(delivery_id: int, fates: Fates) -> Outcome:
    if delivery_id in fates.heard:
        return fates.heard[delivery_id]
    if delivery_id in fates.written:
        return Unknown(CUT_OFF)
    return Unsent() if fates.complete else Unknown(MACHINE_DOWN)
