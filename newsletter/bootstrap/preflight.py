"""The parts of preflight: the room of issues, with what other rooms and tools know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from newsletter.bootstrap.delivery import DeliveryParts
from newsletter.bootstrap.issues import IssueParts
from newsletter.delivery.pace.warm_up import Allowance
from newsletter.issues.looking_over import LookingOver
from newsletter.issues.mending import Mending
from newsletter.mail.domain_check import RecordCheck
from newsletter.store.delivery import allowances

if TYPE_CHECKING:
    from newsletter.issues.link_checking import LinkChecker
    from newsletter.issues.looking_outside import LookingOutside


@dataclass(frozen=True)
class PreflightParts(DeliveryParts, IssueParts):
    """What looks an issue over, and mends it; each put together once per process."""

    @cached_property
    def looking_over(self) -> LookingOver:
        """What looks an issue over before it goes out."""
        return LookingOver(self.database, self.clock, self.renderer, self.settings, self._messages_left)

    @cached_property
    def mending(self) -> Mending:
        """What mends drafts."""
        return Mending(self.database, self.editing)

    @cached_property
    def looking_outside(self) -> LookingOutside:
        """What looks at what others say of an issue."""
        from newsletter.issues.looking_outside import LookingOutside  # late, as httpx is
        from newsletter.transports.spam_scorers import scorer_of

        scorer, records = scorer_of(self.settings.spam_scorer), self._records if self._goes_out else None
        return LookingOutside(
            self.database, self.clock, self.renderer, self.settings, self.link_checker, scorer, records
        )

    @cached_property
    def link_checker(self) -> LinkChecker:
        """What tries addresses."""
        from newsletter.fetch import Fetcher, FetchLimits, PrivateAddressError  # late: httpx is not for those who send
        from newsletter.issues.link_checking import LinkChecker, LinkLimits

        limits = FetchLimits(seconds=LinkLimits().each, redirects=5, schemes=("https", "http"))
        fetcher = Fetcher(limits, clock=self.clock)
        return LinkChecker(fetcher.glance, self.clock, private=PrivateAddressError)

    @property
    def _goes_out(self) -> bool:
        """Whether mail leaves this machine."""
        return bool(self.settings.smtp_url) and not self.settings.smtp_url.startswith(("maildir:", "memory:"))

    def _records(self, domain: str) -> Sequence[RecordCheck]:
        from newsletter.dns import Lookups
        from newsletter.keyring import Keyring
        from newsletter.publications import domain_records

        sending = domain_records.sending_of(self.settings, domain=domain)
        named = domain_records.records(Keyring(self.settings.dkim_folder), sending, "")
        return domain_records.check(named.records, Lookups(self.settings.nameserver))

    @cached_property
    def _allowance(self) -> Callable[[date], int | None]:
        return Allowance.of(self.settings).on

    def _messages_left(self, session: Session, day: date) -> int | None:
        most = self._allowance(day)
        return None if most is None else max(most - allowances.taken(session, self.transport.name, day), 0)
