"""After a crash: replay journals of dead workers, take back expired leases, resend what policy says."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery.judging import tally
from newsletter.delivery.outcomes import NAMES, settler
from newsletter.delivery.retrying import RetryPolicy
from newsletter.journal import Fates, orphans
from newsletter.mail.envelope import Outcome, Unknown, Unsent
from newsletter.model import Batch
from newsletter.model.states import DeliveryState
from newsletter.store import batches, breakers, deliveries, progress, settling
from newsletter.store.database import Database

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
    _next_look: float = field(default=float("-inf"), init=False)

    def sweep_journals(self) -> int:
        """Replay the journals that dead workers of this host left; return how many."""
        swept = 0
        for fates in orphans(self.journal):
            self._replay(fates)
            swept += 1
        return swept

    def take_back_expired(self) -> int:
        """Release batches whose lease ran out; what was being sent and has no journal here is uncertain. Return how many."""
        now = self.clock.now()
        with self.database.write() as session:
            expired = batches.expired(session, now)
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
            issues = progress.issues_with_policy(session, "resend", default=policy)
            return sum(self._resend(session, issue_id, now - after, now) for issue_id in issues)

    def _resend(self, session: Session, issue_id: int, before: datetime, now: datetime) -> int:
        ids = progress.resend(session, issue_id, before=before, now=now, max_age=self.policy.max_age)
        if ids:
            batches.reopen_around(session, issue_id, ids, now)
            log.info("resending what is uncertain", issue_id=issue_id, deliveries=len(ids))
        return len(ids)

    def _replay(self, fates: Fates) -> None:
        with self.database.write() as session:
            batch = batches.by_id(session, fates.batch_id)
            if batch is None:
                return
            told = self._told(session, batch, fates)
            outcomes = {delivery_id: outcome for delivery_id, (outcome, _) in told.items()}
            self._settle(session, batch, fates.fence, {i: before for i, (_, before) in told.items()}, outcomes)
            # In the transaction that takes these deliveries out of the states `_told` reads: a second replay of the same
            # journal (this process may die before the file is gone) finds none of them, and counts nothing twice.
            breakers.add_answers(session, batch.id, tally(outcomes.values()))
            due_at = batches.next_due(session, batch, self.clock.now())
            batches.release(session, batch.id, fates.fence, due_at=due_at)
            batches.reopen(session, batch.id, due_at)
        log.info("replayed a journal", batch_id=fates.batch_id, deliveries=len(outcomes), heard=len(fates.heard))

    @staticmethod
    def _told(session: Session, batch: Batch, fates: Fates) -> dict[int, tuple[Outcome, int]]:
        """What the journal adds to the ledger: outcome and attempts before, by delivery id."""
        told = {}
        for state in (DeliveryState.SUBMITTING, DeliveryState.UNCERTAIN):
            for delivery_id, attempts in deliveries.submitting_of(session, batch, fates.fence, [state]):
                outcome = _fate(delivery_id, fates)
                if state is DeliveryState.SUBMITTING or not isinstance(outcome, Unknown):  # it is uncertain already
                    told[delivery_id] = (outcome, attempts)
        return told

    def _give_up(self, session: Session, batch: Batch) -> None:
        left = deliveries.submitting_of(session, batch, batch.fence, [DeliveryState.SUBMITTING])
        self._settle(session, batch, batch.fence, dict(left), {i: Unknown(NO_JOURNAL) for i, _ in left})
        batches.release(session, batch.id, batch.fence, due_at=batches.next_due(session, batch, self.clock.now()))
        log.warning("a lease ran out", batch_id=batch.id, holder=batch.holder, uncertain=len(left))

    def _settle(
        self, session: Session, batch: Batch, fence: int, attempts: dict[int, int], outcomes: dict[int, Outcome]
    ) -> None:
        facts = progress.facts_of(session, batch.issue_id)
        if facts is None or not outcomes:
            return
        now = self.clock.now()
        chance = random.Random(f"{batch.id} {fence}")  # noqa: S311 - jitter, not a secret
        settle = settler(now, planned_at=facts.planned_at, policy=self.policy, chance=chance)
        settled = [settle(i, attempts[i], outcome) for i, outcome in outcomes.items()]
        settling.settle(session, settled, fence, now)
        kept = {i: NAMES[type(o)] for i, o in outcomes.items() if type(o) in NAMES}
        settling.add_attempts(session, settled, kept, JOURNALLED, now)


def requeue_uncertain(session: Session, issue_id: int, *, before: datetime, now: datetime) -> int:
    """Put uncertain deliveries of an issue back in the queue and open their batches; return how many."""
    ids = deliveries.requeue_uncertain(session, issue_id, before, now)
    if ids:
        batches.reopen_around(session, issue_id, ids, now)
    return len(ids)


def _fate(delivery_id: int, fates: Fates) -> Outcome:
    if delivery_id in fates.heard:
        return fates.heard[delivery_id]
    if delivery_id in fates.written:
        return Unknown(CUT_OFF)
    return Unsent() if fates.complete else Unknown(MACHINE_DOWN)
