"""The parts of the drafting seam: who proposes words for a draft. Off unless the settings name an address and a model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.bootstrap.issues import IssueParts
from newsletter.sources.drafting import Drafting
from newsletter.sources.proposing import Proposing

if TYPE_CHECKING:
    from newsletter.transports.drafting import LanguageModel


@dataclass(frozen=True)
class DraftingParts(IssueParts):
    """What proposes words; each put together once per process."""

    @cached_property
    def language_model(self) -> LanguageModel | None:
        """Who is asked; None: nobody."""
        given = self.settings
        url, name = given.drafting_url.get_secret_value(), given.drafting_model
        if not url or not name:
            return None
        from newsletter.transports.drafting import LanguageModel  # late: httpx is not for those who ask nobody

        return LanguageModel(url, name, given.drafting_key.get_secret_value(), float(given.drafting_seconds))

    @cached_property
    def drafting(self) -> Drafting:
        """What asks for a lead and summaries."""
        return Drafting(self.database, self.clock, self.language_model, self.settings.drafting_tokens_per_day)

    @cached_property
    def proposing(self) -> Proposing:
        """What proposes words for a draft, and puts them there."""
        return Proposing(self.drafting, self.drafted_words)
