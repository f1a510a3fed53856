"""What came of asking one source, as a value: a run never fails for one of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from newsletter.fetch.values import Page
from newsletter.model.sources import GatherResult, SourceKind
from newsletter.sources.found import Reading

READ = frozenset({GatherResult.NEW, GatherResult.MOVED})
"""Results of answers that were read whole."""
FAILED = frozenset(
    {GatherResult.SLOW, GatherResult.REFUSED, GatherResult.BROKEN, GatherResult.UNFIT, GatherResult.GONE}
)
"""Results that count as failures of a source; being asked to wait, or left over, is none."""


@dataclass(frozen=True, slots=True)
class AskedSource:
    """A source as a run asks it: taken from its row, so that the row may change meanwhile."""

    source_id: int
    name: str
    kind: SourceKind
    address: str
    mapping: dict[str, object] | None = None
    header: str = ""
    secret: str = ""
    plain_http: bool = False
    etag: str = ""
    last_modified: str = ""
    validators_of: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result and its words; what was read, the page it was read from (without its content), and what it cost.

    `wait`: seconds to leave the source alone.
    """

    result: GatherResult
    words: str = ""
    reading: Reading | None = None
    page: Page | None = field(default=None, repr=False)
    digest: str = ""
    wait: float | None = None
    milliseconds: int = 0
    octets: int = 0

    @property
    def found(self) -> int:
        """How many things the answer offered."""
        if self.reading is None:
            return 0
        return len(self.reading.candidates) or (len(self.reading.table.rows) if self.reading.table else 0)
