"""All parts of a process: what a door may hand to a room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from newsletter.accounts.passwords import Passwords
from newsletter.accounts.sealing import Sealer
from newsletter.accounts.sign_in import SignIn
from newsletter.accounts.tools import Accounts
from newsletter.bootstrap.accounts import single_sign_on
from newsletter.bootstrap.audience import AudienceParts
from newsletter.bootstrap.backup import BackupParts
from newsletter.bootstrap.drafting import DraftingParts
from newsletter.bootstrap.images import ImageParts
from newsletter.bootstrap.preflight import PreflightParts
from newsletter.bootstrap.publications import PublicationParts
from newsletter.bootstrap.sources import SourceParts
from newsletter.bootstrap.tools import secret_key, secrets_by_number
from newsletter.clock import Clock, SystemClock
from newsletter.config import Settings, load
from newsletter.feedback.counting_figures import FigureRounds
from newsletter.feedback.event_buffer import EventBuffer
from newsletter.feedback.guarded_reading import GuardedReader
from newsletter.feedback.handling import FoundReport, Handler
from newsletter.feedback.intake import Intake
from newsletter.feedback.links import LinkCache
from newsletter.feedback.loops import Loops
from newsletter.feedback.periodic import PeriodicFeedback
from newsletter.feedback.telling import Teller
from newsletter.feedback.voting import Voting
from newsletter.feedback.webhook_tokens import use_once
from newsletter.model.rights import Role
from newsletter.service.retention import Retention
from newsletter.signing_keys import ProcessRole

if TYPE_CHECKING:
    from newsletter.service.checks import Checks
    from newsletter.transports.providers.registry import WebhookReader

__all__ = ["Parts", "secret_key", "secrets_by_number", "wire"]


@dataclass(frozen=True)
class Parts(AudienceParts, BackupParts, DraftingParts, ImageParts, PreflightParts, PublicationParts, SourceParts):
    """Everything a door may hand to a room. Each part is made when first asked for, once per process."""

    @cached_property
    def passwords(self) -> Passwords:
        """What makes and checks hashes of passwords, a few at a time."""
        return Passwords()

    @cached_property
    def sign_in(self) -> SignIn:
        """What lets editors in."""
        return SignIn(self.database, self.clock, self.buckets, self.passwords, Sealer(self.form_keys))

    @cached_property
    def accounts(self) -> Accounts:
        """What is done about editors, and about the keys of programs."""
        newcomers = Role(self.settings.oidc_newcomers) if self.settings.oidc_newcomers else None
        sign_on = partial(single_sign_on, self.settings, self.clock)
        return Accounts(self.sign_in, self.queue, self.settings.base_url, sign_on, newcomers)

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
    def intake(self) -> Intake:
        """What takes reports in."""
        return Intake(self.database, self.clock, self.queue)

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
        from newsletter.fetch import Fetcher, FetchLimits  # late: httpx is not for those who send by SMTP

        return Fetcher(FetchLimits(octets=64 * 1024, seconds=5.0, redirects=0), clock=self.clock)

    def _fetch(self, url: str) -> bytes:
        return self.fetcher(url)

    def _webhook_findings(self, source: str, body: bytes) -> Sequence[FoundReport] | None:
        from newsletter.feedback.webhooks import WebhookFindings  # late: httpx is not for those who send by SMTP

        return WebhookFindings(self.webhook_readers, self._fetch)(source, body)

    @cached_property
    def events(self) -> EventBuffer:
        """Opens and clicks on their way to the ledger."""
        return EventBuffer(self.database, self.clock, self.settings.data_dir / "events")

    @cached_property
    def voting(self) -> Voting:
        """What takes the answers of readers."""
        return Voting(self.database, self.clock, self.signer)

    @cached_property
    def links(self) -> LinkCache:
        """Where numbered links lead."""
        return LinkCache(self.database, self.clock, base_url=self.settings.base_url)

    @cached_property
    def feedback_rounds(self) -> PeriodicFeedback:
        """What the scheduler does for feedback."""
        teller = Teller(self.database, self.clock, self.queue, self.renderer, self.settings.base_url)
        return PeriodicFeedback(self.database, self.clock, self.queue, self.reports.policy, teller)

    @cached_property
    def checks(self) -> Checks:
        """What the doctor looks at."""
        from newsletter.bootstrap.doctor import checks  # late: only those ask who want to know

        return checks(self)

    @cached_property
    def retention(self) -> Retention:
        """What deletes things when their days are over."""
        return Retention(self.database, self.clock, self.settings)

    @cached_property
    def figure_rounds(self) -> FigureRounds:
        """What the scheduler counts for pages."""
        return FigureRounds(self.database, self.clock)

    @property
    def rounds(self) -> tuple[Callable[[], None], ...]:
        """What other rooms do after each round of the scheduler."""
        own = (self.alarms, self.feedback_rounds, self.sign_up_rounds, self.invitation_rounds, self.bin_rounds)
        later = (self.history_rounds, self.retention, self.gathering_rounds, self.figure_rounds, self.removal_rounds)
        many = (self.list_move_rounds, self.change_rounds)
        return tuple(each.tick for each in (self.slot_rounds, self.rehearsing, *own, *later, *many))

    def close(self) -> None:
        """Close what was opened."""
        opened = self.__dict__
        for name in (
            "events",
            "report_reader",
            "source_reader",
            "transport",
            "alert_transport",
            "image_store",
            "buckets",
            "queue",
            "database",
        ):
            if opened.get(name) is not None:
                opened[name].close()


def wire(
    settings: Settings | None = None,
    clock: Clock | None = None,
    *,
    processes: int = 1,
    role: ProcessRole = ProcessRole.SERVICE,
) -> Parts:
    """Return the parts of this process, one of `processes` that send here. Raises InputError when a setting is wrong."""
    return Parts(settings or load(), clock or SystemClock(), processes, role)
