"""Whether a reader lets it be kept what they open and click: unknown until they say, and theirs to say again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.mail_links import read_link, reader_of
from newsletter.audience.reader import read_reader
from newsletter.clock import Clock
from newsletter.errors import NotFoundError
from newsletter.mail.address import masked
from newsletter.model import Publication
from newsletter.model.states import Consent
from newsletter.store import consents, publications, subscribers, subscriptions
from newsletter.store.consents import ConsentAction
from newsletter.store.database import Database
from newsletter.store.subscriptions import Membership
from newsletter.tokens import Signer


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a reader said; the address is masked, for the page may be seen by others."""

    publication: Publication
    masked_address: str
    consent: Consent


def look_up(database: Database, *, signer: Signer, token: str) -> Tracked:
    """Say what the reader of a mail agreed to; changes nothing. Raises TokenError."""
    link = read_link(signer, token)
    with database.read() as session:
        return _tracked(reader_of(session, link))


def decide(
    database: Database, *, clock: Clock, signer: Signer, token: str, granted: bool, ip: str, wording: str
) -> Tracked:
    """Record what the reader of a mail decided, in the words shown; the same again changes nothing. Raises TokenError."""
    link, wanted = read_link(signer, token), Consent.GRANTED if granted else Consent.DENIED
    with database.write() as session:
        member = reader_of(session, link, locked=True)
        _change(session, member, wanted, at=clock.now(), place="address page", ip=ip, wording=wording)
    return _tracked(member)


def decide_for(database: Database, *, clock: Clock, address: str, publication: str, consent: Consent) -> bool:
    """Record what a reader told us otherwise; False when it was so already. Raises InputError, NotFoundError."""
    person = read_reader(address)
    with database.write() as session:
        owner = publications.get(session, publication)
        subscriber = subscribers.find(session, person.address_hash)
        if subscriber is None:
            raise NotFoundError("nothing is known of this address", remedy="is it written as in the subscription?")
        member = subscriptions.lock_for(session, owner.id, subscriber.id)
        return _change(session, member, consent, at=clock.now(), place="by hand")


def _change(
    session: Session, member: Membership, consent: Consent, *, at: datetime, place: str, ip: str = "", wording: str = ""
) -> bool:
    subscription = member.subscription
    if subscription.tracking is consent:
        return False
    subscription.tracking = consent
    subscription.changed_at = at
    said = f"{consent.value}: {wording}" if wording else consent.value
    consents.add(session, [subscription.id], ConsentAction.TRACKING, at=at, place=place, ip=ip, wording=said)
    return True


def _tracked(member: Membership) -> Tracked:
    address = member.subscriber.address
    return Tracked(member.publication, masked(address) if address else "", member.subscription.tracking)
