"""What programs of others do with single readers, each by an address: find, add, describe and unsubscribe one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from newsletter.accounts.permissions import require
from newsletter.audience.describing_readers import ReaderDescribing
from newsletter.audience.one_reader import AddedReader, OneReader
from newsletter.audience.reader import read_reader
from newsletter.audience.said import Said
from newsletter.audience.unsubscribing import Preferences
from newsletter.errors import NotFoundError
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import subscribers, subscriptions
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database

PLACE = "by a program"
"""The place in consent records of readers whom a program unsubscribed."""


class KnownReader(NamedTuple):
    """A reader of one publication as a program is told of them; `since` is from when their standing is."""

    address: str
    name: str
    state: SubscriptionState
    since: datetime
    fields: Mapping[str, str]
    tags: Sequence[str]


@dataclass(frozen=True)
class ReadersApi:
    """The tools, put together once per process. An address that is no reader's raises NotFoundError, a wrong one InputError."""

    database: Database
    one_reader: OneReader
    describing: ReaderDescribing
    preferences: Preferences

    def find(self, publication_id: int, address: str, *, by: Actor) -> KnownReader:
        """Return a reader. Raises ForbiddenError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        member = self._member(publication_id, address)
        known = self.describing.known_of(publication_id, member.subscriber.id, by=by)
        person, its = member.subscriber, member.subscription
        return KnownReader(person.address, person.name, its.state, its.changed_at, known.values, known.tags)

    def add(
        self, publication_id: int, wanted: AddedReader, values: Mapping[str, str], tags: Sequence[str], *, by: Actor
    ) -> str:
        """Add a reader with the proof of their consent and what is known of them; return what became of them, as `OneReader.add`.

        Whoever left or is ruled out stays out, and nothing is written of them. Nothing is stored where a field or a tag is wrong. The
        same once more changes nothing. Raises ForbiddenError.
        """
        self.describing.check(publication_id, values, tags, by=by)
        became = self.one_reader.add(publication_id, wanted, by=by)
        if became not in ("left", "ruled out") and (values or tags):
            whose = self._member(publication_id, wanted.address).subscriber.id
            self.describing.describe(publication_id, whose, values, also=tags, by=by)
        return became

    def describe(
        self, publication_id: int, address: str, values: Mapping[str, str], tags: Sequence[str] | None, *, by: Actor
    ) -> None:
        """Let fields hold these texts, an empty one nothing, and the reader bear exactly these tags; None leaves them. Raises ForbiddenError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        whose = self._member(publication_id, address).subscriber.id
        self.describing.describe(publication_id, whose, values, tags, by=by)

    def unsubscribe(self, publication_id: int, address: str, *, by: Actor) -> None:
        """Unsubscribe a reader, who stays so until they ask for it again; a second time changes nothing. Raises ForbiddenError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        whose = self._member(publication_id, address).subscription.id
        self.preferences.unsubscribe(whose, Said(place=PLACE), by=by)

    def _member(self, publication_id: int, address: str) -> Membership:
        person = read_reader(address)
        with self.database.read() as session:
            found = subscribers.find(session, person.address_hash)
            members = subscriptions.of_subscriber(session, found.id) if found is not None else []
        member = next((each for each in members if each.publication.id == publication_id), None)
        if member is None:
            raise NotFoundError("this is no reader of the publication", remedy="is it written as in the subscription?")
        return member
