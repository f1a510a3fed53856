"""The engine of one process: what sends, what recovers, and what the scheduler does each round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.delivery import planning, progress, ringing
from newsletter.delivery.auto_pause import Judge
from newsletter.delivery.claims import Claims
from newsletter.delivery.clock_skew import ClockSkew
from newsletter.delivery.control import Control
from newsletter.delivery.fitness import Fitness
from newsletter.delivery.heartbeats import Pulse
from newsletter.delivery.lookout import Lookout
from newsletter.delivery.notices import NoticeSender
from newsletter.delivery.pace.throttling import Throttle
from newsletter.delivery.recovery import Sweeper
from newsletter.delivery.sending import Sender
from newsletter.delivery.stepping_aside import CLOCK, JOURNAL, WAY
from newsletter.errors import NewsletterError
from newsletter.holder import holder, is_gone
from newsletter.logs import outage
from newsletter.queue import Queue
from newsletter.store.database import Database
from newsletter.store.delivery import leases

log = structlog.get_logger(__name__)

SCHEDULER = leases.SCHEDULER
SCHEDULER_LEASE = timedelta(seconds=10)


@dataclass(frozen=True)
class Engine:
    """Sends batches and notices, recovers after crashes, and plans, rings and finishes issues; its parts are wired by the fuse box."""

    settings: Settings
    database: Database
    clock: Clock
    queue: Queue
    claims: Claims
    fitness: Fitness
    throttle: Throttle
    sender: Sender
    notice_sender: NoticeSender
    judge: Judge
    sweeper: Sweeper
    clock_skew: ClockSkew
    control: Control
    lookout: Lookout
    worker_pulse: Pulse
    scheduler_pulse: Pulse

    def tick(self) -> bool:
        """Do one round of the scheduler; False when another process is the scheduler, or became it meanwhile.

        Safe to run twice at once: each step moves rows by compare-and-swap. Raises StoreError.
        """
        if CLOCK in self.fitness.looks and not self.fitness.able(besides=(JOURNAL, WAY)):
            return False  # what is due, and what has run out, is for those to say whose clock is right
        held_at = float("-inf")
        for step in self._steps():
            # Planning a large issue may outlast the lease: who lost it leaves the rest of the round to the new holder.
            if self.clock.monotonic() - held_at >= SCHEDULER_LEASE.total_seconds() / 2:
                held_at = self.clock.monotonic()
                if not self._leads():
                    return False
            _guarded(step)
        return True

    def _steps(self) -> tuple[Callable[[], object], ...]:
        """What a round does, in this order; a step that fails keeps no other from its turn."""
        return (
            self._plan,
            self.clock_skew.mend,
            self.sweeper.sweep_journals,
            self.sweeper.take_back_expired,
            self._resend,
            self.judge.look,
            self.judge.look_at_sent,
            self._ring_batches,
            self._ring_notices,
            self._drop_cancelled,
            self._finish,
            self.lookout.look,
        )

    def _leads(self) -> bool:
        now = self.clock.now()
        with self.database.write() as session:
            before = leases.held_by(session, SCHEDULER, now)
            if is_gone(before):  # killed a moment ago, on this machine: nobody need wait for its lease
                leases.give_up(session, SCHEDULER, before, now - SCHEDULER_LEASE)
            return leases.hold(session, SCHEDULER, holder(), now, now + SCHEDULER_LEASE)

    def _plan(self) -> None:
        planning.plan_due(self.database, clock=self.clock, batch_size=self.settings.batch_size)

    def _resend(self) -> None:
        after = timedelta(seconds=2 * self.settings.lease_seconds)
        self.sweeper.resend_uncertain(policy=self.settings.uncertain, after=after)

    def _ring_batches(self) -> None:
        room = self.throttle.gate.room(ringing.DEPTH)
        if room:
            ringing.ring_batches(self.database, clock=self.clock, queue=self.queue, depth=room)

    def _ring_notices(self) -> None:
        ringing.ring_notices(self.database, clock=self.clock, queue=self.queue)

    def _drop_cancelled(self) -> None:
        self.control.drop_cancelled()

    def _finish(self) -> None:
        progress.finish_sent(
            self.database, clock=self.clock, uncertain=self.settings.uncertain, max_age=self.sweeper.policy.max_age
        )


def _guarded(step: Callable[[], object]) -> None:
    # One step that fails (a database that is gone, an issue that cannot be judged) must not keep the others from running.
    name = getattr(step, "__name__", "step").lstrip("_")
    try:
        step()
    except NewsletterError as error:
        log.warning("scheduler step failed", step=name, error=str(error), **outage(error))
    except Exception:
        log.exception("scheduler step failed for a reason nobody foresaw", step=name)
