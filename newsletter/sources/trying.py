"""Try an address before it is a source: what kind it is, which feeds a page names, and what would come. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from newsletter.clock import Clock
from newsletter.fetch.fetcher import Fetcher
from newsletter.model.sources import GatherResult, SourceKind
from newsletter.sources.asking import SourceAsker
from newsletter.sources.checking import checked_address, kind_by_address
from newsletter.sources.found import FoundCandidate, FoundTable, Reading
from newsletter.sources.guarded_reading import AnswerReaders
from newsletter.sources.outcomes import READ, AskedSource

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """What an address would offer: `found` things in all, of which `first` are the first five, or the rows of `table`."""

    address: str
    kind: SourceKind
    result: GatherResult
    words: str = ""
    found: int = 0
    first: tuple[FoundCandidate, ...] = ()
    table: FoundTable | None = None
    offered: tuple[tuple[str, str], ...] = ()
    told: tuple[str, ...] = ()
    moved_to: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it could be asked and read."""
        return self.result in READ


@dataclass(frozen=True)
class Trying:
    """The tools of trying addresses, put together once per process."""

    clock: Clock
    fetcher: Callable[[], Fetcher]
    asking: SourceAsker
    readers: Callable[[], AnswerReaders]

    def look(self, wanted: AskedSource, *, kind: SourceKind | None = None) -> Trial:
        """Return what would come of a source; without a `kind` it is found out. Raises InputError for what is no address."""
        guess = kind or kind_by_address(wanted.address)
        address = checked_address(wanted.address.strip(), SourceKind.FEED, plain_http=wanted.plain_http)
        asked = replace(wanted, address=address, kind=guess)
        seen: list[SourceKind] = [guess]
        asking = self.asking if kind is not None else replace(self.asking, read=_Guessing(self.readers(), seen))
        with self.fetcher().keeping() as visits:
            outcome = asking.ask(visits, asked)
        reading = outcome.reading or Reading()
        page = outcome.page
        return Trial(
            address=address,
            kind=seen[-1],
            result=outcome.result,
            words=outcome.words,
            found=outcome.found,
            first=reading.candidates[:SHOWN],
            table=reading.table,
            offered=reading.offered,
            told=reading.told,
            moved_to=page.url if page is not None and page.is_moved_for_good else "",
        )


@dataclass
class _Guessing:
    """Reads an answer as what it looks like, and remembers which kind that was."""

    readers: AnswerReaders
    seen: list[SourceKind] = field(default_factory=list)

    def __call__(
        self, kind: SourceKind, content: bytes, *, address: str, mapping: Mapping[str, Any] | None, now: datetime
    ) -> Reading:
        is_board = bool(mapping) and not {"columns", "rows"}.isdisjoint(mapping or {})
        found = SourceKind.TABLE if is_board else self.readers.kind_of(content, address, now)
        self.seen.append(found or kind)
        return self.readers(found or kind, content, address=address, mapping=mapping, now=now)
