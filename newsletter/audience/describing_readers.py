"""What somebody at the desk or a machine knows of a reader: values of fields, and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.audience.field_values import read_for, tag_key
from newsletter.audience.reader import read_reader
from newsletter.clock import Clock
from newsletter.errors import InputError, NotFoundError
from newsletter.mail.merge_fields import ADDRESS, NAME
from newsletter.model.actor import Actor
from newsletter.model.reader_fields import ReadValue
from newsletter.model.rights import Right
from newsletter.store.audience import reader_fields, subscribers, subscriptions
from newsletter.store.database import Database

MOST_TAGS_OF_ONE = 100


@dataclass(frozen=True, slots=True)
class ReaderDescribed:
    """What is known of a reader of one publication: texts by the key of the field, and tags by name."""

    values: Mapping[str, str]
    tags: Sequence[str]


@dataclass(frozen=True)
class ReaderDescribing:
    """The tools of describing readers, put together once per process."""

    database: Database
    clock: Clock

    def known_of(self, publication_id: int, subscriber_id: int, *, by: Actor) -> ReaderDescribed:
        """Return what is known of a reader. Raises ForbiddenError, NotFoundError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        with self.database.read() as session:
            whose = subscriptions.lock_for(session, publication_id, subscriber_id).subscription.id
            return ReaderDescribed(reader_fields.values_of(session, whose), reader_fields.tags_of(session, whose))

    def named(self, publication_id: int, address: str, *, by: Actor) -> int:
        """Return the subscriber of an address. Raises ForbiddenError, InputError; NotFoundError where it is no reader's."""
        require(by, Right.SEE_PEOPLE, publication_id)
        person = read_reader(address)
        with self.database.read() as session:
            found = subscribers.find(session, person.address_hash)
            if found is None:
                raise NotFoundError("this is no reader", remedy="is it written as in the subscription?")
            subscriptions.lock_for(session, publication_id, found.id)
            return found.id

    def merged_for(self, publication_id: int, address: str, *, by: Actor) -> Mapping[str, str]:
        """Return what merge fields show to the reader of an address, by key; nothing where nobody is known. Raises ForbiddenError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        try:
            whose = self.named(publication_id, address, by=by)
            known = self.known_of(publication_id, whose, by=by)
        except (InputError, NotFoundError):
            return {}
        with self.database.read() as session:
            found = subscribers.by_id(session, whose)
        return {**known.values, ADDRESS: address} | ({NAME: found.name} if found is not None and found.name else {})

    def check(self, publication_id: int, values: Mapping[str, str], tags: Sequence[str], *, by: Actor) -> None:
        """Say whether `describe` would take these, and change nothing. Raises InputError, ForbiddenError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.read() as session:
            _read(session, publication_id, values)
        _named(tags)

    def describe(
        self,
        publication_id: int,
        subscriber_id: int,
        values: Mapping[str, str],
        tags: Sequence[str] | None = None,
        *,
        also: Sequence[str] = (),
        by: Actor,
    ) -> None:
        """Let a reader's fields hold these texts, an empty one nothing, and the reader bear exactly these tags; None leaves them.

        Tags that are given as `also` are borne besides those that are borne already. Raises InputError, by the key of the field; NotFoundError, ForbiddenError. Nothing is stored then.
        """
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.write() as session:
            member = subscriptions.lock_for(session, publication_id, subscriber_id)
            reader_fields.put(session, member.subscription.id, _read(session, publication_id, values))
            if tags is not None:
                reader_fields.tag_exactly(session, publication_id, member.subscription.id, _named(tags))
            reader_fields.tag(session, publication_id, member.subscription.id, _named(also))
            entries.of_reader(session, by, "subscription.describe", member, at=self.clock.now())


def _read(session: Session, publication_id: int, values: Mapping[str, str]) -> dict[int, ReadValue | None]:
    """Return what these texts say, by the id of the field. Raises InputError, by its key."""
    fields = {field.key: field for field in reader_fields.listed(session, publication_id)}
    unknown = next((key for key in values if key not in fields), None)
    if unknown is not None:
        known = f"name one of {', '.join(fields)}" if fields else "define it first: `newsletter field add`"
        raise InputError("there is no such field", where=unknown[:60], remedy=known)
    return {fields[key].id: read_for(fields[key], text) for key, text in values.items()}


def _named(tags: Sequence[str]) -> dict[str, str]:
    named = {tag_key(name): name.strip() for name in tags if name.strip()}
    if len(named) > MOST_TAGS_OF_ONE:
        raise InputError(f"a reader bears at most {MOST_TAGS_OF_ONE} tags", where="tags", remedy="take some away")
    return named
