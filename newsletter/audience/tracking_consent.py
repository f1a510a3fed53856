"""Whether a reader lets it be kept what they open and click: unknown until they say, and theirs to say again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.audience.mail_links import lock_reader, read_link, reader_of
from newsletter.audience.reader import read_reader
from newsletter.audience.said import Said
from newsletter.clock import Clock
from newsletter.errors import NotFoundError
from newsletter.mail.address import masked
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import Consent
from newsletter.store.audience import consents, subscribers, subscriptions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database
from newsletter.tokens import Signer


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a reader said; the address is masked, for the page may be seen by others."""

    publication: Publication
    subscription_id: int
    masked_address: str
    consent: Consent


@dataclass(frozen=True)
class TrackingConsent:
    """The tools of asking and noting it, put together once per process."""

    database: Database
    clock: Clock
    signer: Signer

    def look_up(self, token: str) -> Tracked:
        """Say what the reader of a mail agreed to; changes nothing. Raises TokenError."""
        link = read_link(self.signer, token)
        with self.database.read() as session:
            return _tracked(reader_of(session, link))

    def decide(self, subscription_id: int, consent: Consent, said: Said, *, by: Actor) -> Tracked:
        """Record what a reader decided, in the words shown; the same again changes nothing. Raises NotFoundError, ForbiddenError."""
        with self.database.write() as session:
            member = lock_reader(session, subscription_id, by)
            _change(session, member, consent, said, by=by, at=self.clock.now())
        return _tracked(member)

    def decide_for(self, address: str, publication_id: int, consent: Consent, *, by: Actor) -> bool:
        """Record what a reader told us otherwise; False when it was so already. Raises InputError, NotFoundError, ForbiddenError."""
        person = read_reader(address)
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.write() as session:
            subscriber = subscribers.find(session, person.address_hash)
            if subscriber is None:
                raise NotFoundError("nothing is known of this address", remedy="is it written as in the subscription?")
            member = subscriptions.lock_for(session, publication_id, subscriber.id)
            return _change(session, member, consent, Said("by hand"), by=by, at=self.clock.now())


def _change(session: Session, member: Membership, consent: Consent, said: Said, *, by: Actor, at: datetime) -> bool:
    subscription, before = member.subscription, member.subscription.tracking
    if before is consent:
        return False
    subscription.tracking = consent
    subscription.changed_at = at
    record = replace(said, wording=f"{consent.value}: {said.wording}" if said.wording else consent.value)
    consents.add(session, [subscription.id], ConsentAction.TRACKING, at=at, **record.as_record())
    entries.of_reader(session, by, "subscription.tracking", member, at=at, words=consent.value)
    return True


def _tracked(member: Membership) -> Tracked:
    address, subscription = member.subscriber.address, member.subscription
    return Tracked(member.publication, subscription.id, masked(address) if address else "", subscription.tracking)
