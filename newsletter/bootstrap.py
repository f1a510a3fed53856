"""The fuse box: the only place where parts are chosen and wired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import structlog

from newsletter import pacing, private_files, resources, signing_keys
from newsletter import queue as queues
from newsletter.accounts.audit_trail import AuditRounds
from newsletter.accounts.passwords import Passwords
from newsletter.accounts.sign_in import SignIn
from newsletter.audience.answering import Answering
from newsletter.audience.invitation_mail import Inviting
from newsletter.audience.invitation_rounds import InvitationRounds
from newsletter.audience.sign_up_rounds import SignUpRounds
from newsletter.clock import Clock, SystemClock
from newsletter.config import Settings, load
from newsletter.delivery.alarming import Alarms
from newsletter.delivery.engine import Engine
from newsletter.errors import InputError, StoreError
from newsletter.feedback.guarded_reading import GuardedReader
from newsletter.feedback.handling import Finding, Handler
from newsletter.feedback.links import LinkShelf
from newsletter.feedback.loops import Loops
from newsletter.feedback.rounds import Rounds
from newsletter.feedback.telling import Teller
from newsletter.feedback.tracking import EventBuffer
from newsletter.feedback.webhook_tokens import use_once
from newsletter.issues.deleting import BinRounds
from newsletter.logs import outage
from newsletter.pacing import Buckets
from newsletter.precedence import Precedence
from newsletter.queue import Queue
from newsletter.rendering.renderer import Renderer
from newsletter.signing_keys import Role, SigningKeys
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.base import Transport
from newsletter.transports.by_url import transport_of

if TYPE_CHECKING:
    from newsletter.transports.providers.registry import WebhookReader

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Parts:
    """Everything a door may hand to a room. Each part is made when first asked for, once per process."""

    settings: Settings
    clock: Clock
    processes: int = 1  # that send on this machine
    role: Role = Role.SERVICE  # which says what keys it holds

    @cached_property
    def database(self) -> Database:
        """The ledger."""
        # No longer than a lease: who is stopped beyond it holds neither batches nor rows.
        return Database(self.settings.database, idle_seconds=self.settings.lease_seconds)

    @cached_property
    def queue(self) -> Queue:
        """The doorbell."""
        return queues.connect(self.settings.redis_url)

    @cached_property
    def signer(self) -> Signer:
        """Maker and reader of the tokens of this role. Raises InputError when the given keys are not enough for it."""
        return Signer.of_keys(_keys(self.settings, self.role))

    @cached_property
    def renderer(self) -> Renderer:
        """From documents to outputs."""
        return Renderer(resources.TEMPLATES)

    @cached_property
    def buckets(self) -> Buckets:
        """Token buckets for pacing and limits."""
        return pacing.connect(self.settings.redis_url, self.clock, self.processes)

    @cached_property
    def passwords(self) -> Passwords:
        """What makes and checks hashes of passwords, a few at a time."""
        return Passwords()

    @cached_property
    def sign_in(self) -> SignIn:
        """What lets editors in."""
        return SignIn(self.database, self.clock, self.buckets, self.passwords)

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

    @cached_property
    def alarms(self) -> Alarms:
        """What tells of what stands."""
        url = self.settings.alert_url.get_secret_value()
        if not url:
            return Alarms(self.database, self.clock)
        from newsletter.transports.alert_hook import AlertHook  # late: httpx is not for those who send by SMTP

        return Alarms(self.database, self.clock, AlertHook(url))

    def _slow_down(self, seconds: float) -> None:
        """A provider asked us to wait: every worker does."""
        try:
            self.engine.throttle.slow_down(self.transport.name, seconds)
        except StoreError as error:
            log.warning("cannot tell the other workers to wait", seconds=seconds, error=str(error), **outage(error))

    @cached_property
    def engine(self) -> Engine:
        """What sends, recovers and schedules."""
        return Engine(
            self.settings,
            self.database,
            self.clock,
            self.queue,
            self.signer,
            self.transport,
            self.buckets,
            self.renderer,
            self.precedence,
            self.processes,
            lambda: self.alert_transport,
        )

    @cached_property
    def precedence(self) -> Precedence:
        """What lets pages go before mail."""
        return Precedence(self.clock)

    @cached_property
    def report_reader(self) -> GuardedReader:
        """What reads reports, in a process of its own."""
        return GuardedReader(verifies=bool(self.settings.trusted_loops))

    @cached_property
    def reports(self) -> Handler:
        """What reads, locates and applies a report."""
        return Handler(
            self.database,
            self.clock,
            self.signer,
            read=self.report_reader.read,
            leave_address=self.settings.leave_address,
            read_webhook=self._webhook_findings,
            loops=self._loops(),
        )

    def _loops(self) -> Loops:
        trusted = self.settings.trusted_loops
        if not trusted:
            return Loops()
        from newsletter.dns import Lookups  # late: only those ask who have loops

        return Loops(trusted, Lookups(self.settings.nameserver), self.report_reader.verify)

    @cached_property
    def webhook_readers(self) -> dict[str, WebhookReader]:
        """Readers of the providers that have a secret, by name."""
        secrets = self.settings.secret_of_provider
        if not secrets:
            return {}
        from newsletter.transports.providers import registry as providers

        return providers.readers(secrets, self._fetch, partial(use_once, self.database, self.clock))

    @cached_property
    def fetcher(self) -> Callable[[str], bytes]:
        """What gets a certificate, or answers a provider that asks to confirm its webhooks: no redirects, 64 KB, 5 s."""
        from newsletter.fetch import Fetcher, Limits  # late: httpx is not for those who send by SMTP

        return Fetcher(Limits(octets=64 * 1024, seconds=5.0, redirects=0), clock=self.clock)

    def _fetch(self, url: str) -> bytes:
        return self.fetcher(url)

    def _webhook_findings(self, source: str, body: bytes) -> Sequence[Finding] | None:
        from newsletter.feedback.webhooks import WebhookFindings  # late: httpx is not for those who send by SMTP

        return WebhookFindings(self.webhook_readers, self._fetch)(source, body)

    @cached_property
    def events(self) -> EventBuffer:
        """Opens and clicks on their way to the ledger."""
        return EventBuffer(self.database, self.clock, self.settings.data_dir / "events")

    @cached_property
    def links(self) -> LinkShelf:
        """Where numbered links lead."""
        return LinkShelf(self.database, self.clock, base_url=self.settings.base_url)

    @cached_property
    def sign_ups(self) -> Answering:
        """What answers sign-ups."""
        tools = (self.database, self.clock, self.queue, self.signer, self.renderer, self.buckets)
        return Answering(*tools, self.settings.base_url, self.settings.sign_ups_per_hour)

    @cached_property
    def sign_up_rounds(self) -> SignUpRounds:
        """What the scheduler does for sign-ups."""
        return SignUpRounds(self.database, self.clock, self.queue)

    @cached_property
    def inviting(self) -> Inviting:
        """What writes the mails that ask people of an imported list."""
        return Inviting(self.database, self.clock, self.queue, self.signer, self.renderer, self.settings.base_url)

    @cached_property
    def feedback_rounds(self) -> Rounds:
        """What the scheduler does for feedback."""
        teller = Teller(self.database, self.clock, self.queue, self.renderer, self.settings.base_url)
        return Rounds(self.database, self.clock, self.queue, self.reports.policy, teller)

    @cached_property
    def bin_rounds(self) -> BinRounds:
        """What the scheduler does for drafts that were deleted."""
        return BinRounds(self.database, self.clock)

    @cached_property
    def audit_rounds(self) -> AuditRounds:
        """What the scheduler does for the audit trail."""
        return AuditRounds(self.database, self.clock, self.settings.audit_days)

    @property
    def rounds(self) -> tuple[Callable[[], None], ...]:
        """What other rooms do after each round of the scheduler."""
        inviting = InvitationRounds(self.database, self.clock, self.queue, self.settings.invitations_per_hour)
        own = (self.alarms, self.feedback_rounds, self.sign_up_rounds, inviting, self.bin_rounds, self.audit_rounds)
        return tuple(each.go for each in own)

    def close(self) -> None:
        """Close what was opened."""
        opened = self.__dict__
        for name in ("events", "report_reader", "transport", "alert_transport", "buckets", "queue", "database"):
            if opened.get(name) is not None:
                opened[name].close()


def wire(
    settings: Settings | None = None,
    clock: Clock | None = None,
    *,
    processes: int = 1,
    role: Role = Role.SERVICE,
) -> Parts:
    """Return the parts of this process, one of `processes` that send here. Raises InputError when a setting is wrong."""
    return Parts(settings or load(), clock or SystemClock(), processes, role)


def secrets_by_number(settings: Settings) -> dict[int, bytes]:
    """Return the secret that signs and, behind it, those that only read, by key id. Makes one when there is none."""
    return {settings.secret_key_id: secret_key(settings), **settings.previous_secrets}


def _keys(settings: Settings, role: Role) -> SigningKeys:
    """The keys that a role needs: a part of those that were given, or derived from the secret, which is not kept."""
    purposes = signing_keys.PURPOSES[role]
    if not purposes:
        return {settings.secret_key_id: {}}
    given = settings.given_keys
    if not given:
        return signing_keys.derive_all(secrets_by_number(settings), purposes)
    if lacking := signing_keys.lacking(given, purposes):
        raise InputError(
            f"these keys are not enough for this process: {', '.join(sorted(lacking))} is not among them",
            where="NEWSLETTER_SIGNING_KEYS",
            remedy=f"`newsletter keys derive {role}`, where the secret key is",
        )
    return signing_keys.narrow(given, purposes)


def secret_key(settings: Settings) -> bytes:
    """Return the signing secret: the setting, or one made on first use and kept under `DATA_DIR` (mode 0600)."""
    given = settings.secret_key.get_secret_value()
    if given:
        return given.encode()
    path = settings.data_dir / "secret_key"
    if not path.exists():
        private_files.keep(path, signing_keys.new_secret().encode())
    return path.read_bytes()
