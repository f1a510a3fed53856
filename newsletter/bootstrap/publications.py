"""The parts of the room `publications`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from newsletter.bootstrap.tools import Tools
from newsletter.publications.authors import Authors
from newsletter.publications.click_counting import ClickCounting
from newsletter.publications.creating import Creating
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
