"""Settle what becomes known after a claim was given up, and let whoever has work again go on.

A worker that outlasts its lease, a journal that is found late, an editor or a policy that resends: each may put a delivery
back in the queue when its batch is finished already, and its issue sent. Then both are opened in the same transaction, with
the issue locked before the batch: an issue that is being finished at that moment waits, or is waited for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import structlog
from sqlalchemy.orm import Session

from newsletter.delivery import counting
from newsletter.delivery.auto_pause import tally
from newsletter.delivery.outcomes import NAMES, settler
from newsletter.delivery.refusals import Past, judge, suspicious
from newsletter.delivery.retrying import RetryPolicy
from newsletter.delivery.watching import Watch
from newsletter.mail.envelope import Outcome, Unknown
from newsletter.model import Batch
from newsletter.model.actor import SCHEDULER, Actor
from newsletter.model.states import DeliveryState, IssueState
from newsletter.store.delivery import batches, circuit_breaker, deliveries, progress
from newsletter.store.delivery import outcomes as outcome_rows
from newsletter.store.delivery.batches import Claimed
from newsletter.store.issues import issues

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of deliveries, by id: their outcomes, how often each was tried before, and when its answer came where that is known."""

    outcomes: Mapping[int, Outcome]
    attempts: Mapping[int, int]
    moments: Mapping[int, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settling:
    """The tools of settling: how long a delivery is tried, and the name of the way whose answers these are."""

    policy: RetryPolicy
    transport: str

    def settle_late(
        self,
        session: Session,
        batch_id: int,
        fence: int,
        fate: Callable[[int], Outcome],
        *,
        now: datetime,
        moments: Mapping[int, datetime] = MappingProxyType({}),
    ) -> int:
        """Settle what claim `fence` left open or uncertain by its `fate`, give the batch back if it is still that claim's, and
        reopen it if it is not; return how many were settled.
        """
        batch = batches.locked(session, batch_id)
        if batch is None:
            return 0
        told = _told(session, batch, fence, fate)
        before = {delivery_id: attempts for delivery_id, (_, attempts) in told.items()}
        outcomes = _judged(session, batch, {delivery_id: outcome for delivery_id, (outcome, _) in told.items()}, before)
        self.settle(session, batch, fence, Heard(outcomes, before, moments), now=now)
        # In the transaction that takes these deliveries out of the states `_told` reads: a second replay of the same
        # journal (the process may die before the file is gone) finds none of them, and counts nothing twice.
        circuit_breaker.add_answers(session, batch.id, tally(outcomes.values()))
        batches.release(session, batch.id, fence, due_at=batches.next_due(session, batch, now))
        reopen(session, batch, now)
        return len(outcomes)

    def settle(self, session: Session, batch: Batch, fence: int, heard: Heard, *, now: datetime) -> None:
        """Write outcomes of claim `fence`, and keep as attempts those that did not go through."""
        facts = progress.facts_of(session, batch.issue_id)
        if facts is None or not heard.outcomes:
            return
        chance = random.Random(f"{batch.id} {fence}")  # noqa: S311 - jitter, not a secret
        settled_by = settler(now, planned_at=facts.planned_at, policy=self.policy, chance=chance)
        settled = [settled_by(i, heard.attempts[i], outcome) for i, outcome in heard.outcomes.items()]
        outcome_rows.settle(session, settled, fence, now, heard.moments)
        kept = {i: NAMES[type(o)] for i, o in heard.outcomes.items() if type(o) in NAMES}
        outcome_rows.add_attempts(session, settled, kept, self.transport, now)
        counting.count_settled(session, settled, now)


def past_of(session: Session, batch: Batch | Claimed) -> Past:
    """Return what the ledger knows of a batch that bears on refusals."""
    held = outcome_rows.held_of(session, batch.first_delivery_id, batch.last_delivery_id)
    reached = progress.has_reached(session, batch.issue_id)
    since = bool(held) and reached and progress.has_reached(session, batch.issue_id, min(held.values()))
    return Past(frozenset(held), reached, since)


def _judged(
    session: Session, batch: Batch, outcomes: dict[int, Outcome], attempts: Mapping[int, int]
) -> dict[int, Outcome]:
    """Hold the readers whose answers were about us; what follows for way out and issue is left to whoever meets it next."""
    if not suspicious(outcomes):
        return outcomes
    watch = Watch()
    for number, (delivery_id, outcome) in enumerate(outcomes.items(), 1):
        watch.heard(delivery_id, outcome, number)
    return judge(outcomes, attempts, watch.blame, past_of(session, batch)).outcomes


def reopen(session: Session, batch: Batch, now: datetime) -> None:
    """Let a locked batch go on if a delivery of it has work after all, and its issue, too, if it was sent."""
    due_at = batches.next_due(session, batch, now)
    if due_at is not None and batches.reopen(session, batch.id, due_at):
        _send_on(session, batch.issue_id, now, SCHEDULER)


def requeue(
    session: Session,
    issue_id: int,
    states: Sequence[DeliveryState],
    *,
    before: datetime,
    now: datetime,
    by: Actor = SCHEDULER,
) -> int:
    """Put the deliveries of a locked issue that stand so back in the queue and open their batches, and it; return how many."""
    ids = deliveries.requeue(session, issue_id, states, before, now)
    reopen_around(session, issue_id, ids, now, by)
    return len(ids)


def reopen_around(
    session: Session, issue_id: int, delivery_ids: Sequence[int], now: datetime, by: Actor = SCHEDULER
) -> None:
    """Let the batches of a locked issue go on that hold these deliveries, and the issue, too, if it was sent."""
    if delivery_ids:
        batches.reopen_around(session, issue_id, delivery_ids, now)
        _send_on(session, issue_id, now, by)


def _send_on(session: Session, issue_id: int, now: datetime, by: Actor) -> None:
    # One that is paused or cancelled stays so: its batches wait to be resumed, or to be dropped.
    if issues.move(session, issue_id, IssueState.SENT, IssueState.SENDING, by=by, at=now, values={"finished_at": None}):
        log.warning("an issue that was sent is sent on: some deliveries have work after all", issue_id=issue_id)


def _told(session: Session, batch: Batch, fence: int, fate: Callable[[int], Outcome]) -> dict[int, tuple[Outcome, int]]:
    """What is news to the ledger: outcome and attempts before, by delivery id."""
    told = {}
    for state in (DeliveryState.SUBMITTING, DeliveryState.UNCERTAIN):
        for delivery_id, attempts in deliveries.submitting_of(session, batch, fence, [state]):
            outcome = fate(delivery_id)
            if state is DeliveryState.SUBMITTING or not isinstance(outcome, Unknown):  # it is uncertain already
                told[delivery_id] = (outcome, attempts)
    return told
