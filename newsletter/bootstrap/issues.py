"""The parts of the room `issues`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from newsletter.bootstrap.tools import Tools
from newsletter.issues.accepting import Accepting
from newsletter.issues.approving import Approving
from newsletter.issues.asking_approval import AskingApproval
from newsletter.issues.bringing import Bringing
from newsletter.issues.choosing_audience import ChoosingAudience
from newsletter.issues.commenting import Commenting
from newsletter.issues.deleting import BinRounds, Deleting
from newsletter.issues.drafted_words import DraftedWords
from newsletter.issues.editing import Editing
from newsletter.issues.filling import Filling
from newsletter.issues.history import History
from newsletter.issues.moving.moving_in import MovingPosts
from newsletter.issues.new_issues import NewIssues
from newsletter.issues.previewing import Previewing
from newsletter.issues.publishing import Publishing
from newsletter.issues.rearranging import Rearranging
from newsletter.issues.renaming import Renaming
from newsletter.issues.sample_previewing import SamplePreviewing
from newsletter.issues.saving import Saving
from newsletter.issues.slot_alarms import SlotAlarms
from newsletter.issues.slot_rounds import SlotRounds
from newsletter.issues.thinning import HistoryRounds
from newsletter.issues.working_copies import WorkingCopies


@dataclass(frozen=True)
class IssueParts(Tools):
    """What is done with issues until they go out, each put together once per process."""

    @cached_property
    def editing(self) -> Editing:
        """What writes issues."""
        return Editing(self.database, self.clock)

    @cached_property
    def saving(self) -> Saving:
        """What stores what is typed at the desk, together with what others stored meanwhile."""
        return Saving(self.database, self.editing)

    @cached_property
    def working_copies(self) -> WorkingCopies:
        """What keeps what is typed and not stored."""
        return WorkingCopies(self.database, self.clock)

    @cached_property
    def history(self) -> History:
        """What issues said before."""
        return History(self.database, self.editing)

    @cached_property
    def history_rounds(self) -> HistoryRounds:
        """What the scheduler does for the history of issues."""
        return HistoryRounds(self.database, self.clock, self.working_copies)

    @cached_property
    def drafted_words(self) -> DraftedWords:
        """What puts proposed words into drafts, marked, and takes the marks out."""
        return DraftedWords(self.database, self.editing)

    @cached_property
    def bringing(self) -> Bringing:
        """What imports issues with the images that they name."""
        return Bringing(self.editing, self.image_store, self._fetch_image, self.settings.base_url)

    def _fetch_image(self, url: str) -> bytes:
        return self.image_fetcher(url)

    @cached_property
    def image_fetcher(self) -> Callable[[str], bytes]:
        """What gets a foreign image: guarded, three redirects, 20 s."""
        from newsletter.fetch import Fetcher, FetchLimits  # late: httpx is not for those who copy nothing
        from newsletter.imaging.intake import MAX_OCTETS

        limits = FetchLimits(octets=MAX_OCTETS, seconds=20.0, redirects=3, schemes=("https", "http"))
        return Fetcher(limits, clock=self.clock)

    @cached_property
    def moving_posts(self) -> MovingPosts:
        """What moves past issues of other products in."""
        return MovingPosts(self.database, self.clock, self.image_store, self._fetch_image, self.settings.base_url)

    @cached_property
    def filling(self) -> Filling:
        """What puts into drafts what others chose."""
        return Filling(self.database, self.clock)

    @cached_property
    def deleting(self) -> Deleting:
        """What deletes drafts, and brings them back."""
        return Deleting(self.database, self.clock)

    @cached_property
    def bin_rounds(self) -> BinRounds:
        """What the scheduler does for drafts that were deleted."""
        return BinRounds(self.deleting)

    @cached_property
    def new_issues(self) -> NewIssues:
        """What keeps the text that new issues of a publication begin with."""
        return NewIssues(self.database, self.clock)

    @cached_property
    def rearranging(self) -> Rearranging:
        """What copies issues, and moves them to other days."""
        return Rearranging(self.database, self.clock)

    @cached_property
    def renaming(self) -> Renaming:
        """What gives publications and issues other slugs."""
        return Renaming(self.database, self.clock)

    @cached_property
    def approving(self) -> Approving:
        """What notes that an issue may go out."""
        return Approving(self.database, self.clock)

    @cached_property
    def accepting(self) -> Accepting:
        """What notes that advice of preflight may stand."""
        return Accepting(self.database, self.clock)

    @cached_property
    def asking_approval(self) -> AskingApproval:
        """What asks those who may approve."""
        return AskingApproval(self.database, self.clock, self.queue, self.renderer, self.settings.base_url)

    @cached_property
    def commenting(self) -> Commenting:
        """What keeps comments on lines of issues."""
        return Commenting(self.database, self.clock)

    @cached_property
    def previewing(self) -> Previewing:
        """What shows an issue as it would go out, and sends tests."""
        return Previewing(self.database, self.clock, self.queue, self.renderer, self.settings)

    @cached_property
    def sample_previewing(self) -> SamplePreviewing:
        """What shows how a publication looks."""
        return SamplePreviewing(self.database, self.renderer, self.settings)

    @cached_property
    def choosing_audience(self) -> ChoosingAudience:
        """What chooses whom an issue goes to."""
        return ChoosingAudience(self.database, self.clock)

    @cached_property
    def publishing(self) -> Publishing:
        """What schedules issues, and takes that back."""
        return Publishing(self.database, self.clock, self.renderer, self.settings)

    @cached_property
    def slot_alarms(self) -> SlotAlarms:
        """What tells that a slot has nothing to send."""
        return SlotAlarms(self.database, self.clock, self.renderer, self.settings.base_url)

    @cached_property
    def slot_rounds(self) -> SlotRounds:
        """What the scheduler does for slots."""
        return SlotRounds(self.database, self.clock, self.queue, self.publishing, self.slot_alarms)
