"""What a reader decides from a mail: to leave, and to take that back. The token in the mail is the only key, and it never expires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.audience.mail_links import read_link, reader_of
from newsletter.clock import Clock
from newsletter.errors import ConflictError
from newsletter.mail.address import masked
from newsletter.model import Publication
from newsletter.model.states import SubscriptionState
from newsletter.sentences import sentence
from newsletter.store import consents, suppressions
from newsletter.store.consents import WITHDRAWALS, ConsentAction
from newsletter.store.database import Database
from newsletter.store.subscriptions import Membership
from newsletter.tokens import Signer

RETURN = timedelta(days=30)
"""How long after a goodbye one press takes it back."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a reader stands on a publication; the address is masked, for the page may be seen by others."""

    publication: Publication
    masked_address: str
    active: bool
    may_return: bool = False
    """Whether one press takes the goodbye back; else the way is a new confirmation by mail."""


def look_up(database: Database, *, clock: Clock, signer: Signer, token: str) -> Standing:
    """Say where the reader of a mail stands; changes nothing. Raises TokenError."""
    link = read_link(signer, token)
    with database.read() as session:
        member = reader_of(session, link)
        return _standing(member, may_return=_may_return(session, member, clock.now()))


def unsubscribe(database: Database, *, clock: Clock, signer: Signer, token: str, ip: str, place: str) -> Standing:
    """Unsubscribe the reader of a mail and record it; a second time changes nothing. Raises TokenError."""
    link, now = read_link(signer, token), clock.now()
    with database.write() as session:
        member = reader_of(session, link, locked=True)
        if member.subscription.state is not SubscriptionState.UNSUBSCRIBED:
            member.subscription.state = SubscriptionState.UNSUBSCRIBED
            member.subscription.changed_at = now
            consents.add(session, [member.subscription.id], ConsentAction.UNSUBSCRIBED, at=now, place=place, ip=ip)
        return _standing(member, may_return=_may_return(session, member, now))


def return_again(
    database: Database, *, clock: Clock, signer: Signer, token: str, ip: str, place: str, wording: str
) -> Standing:
    """Take back the goodbye of a mail's reader and record the consent in the words shown; a second time changes nothing.

    Raises TokenError; ConflictError when they complained, the address is suppressed, or they left longer than RETURN ago.
    """
    link, now = read_link(signer, token), clock.now()
    with database.write() as session:
        member = reader_of(session, link, locked=True)
        if member.subscription.state is SubscriptionState.ACTIVE:
            return _standing(member)
        if not _may_return(session, member, now):
            raise ConflictError(
                sentence("this link does not bring the newsletter back any more"),
                where=member.publication.name,
                remedy=sentence("subscribe with the form, and confirm in the mail that comes"),
            )
        member.subscription.state = SubscriptionState.ACTIVE
        member.subscription.changed_at = now
        consents.add(
            session, [member.subscription.id], ConsentAction.CONFIRMED, at=now, place=place, ip=ip, wording=wording
        )
        return _standing(member)


def _may_return(session: Session, member: Membership, now: datetime) -> bool:
    """Tell whether the link in a mail, which may have been handed on, is enough: after a goodbye that is young, and nothing worse."""
    if member.subscription.state is not SubscriptionState.UNSUBSCRIBED or not member.subscriber.address:
        return False
    withdrawn = [record for record in consents.of(session, member.subscription.id) if record.action in WITHDRAWALS]
    if not withdrawn or withdrawn[-1].action != ConsentAction.UNSUBSCRIBED or withdrawn[-1].at < now - RETURN:
        return False
    return not suppressions.is_suppressed(session, member.subscriber.address_hash, member.publication.id, now)


def _standing(member: Membership, *, may_return: bool = False) -> Standing:
    address = member.subscriber.address
    return Standing(
        member.publication,
        masked(address) if address else "",
        active=member.subscription.state is SubscriptionState.ACTIVE,
        may_return=may_return,
    )
