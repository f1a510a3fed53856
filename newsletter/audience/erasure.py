"""Forget a person: nothing tells any more who they were, and nothing can bring them back but themselves and a lifted suppression."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.audience.reader import read_reader
from newsletter.clock import Clock
from newsletter.errors import NotFoundError
from newsletter.model import Subscriber
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import consents, invitations, sign_ups, subscribers, subscriptions, suppressions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.database import Database

REASON = "erased"


def forget(database: Database, *, clock: Clock, address: str, by: Actor) -> None:
    """Erase a person; a second time changes nothing. Raises InputError, ForbiddenError, and NotFoundError when nothing is known of them.

    Only the address's hash stays, as a suppression, so that no old list brings them back (GDPR article 17(3)(b)), and beside the
    moment when they were invited, if they were, so that nobody asks them again.
    """
    address_hash = read_reader(address).address_hash
    require(by, Right.MANAGE_AUDIENCE, None)
    now = clock.now()
    with database.write() as session:
        subscriber = subscribers.lock(session, address_hash)
        if subscriber is None and not suppressions.of(session, address_hash):
            raise NotFoundError("nothing is known of this address", remedy="`newsletter subscriber export` lists all")
        if subscriber is not None:
            _end_subscriptions(session, subscriber, now)
            subscribers.erase(session, subscriber, secrets.token_bytes(32))
        invitations.forget(session, address_hash)
        sign_ups.drop(session, address)
        suppressions.blank(session, address_hash)
        new = suppressions.add(
            session, address="", address_hash=address_hash, publication_id=None, reason=REASON, now=now
        )
        if new or subscriber is not None:
            entries.of_person(session, by, "subscriber.erase", subscriber.id if subscriber else None, at=now)


def _end_subscriptions(session: Session, subscriber: Subscriber, now: datetime) -> None:
    members = subscriptions.of_subscriber(session, subscriber.id, locked=True)
    for member in members:
        subscriptions.move(session, member.subscription, SubscriptionState.UNSUBSCRIBED, now)
    consents.add(session, [m.subscription.id for m in members], ConsentAction.ERASED, at=now)
