"""The parts of the room `sources`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from newsletter.bootstrap.candidates import CandidateParts
from newsletter.bootstrap.issues import IssueParts
from newsletter.model.actor import SCHEDULER
from newsletter.sources.gathering_rounds import GatheringRounds
from newsletter.sources.keeping import Keeping
from newsletter.sources.releasing import Releasing
from newsletter.sources.secret_headers import SecretHeaders
from newsletter.sources.section_keeping import SectionKeeping
from newsletter.sources.telling import SourceTeller
from newsletter.sources.wished_runs import WishedRuns

if TYPE_CHECKING:
    from newsletter.fetch import Fetcher
    from newsletter.sources.asking import SourceAsker
    from newsletter.sources.assembling import Assembling
    from newsletter.sources.gathering import Gatherer
    from newsletter.sources.gathering_by_clock import GatheringByClock
    from newsletter.sources.guarded_reading import AnswerReaders
    from newsletter.sources.pasting_links import PastingLinks
    from newsletter.sources.taking_out import TakingOut
    from newsletter.sources.trying import Trying
    from newsletter.sources.uploading import Uploading


@dataclass(frozen=True)
class SourceParts(CandidateParts, IssueParts):
    """What is done with sources, each put together once per process."""

    @cached_property
    def sources(self) -> Keeping:
        """What adds sources, changes them and takes them away."""
        return Keeping(self.database, self.clock)

    @cached_property
    def section_keeping(self) -> SectionKeeping:
        """What plans the sections that sources fill."""
        return SectionKeeping(self.database, self.clock)

    @cached_property
    def source_secrets(self) -> SecretHeaders:
        """Where the secrets of sources lie."""
        return SecretHeaders(self.settings.source_secrets)

    @cached_property
    def source_teller(self) -> SourceTeller:
        """What writes to the editors about sources."""
        return SourceTeller(self.database, self.clock, self.queue, self.renderer, self.settings.base_url)

    @cached_property
    def gathering(self) -> Gatherer:
        """What asks the sources of a publication."""
        from newsletter.sources.asking_all import AskingAll
        from newsletter.sources.completing import ArxivCompleting
        from newsletter.sources.gathering import Gatherer
        from newsletter.sources.joining import join
        from newsletter.sources.taking_in import TakingIn
        from newsletter.sources.turns import ArxivTurns

        all_of_them = AskingAll(self.clock, ArxivTurns(self.database, self.clock))
        completing = ArxivCompleting(self.clock, self.source_reader)
        tools = (self.database, self.clock, lambda: self.source_fetcher, self.asking_sources, all_of_them, completing)
        return Gatherer(*tools, offer=TakingIn(join), order=partial(_put_in_order, self), teller=self.source_teller)

    @cached_property
    def gathering_by_clock(self) -> GatheringByClock:
        """What a worker does at the hour of a publication."""
        from newsletter.sources.gathering_by_clock import GatheringByClock

        by_clock = partial(_by_clock, self)
        return GatheringByClock(self.database, self.clock, lambda: self.gathering, by_clock, self.work_stop)

    @cached_property
    def assembling(self) -> Assembling:
        """What puts what was gathered into a draft."""
        from newsletter.sources.assembling import Assembling

        return Assembling(self.database, self.clock, self.filling)

    @cached_property
    def taking_out(self) -> TakingOut:
        """What takes candidates out of a draft again."""
        from newsletter.sources.taking_out import TakingOut

        return TakingOut(self.database, self.filling)

    @cached_property
    def trying_sources(self) -> Trying:
        """What shows what a source would offer."""
        from newsletter.sources.trying import Trying

        return Trying(self.clock, lambda: self.source_fetcher, self.asking_sources, lambda: self.source_reader)

    @cached_property
    def pasting_links(self) -> PastingLinks:
        """What turns a pasted link into an item."""
        from newsletter.sources.pasting_links import PastingLinks

        return PastingLinks(self.database, self.clock, lambda: self.source_fetcher, lambda: self.source_reader)

    @cached_property
    def uploading(self) -> Uploading:
        """What takes in files that editors upload."""
        from newsletter.sources.joining import join
        from newsletter.sources.taking_in import TakingIn
        from newsletter.sources.uploading import Uploading

        return Uploading(self.database, self.clock, self.asking_sources, TakingIn(join))

    @cached_property
    def asking_sources(self) -> SourceAsker:
        """What asks one source and reads its answer."""
        from newsletter.sources.asking import SourceAsker

        return SourceAsker(self.clock, self.source_secrets, self.source_reader)

    @cached_property
    def source_reader(self) -> AnswerReaders:
        """What reads answers, in processes of their own."""
        from newsletter.sources.guarded_reading import AnswerReaders

        return AnswerReaders()

    @cached_property
    def source_fetcher(self) -> Fetcher:
        """The guarded way to the addresses of sources."""
        from newsletter.fetch import Fetcher, FetchLimits
        from newsletter.sources.asking import OCTETS, REDIRECTS, SECONDS

        return Fetcher(FetchLimits(octets=OCTETS, seconds=SECONDS, redirects=REDIRECTS), clock=self.clock)

    @cached_property
    def releasing(self) -> Releasing:
        """What lets a board be shown that was held."""
        return Releasing(self.database, self.clock)

    @cached_property
    def wished_runs(self) -> WishedRuns:
        """What has a worker ask all sources soon."""
        return WishedRuns(self.database, self.clock, self.queue)

    @cached_property
    def gathering_rounds(self) -> GatheringRounds:
        """What the scheduler does for sources."""
        return GatheringRounds(self.database, self.clock, self.queue)


def _by_clock(parts: SourceParts, publication_id: int) -> object:
    return parts.assembling.assemble(publication_id, by=SCHEDULER)


def _put_in_order(parts: SourceParts, publication_id: int) -> object:
    return parts.ordering.order(publication_id)
