"""The parts of the room `delivery`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import structlog

from newsletter.accounts.account_mail import AccountMail
from newsletter.bootstrap.tools import Tools
from newsletter.clock import SystemClock
from newsletter.delivery.alarming import Alarms
from newsletter.delivery.auto_pause import Judge, rules
from newsletter.delivery.claims import Claims
from newsletter.delivery.clock_skew import ClockSkew, see_clock
from newsletter.delivery.composing import EditionComposers
from newsletter.delivery.control import Control
from newsletter.delivery.domain_keys import DomainKeys
from newsletter.delivery.engine import Engine
from newsletter.delivery.fitness import Fitness, FitnessCheck
from newsletter.delivery.heartbeats import Pulse
from newsletter.delivery.known_keys import KnownKeys
from newsletter.delivery.lookout import Lookout
from newsletter.delivery.notices import NoticeSender
from newsletter.delivery.pace.throttling import Throttle, throttle_of
from newsletter.delivery.recovery import Sweeper
from newsletter.delivery.rehearsing import Rehearsing
from newsletter.delivery.reopening import Settling
from newsletter.delivery.retrying import JITTER, RetryPolicy
from newsletter.delivery.sending import Sender
from newsletter.delivery.sending_later import SendingLater
from newsletter.delivery.signing import Signing
from newsletter.delivery.stepping_aside import CLOCK, JOURNAL, WAY, SteppingAside
from newsletter.delivery.trying_first import FirstTries
from newsletter.delivery.watching import Watches
from newsletter.delivery.welcoming import Welcoming
from newsletter.errors import StoreError
from newsletter.holder import holder
from newsletter.journal import see_writable
from newsletter.keyring import Keyring
from newsletter.logs import outage
from newsletter.mail.dkim import Canonicalization
from newsletter.page_priority import PagePriority
from newsletter.signing_keys import ProcessRole
from newsletter.transports.base import Transport
from newsletter.transports.by_url import transport_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DeliveryParts(Tools):
    """What brings issues and notices on their way, each put together once per process."""

    @cached_property
    def transport(self) -> Transport:
        """The way out."""
        return self._way(self.settings.smtp_url or f"maildir:{self.settings.inbox}", "SMTP_URL", self._slow_down)

    def _way(self, url: str, setting: str, on_limit: Callable[[float], None]) -> Transport:
        most, each = self.settings.connections, self.settings.messages_per_connection
        return transport_of(url, setting, clock=self.clock, on_limit=on_limit, connections=most, messages_each=each)

    @cached_property
    def alert_transport(self) -> Transport | None:
        """Another way out, for alerts that the first one does not take; None where there is none."""
        url = self.settings.alert_smtp_url
        return self._way(url, "ALERT_SMTP_URL", lambda _seconds: None) if url else None

    def _slow_down(self, seconds: float) -> None:
        """A provider asked us to wait: every worker does."""
        try:
            self.throttle.slow_down(self.transport.name, seconds)
        except StoreError as error:
            log.warning("cannot tell the other workers to wait", seconds=seconds, error=str(error), **outage(error))

    @cached_property
    def alarms(self) -> Alarms:
        """What tells of what stands."""
        url = self.settings.alert_url.get_secret_value()
        if not url:
            return Alarms(self.database, self.clock)
        from newsletter.transports.alert_hook import AlertHook  # late: httpx is not for those who send by SMTP

        return Alarms(self.database, self.clock, AlertHook(url))

    @cached_property
    def control(self) -> Control:
        """What pauses an issue that is on its way, lets it go on, or ends it."""
        return Control(self.database, self.clock)

    @cached_property
    def rehearsing(self) -> Rehearsing:
        """What rehearses an issue."""
        return Rehearsing(self.database, self.clock, self.queue, self.renderer, self.signer, self.settings)

    @cached_property
    def sending_later(self) -> SendingLater:
        """What sends an issue to those who joined since."""
        return SendingLater(self.database, self.clock, self.settings.batch_size)

    @cached_property
    def domain_keys(self) -> DomainKeys:
        """What makes, uses and retires the keys of domains."""
        return DomainKeys(self.database, self.clock, self.keyring)

    @cached_property
    def keyring(self) -> Keyring:
        """The DKIM keys, as mail is signed with them."""
        return Keyring(self.settings.dkim_folder, Canonicalization(f"relaxed/{self.settings.dkim_body}"))

    @cached_property
    def _letters(self) -> EditionComposers:
        settings = self.settings
        return EditionComposers(
            self.database,
            self.signer,
            base_url=settings.base_url,
            return_domain=settings.return_path_domain,
            leave_address=settings.leave_address,
        )

    @cached_property
    def page_priority(self) -> PagePriority:
        """What lets pages go before mail."""
        return PagePriority(self.clock)

    @cached_property
    def engine(self) -> Engine:
        """What sends, recovers and schedules."""
        return Engine(
            settings=self.settings,
            database=self.database,
            clock=self.clock,
            queue=self.queue,
            claims=self.claims,
            fitness=self.fitness,
            throttle=self.throttle,
            sender=self.sender,
            notice_sender=self.notice_sender,
            judge=self.judge,
            sweeper=self.sweeper,
            clock_skew=self.clock_skew,
            control=self.control,
            lookout=self.lookout,
            worker_pulse=self.worker_pulse,
            scheduler_pulse=self.scheduler_pulse,
        )

    @cached_property
    def claims(self) -> Claims:
        """The batches this process holds."""
        return Claims(self.database, self.clock, holder=holder(), lease_seconds=self.settings.lease_seconds)

    @property
    def _retries(self) -> RetryPolicy:
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
        tools = (self.database, self.clock, self.queue, self.renderer)
        return Judge(*tools, rules(self.settings), self.settings.base_url)

    @cached_property
    def sender(self) -> Sender:
        """What sends a batch."""
        return Sender(
            database=self.database,
            clock=self.clock,
            letters=self._letters,
            transport=self.transport,
            signing=self.signing,
            throttle=self.throttle,
            claims=self.claims,
            aside=self._aside,
            settling=Settling(self._retries, self.transport.name),
            page_priority=self.page_priority,
            judge=self.judge,
            watches=Watches(self.clock, self.throttle.groups.place),
            first_tries=FirstTries(self.database, self.clock),
        )

    @property
    def _aside(self) -> SteppingAside:
        tools = (self.database, self.clock, self.fitness, self._letters, self.claims, self.sweeper)
        return SteppingAside(*tools, self.settings.journal)

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
            AccountMail(self.database, self.clock, self.renderer, self.settings.base_url).write,
            lambda: self.alert_transport,
        )

    @property
    def _welcoming(self) -> Welcoming:
        tools = (self.database, self.clock, self.signer, self.renderer)
        return Welcoming(*tools, self.settings.base_url, self.settings.leave_address)

    @cached_property
    def lookout(self) -> Lookout:
        """What tells when nobody works on what is due."""
        return Lookout(self.database, self.clock, self.queue, self.renderer, self.settings.base_url)

    @cached_property
    def sweeper(self) -> Sweeper:
        """What puts things in order after a crash."""
        return Sweeper(self.database, self.clock, self.settings.journal, self._retries, self.clock_skew)

    @cached_property
    def clock_skew(self) -> ClockSkew:
        """What undoes the waits that a wrong clock began."""
        longest = self._retries.longest_wait * (1 + JITTER)
        return ClockSkew(self.database, self.clock, timedelta(seconds=self.settings.lease_seconds), longest)
