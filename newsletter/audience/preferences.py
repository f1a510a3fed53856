"""What a reader decides from a mail: to leave. The token in the mail is the only key, and it never expires."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import TokenError
from newsletter.mail.address import masked
from newsletter.model import Publication
from newsletter.model.states import SubscriptionState
from newsletter.store import consents, subscriptions
from newsletter.store.consents import ConsentAction
from newsletter.store.database import Database
from newsletter.store.subscriptions import Membership
from newsletter.tokens import Purpose, Signer


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a reader stands on a publication; the address is masked, for the page may be seen by others."""

    publication: Publication
    masked_address: str
    active: bool


def look_up(database: Database, *, signer: Signer, token: str) -> Standing:
    """Say where the reader of a mail stands; changes nothing. Raises TokenError."""
    delivery_id = signer.read(Purpose.UNSUBSCRIBE, token)
    with database.read() as session:
        return _standing(_member(session, delivery_id, locked=False))


def unsubscribe(database: Database, *, clock: Clock, signer: Signer, token: str, ip: str, place: str) -> Standing:
    """Unsubscribe the reader of a mail and record it; a second time changes nothing. Raises TokenError."""
    delivery_id = signer.read(Purpose.UNSUBSCRIBE, token)
    now = clock.now()
    with database.write() as session:
        member = _member(session, delivery_id, locked=True)
        if member.subscription.state is not SubscriptionState.UNSUBSCRIBED:
            member.subscription.state = SubscriptionState.UNSUBSCRIBED
            member.subscription.changed_at = now
            consents.add(session, [member.subscription.id], ConsentAction.UNSUBSCRIBED, at=now, place=place, ip=ip)
    return _standing(member)


def _member(session: Session, delivery_id: int, *, locked: bool) -> Membership:
    member = subscriptions.of_delivery(session, delivery_id, locked=locked)
    if member is None:
        raise TokenError("this link belongs to a mail we no longer know", remedy="use the link of a newer mail")
    return member


def _standing(member: Membership) -> Standing:
    address = member.subscriber.address
    return Standing(
        member.publication,
        masked(address) if address else "",
        active=member.subscription.state is SubscriptionState.ACTIVE,
    )
