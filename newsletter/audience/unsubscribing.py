"""What a reader decides from a mail: to leave, and to take that back. The token in the mail is the only key, and it never expires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.audience import entries
from newsletter.audience.ended import see_open
from newsletter.audience.mail_links import lock_reader, read_link, reader_of
from newsletter.audience.said import Said
from newsletter.clock import Clock
from newsletter.errors import ConflictError
from newsletter.mail.address import masked
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.states import SubscriptionState
from newsletter.sentences import sentence
from newsletter.store.audience import consents, subscriptions, suppressions
from newsletter.store.audience.consents import WITHDRAWALS, ConsentAction
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database
from newsletter.tokens import Signer

RETURN = timedelta(days=30)
"""How long after a goodbye one press takes it back."""


@dataclass(frozen=True, slots=True)
class ReaderStanding:
    """Where a reader stands on a publication; the address is masked, for the page may be seen by others."""

    publication: Publication
    subscription_id: int
    masked_address: str
    active: bool
    may_return: bool = False
    """Whether one press takes the goodbye back; else the way is a new confirmation by mail."""


@dataclass(frozen=True)
class Preferences:
    """The tools of readers who hold a link of ours, put together once per process."""

    database: Database
    clock: Clock
    signer: Signer

    def look_up(self, token: str) -> ReaderStanding:
        """Say where the reader of a mail stands; changes nothing. Raises TokenError."""
        link = read_link(self.signer, token)
        with self.database.read() as session:
            member = reader_of(session, link)
            return _standing(member, may_return=_may_return(session, member, self.clock.now()))

    def unsubscribe(self, subscription_id: int, said: Said, *, by: Actor) -> ReaderStanding:
        """Unsubscribe a reader and record it; a second time changes nothing. Raises NotFoundError, ForbiddenError."""
        now = self.clock.now()
        with self.database.write() as session:
            member = lock_reader(session, subscription_id, by)
            moved = subscriptions.move(session, member.subscription, SubscriptionState.UNSUBSCRIBED, now)
            # whom an editor unsubscribed says it themselves now: no undo of the editor's brings them back
            if moved or consents.ended_by_an_editor(session, subscription_id):
                consents.add(session, [subscription_id], ConsentAction.UNSUBSCRIBED, at=now, **said.as_record())
                entries.of_reader(session, by, "subscription.end", member, at=now)
            return _standing(member, may_return=_may_return(session, member, now))

    def return_again(self, subscription_id: int, said: Said, *, by: Actor) -> ReaderStanding:
        """Take back a reader's goodbye and record the consent in the words shown; a second time changes nothing.

        Raises NotFoundError, ForbiddenError; ConflictError when they complained, the address is suppressed, or they left longer
        than RETURN ago.
        """
        now = self.clock.now()
        with self.database.write() as session:
            member = lock_reader(session, subscription_id, by)
            if member.subscription.state is SubscriptionState.ACTIVE:
                return _standing(member)
            if not _may_return(session, member, now):
                raise ConflictError(
                    sentence("this link does not bring the newsletter back any more"),
                    where=member.publication.name,
                    remedy=sentence("subscribe with the form, and confirm in the mail that comes"),
                )
            see_open(member.publication)
            subscriptions.move(session, member.subscription, SubscriptionState.ACTIVE, now)
            consents.add(session, [subscription_id], ConsentAction.CONFIRMED, at=now, **said.as_record())
            entries.of_reader(session, by, "subscription.take-up-again", member, at=now)
            return _standing(member)


def _may_return(session: Session, member: Membership, now: datetime) -> bool:
    """Tell whether the link in a mail, which may have been handed on, is enough: after a goodbye that is young, and nothing worse."""
    if member.subscription.state is not SubscriptionState.UNSUBSCRIBED or not member.subscriber.address:
        return False
    withdrawn = [record for record in consents.of(session, member.subscription.id) if record.action in WITHDRAWALS]
    if not withdrawn or withdrawn[-1].action != ConsentAction.UNSUBSCRIBED or withdrawn[-1].at < now - RETURN:
        return False
    return not suppressions.is_suppressed(session, member.subscriber.address_hash, member.publication.id, now)


def _standing(member: Membership, *, may_return: bool = False) -> ReaderStanding:
    address = member.subscriber.address
    return ReaderStanding(
        member.publication,
        member.subscription.id,
        masked(address) if address else "",
        active=member.subscription.state is SubscriptionState.ACTIVE,
        may_return=may_return,
    )
