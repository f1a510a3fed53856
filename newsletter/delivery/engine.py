"""The engine of one process: what sends, what recovers, and what the scheduler does each round."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import structlog

from newsletter.clock import Clock, SystemClock
from newsletter.config import Settings
from newsletter.delivery import planning, progress, ringing
from newsletter.delivery.auto_pause import Judge, rules
from newsletter.delivery.claims import Claims
from newsletter.delivery.clock_skew import ClockSkew, see_clock
from newsletter.delivery.composing import EditionComposers
from newsletter.delivery.control import Control
from newsletter.delivery.fitness import Fitness, FitnessCheck
from newsletter.delivery.heartbeats import Pulse
from newsletter.delivery.known_keys import KnownKeys
from newsletter.delivery.lookout import Lookout
from newsletter.delivery.notices import NoticeSender
from newsletter.delivery.pace.throttling import Throttle, throttle_of
from newsletter.delivery.recovery import Sweeper
from newsletter.delivery.reopening import Settling
from newsletter.delivery.retrying import JITTER, RetryPolicy
from newsletter.delivery.sending import Sender
from newsletter.delivery.signing import Signing
from newsletter.delivery.stepping_aside import CLOCK, JOURNAL, WAY, SteppingAside
from newsletter.delivery.trying_first import FirstTries
from newsletter.delivery.watching import Watches
from newsletter.delivery.welcoming import Welcoming
from newsletter.errors import NewsletterError
from newsletter.holder import holder, is_gone
from newsletter.journal import see_writable
from newsletter.keyring import Keyring
from newsletter.logs import outage
from newsletter.mail.receivers import OTHER
from newsletter.model import Notice, Publication
from newsletter.pacing import Buckets
from newsletter.page_priority import PagePriority
from newsletter.queue import Queue
from newsletter.rendering.renderer import NoticeRendering, Renderer
from newsletter.signing_keys import ProcessRole
from newsletter.store.database import Database
from newsletter.store.delivery import leases
from newsletter.tokens import Signer
from newsletter.transports.base import Transport

log = structlog.get_logger(__name__)

SCHEDULER = leases.SCHEDULER
SCHEDULER_LEASE = timedelta(seconds=10)


@dataclass(frozen=True)
class Engine:
    """Sends batches and notices, recovers after crashes, and plans, rings and finishes issues."""

    settings: Settings
    database: Database
    clock: Clock
    queue: Queue
    signer: Signer
    transport: Transport
    buckets: Buckets
    renderer: Renderer
    page_priority: PagePriority
    keyring: Keyring
    letters: EditionComposers
    processes: int  # that send on this machine and share its processors
    second: Callable[[], Transport | None]  # another way, for alerts
    account: Callable[[Notice, Publication], NoticeRendering | None] = lambda *_: None  # writes mails about accounts

    @cached_property
    def claims(self) -> Claims:
        """The batches this process holds."""
        return Claims(self.database, self.clock, holder=holder(), lease_seconds=self.settings.lease_seconds)

    @property
    def policy(self) -> RetryPolicy:
        """How long a deferred delivery is tried."""
        first, age = timedelta(seconds=self.settings.retry_seconds), timedelta(hours=self.settings.max_age_hours)
        return RetryPolicy(first_wait=first, max_age=age)

    @cached_property
    def signing(self) -> Signing:
        """What signs mail with DKIM, for domains that have keys."""
        threads = (os.cpu_count() or 1) // self.processes
        known = KnownKeys(self.database, self.clock, self.settings.dkim_folder)
        return Signing(self.keyring, self.clock, self.transport.name, threads, 2 * self.settings.connections, known)

    @cached_property
    def throttle(self) -> Throttle:
        """What says how much may go now."""
        return throttle_of(self.settings, self.database, self.clock, self.buckets, self.transport.name)

    @cached_property
    def judge(self) -> Judge:
        """What pauses an issue that does harm, or that a server refuses."""
        return Judge(
            self.database,
            self.clock,
            self.queue,
            self.renderer,
            rules(self.settings),
            self.settings.base_url,
        )

    @cached_property
    def sender(self) -> Sender:
        """What sends a batch."""
        return Sender(
            database=self.database,
            clock=self.clock,
            letters=self.letters,
            transport=self.transport,
            signing=self.signing,
            throttle=self.throttle,
            claims=self.claims,
            aside=self._aside(),
            settling=Settling(self.policy, self.transport.name),
            page_priority=self.page_priority,
            judge=self.judge,
            watches=Watches(self.clock, self._place),
            first_tries=FirstTries(self.database, self.clock),
        )

    def _aside(self) -> SteppingAside:
        return SteppingAside(
            self.database, self.clock, self.fitness, self.letters, self.claims, self.sweeper, self.settings.journal
        )

    @cached_property
    def fitness(self) -> Fitness:
        """What tells whether this process can work."""
        looks = {
            JOURNAL: FitnessCheck(lambda: see_writable(self.settings.journal)),
            WAY: FitnessCheck(self.transport.find, again=False),
        }
        if isinstance(self.clock, SystemClock):  # one that is set by hand tells no machine's time
            lease = timedelta(seconds=self.settings.lease_seconds)
            looks[CLOCK] = FitnessCheck(lambda: see_clock(self.database, self.clock, lease))
        return Fitness(self.clock, looks)

    @cached_property
    def worker_pulse(self) -> Pulse:
        """What says that this process lives as a worker."""
        return Pulse(self.database, self.clock, ProcessRole.WORKER, self.claims)

    @cached_property
    def scheduler_pulse(self) -> Pulse:
        """What says that this process lives as a scheduler."""
        return Pulse(self.database, self.clock, ProcessRole.SCHEDULER)

    def _place(self, domain: str) -> str:
        """Who decides about mail to a domain: the company of its group, or itself."""
        group = self.throttle.groups.of(domain)
        return domain if group == OTHER else group

    @cached_property
    def notice_sender(self) -> NoticeSender:
        """What sends a notice."""
        return NoticeSender(
            self.database,
            self.clock,
            self.signer,
            self.transport,
            self.signing,
            self.throttle.gate,
            self._welcoming,
            self.fitness,
            self.settings.return_path_domain,
            self.settings.base_url,
            self.account,
            self.second,
        )

    @property
    def _welcoming(self) -> Welcoming:
        settings = self.settings
        return Welcoming(
            self.database, self.clock, self.signer, self.renderer, settings.base_url, settings.leave_address
        )

    @cached_property
    def lookout(self) -> Lookout:
        """What tells when nobody works on what is due."""
        return Lookout(self.database, self.clock, self.queue, self.renderer, self.settings.base_url)

    @cached_property
    def sweeper(self) -> Sweeper:
        """What puts things in order after a crash."""
        return Sweeper(self.database, self.clock, self.settings.journal, self.policy, self.clock_skew)

    @cached_property
    def clock_skew(self) -> ClockSkew:
        """What undoes the waits that a wrong clock began."""
        longest = self.policy.longest_wait * (1 + JITTER)
        return ClockSkew(self.database, self.clock, timedelta(seconds=self.settings.lease_seconds), longest)

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
        Control(self.database, self.clock).drop_cancelled()

    def _finish(self) -> None:
        progress.finish_sent(
            self.database, clock=self.clock, uncertain=self.settings.uncertain, max_age=self.policy.max_age
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
