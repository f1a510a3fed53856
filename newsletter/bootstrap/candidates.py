"""What is done with candidates once they are gathered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.bootstrap.tools import Tools
from newsletter.sources.choosing import Choosing

if TYPE_CHECKING:
    from newsletter.sources.ordering import Ordering


@dataclass(frozen=True)
class CandidateParts(Tools):
    """What editors and the service do with candidates, each put together once per process."""

    @cached_property
    def choosing(self) -> Choosing:
        """What keeps, dismisses, joins and takes apart candidates for editors."""
        return Choosing(self.database, self.clock)

    @cached_property
    def ordering(self) -> Ordering:
        """What puts the candidates of a publication in order after a gathering."""
        from newsletter.sources.ordering import Ordering  # late: rapidfuzz is for those who gather

        return Ordering(self.database, self.clock)
