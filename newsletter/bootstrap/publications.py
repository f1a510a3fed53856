"""The parts of the room `publications`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from newsletter.bootstrap.tools import Tools
from newsletter.keyring import Keyring
from newsletter.publications.authors import Authors
from newsletter.publications.checking_domain import SECONDS, DomainChecking
from newsletter.publications.click_counting import ClickCounting
from newsletter.publications.creating import Creating
from newsletter.publications.ending import Ending
from newsletter.publications.removing import RemovalRounds
from newsletter.publications.slotting import Slotting
from newsletter.publications.snippets import Snippets


@dataclass(frozen=True)
class PublicationParts(Tools):
    """What is done with publications, each put together once per process."""

    @cached_property
    def creating(self) -> Creating:
        """What creates publications, and changes them."""
        return Creating(self.database, self.clock)

    @cached_property
    def authors(self) -> Authors:
        """What keeps the authors of publications."""
        return Authors(self.database, self.clock)

    @cached_property
    def snippets(self) -> Snippets:
        """What keeps the snippets of publications."""
        return Snippets(self.database, self.clock)

    @cached_property
    def click_counting(self) -> ClickCounting:
        """What begins and ends the counting of clicks."""
        return ClickCounting(self.database, self.clock)

    @cached_property
    def slotting(self) -> Slotting:
        """What says when publications send."""
        return Slotting(self.database, self.clock)

    @cached_property
    def ending(self) -> Ending:
        """What closes publications, and has them removed."""
        return Ending(self.database, self.clock)

    @cached_property
    def removal_rounds(self) -> RemovalRounds:
        """What the scheduler removes of publications that ended."""
        return RemovalRounds(self.database, self.clock, self.image_store)

    @cached_property
    def domain_checking(self) -> DomainChecking:
        """What asks DNS for the records of a sending domain."""
        from newsletter.dns import Lookups  # late: dnspython is not for those who ask nothing

        keyring = Keyring(self.settings.dkim_folder)

        def ask() -> Lookups:
            return Lookups(self.settings.nameserver, seconds=SECONDS)

        return DomainChecking(self.database, self.clock, keyring, self.settings, ask)
