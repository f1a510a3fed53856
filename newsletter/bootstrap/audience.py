"""The parts of the room `audience`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from newsletter.audience.answering import Answering
from newsletter.audience.asking import Asking
from newsletter.audience.change_rounds import ChangeRounds
from newsletter.audience.changing_readers import ChangingReaders
from newsletter.audience.confirming import Confirming
from newsletter.audience.declining import Declining
from newsletter.audience.describing_readers import ReaderDescribing
from newsletter.audience.invitation_mail import Inviting
from newsletter.audience.invitation_rounds import InvitationRounds
from newsletter.audience.keeping_fields import FieldKeeping
from newsletter.audience.list_move_rounds import ListMoveRounds
from newsletter.audience.list_move_work import ListMoveWork
from newsletter.audience.list_moves import ListMoves
from newsletter.audience.one_reader import OneReader
from newsletter.audience.post_moves import PostMoves
from newsletter.audience.reader_lists import ReaderLists
from newsletter.audience.readers_api import ReadersApi
from newsletter.audience.segmenting import Segmenting
from newsletter.audience.sign_up_rounds import SignUpRounds
from newsletter.audience.suppressing import Suppressing
from newsletter.audience.tracking_consent import TrackingConsent
from newsletter.audience.unsubscribing import Preferences
from newsletter.bootstrap.issues import IssueParts
from newsletter.issues.moving.post_run import PostRun
from newsletter.model.list_moves import MoveKind

if TYPE_CHECKING:
    from newsletter.audience.moving.listmonk_live import ListmonkReading


@dataclass(frozen=True)
class AudienceParts(IssueParts):
    """What readers do and what is done with them, each put together once per process."""

    @cached_property
    def asking(self) -> Asking:
        """What takes sign-ups."""
        return Asking(self.database, self.clock, self.queue, self.buckets)

    @cached_property
    def preferences(self) -> Preferences:
        """What ends a subscription and takes it up again."""
        return Preferences(self.database, self.clock, self.signer)

    @cached_property
    def confirming(self) -> Confirming:
        """What makes a subscription active."""
        return Confirming(self.database, self.clock, self.signer)

    @cached_property
    def declining(self) -> Declining:
        """What ends an invitation for good."""
        return Declining(self.database, self.clock, self.signer)

    @cached_property
    def tracking_consent(self) -> TrackingConsent:
        """What asks and notes whether a reader may be counted."""
        return TrackingConsent(self.database, self.clock, self.signer)

    @cached_property
    def listmonk(self) -> ListmonkReading:
        """What reads the readers of a listmonk."""
        from newsletter.audience.moving.listmonk_live import MOST_OCTETS, ListmonkReading
        from newsletter.fetch import Fetcher, FetchLimits  # late: httpx is not for those who send by SMTP

        limits = FetchLimits(octets=MOST_OCTETS, seconds=60.0, redirects=0)
        token = self.settings.listmonk_token.get_secret_value()
        return ListmonkReading(lambda: Fetcher(limits, clock=self.clock), self.clock, token, self.settings.uploads)

    @cached_property
    def list_moves(self) -> ListMoves:
        """What moves lists in at the desk."""
        return ListMoves(self.database, self.clock, self.queue, self.settings.uploads)

    @cached_property
    def post_moves(self) -> PostMoves:
        """What moves past issues in at the desk."""
        return PostMoves(self.database, self.clock, self.queue, self.settings.uploads)

    @cached_property
    def list_move_work(self) -> ListMoveWork:
        """What a worker does for files of the desk."""
        tools = (self.database, self.clock, self.importing, self.settings.uploads)
        return ListMoveWork(*tools, self.work_stop, {MoveKind.POSTS: partial(PostRun, self.moving_posts)})

    @cached_property
    def list_move_rounds(self) -> ListMoveRounds:
        """What the scheduler does for files of the desk."""
        return ListMoveRounds(self.database, self.clock, self.queue, self.settings.uploads)

    @cached_property
    def keeping_fields(self) -> FieldKeeping:
        """What defines the fields of readers."""
        return FieldKeeping(self.database, self.clock)

    @cached_property
    def describing_readers(self) -> ReaderDescribing:
        """What notes values and tags of readers."""
        return ReaderDescribing(self.database, self.clock)

    @cached_property
    def segmenting(self) -> Segmenting:
        """What chooses some of the readers."""
        return Segmenting(self.database, self.clock)

    @cached_property
    def reader_lists(self) -> ReaderLists:
        """What looks for readers."""
        return ReaderLists(self.database, self.clock)

    @cached_property
    def changing_readers(self) -> ChangingReaders:
        """What changes many readers at once."""
        return ChangingReaders(self.database, self.clock)

    @cached_property
    def change_rounds(self) -> ChangeRounds:
        """What the scheduler carries on of such changes."""
        return ChangeRounds(self.database, self.clock, self.changing_readers)

    @cached_property
    def one_reader(self) -> OneReader:
        """What editors do with one reader."""
        return OneReader(self.database, self.clock, self.importing)

    @cached_property
    def readers_api(self) -> ReadersApi:
        """What programs do with one reader."""
        return ReadersApi(self.database, self.one_reader, self.describing_readers, self.preferences)

    @cached_property
    def suppressing(self) -> Suppressing:
        """What rules addresses out."""
        return Suppressing(self.database, self.clock)

    @cached_property
    def sign_ups(self) -> Answering:
        """What answers sign-ups."""
        tools = (self.database, self.clock, self.queue, self.signer, self.renderer, self.buckets)
        return Answering(*tools, self.settings.base_url, self.settings.sign_ups_per_hour)

    @cached_property
    def sign_up_rounds(self) -> SignUpRounds:
        """What the scheduler does for sign-ups."""
        return SignUpRounds(self.database, self.clock, self.queue)

    @cached_property
    def inviting(self) -> Inviting:
        """What writes the mails that ask people of an imported list."""
        return Inviting(self.database, self.clock, self.queue, self.signer, self.renderer, self.settings.base_url)

    @cached_property
    def invitation_rounds(self) -> InvitationRounds:
        """What the scheduler does for invitations."""
        return InvitationRounds(self.database, self.clock, self.queue, self.settings.invitations_per_hour)
