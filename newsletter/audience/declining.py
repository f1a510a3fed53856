"""Say no for good to an invitation: nothing is sent, and no list brings the address back. Nobody is asked twice anyway."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require_reader
from newsletter.audience import entries
from newsletter.audience.confirming import is_invitation
from newsletter.audience.said import Said
from newsletter.clock import Clock
from newsletter.errors import TokenError
from newsletter.mail.address import masked
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.states import SubscriptionState
from newsletter.sentences import sentence
from newsletter.store.audience import consents, subscriptions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database
from newsletter.tokens import Purpose, Signer


@dataclass(frozen=True, slots=True)
class Declined:
    """Who says no to what; the address is masked, for the page may be seen by others."""

    publication: Publication
    subscription_id: int
    masked_address: str
    already: bool  # nothing is sent to them as it is


@dataclass(frozen=True)
class Declining:
    """The tools of saying no, put together once per process."""

    database: Database
    clock: Clock
    signer: Signer

    def look_up(self, token: str) -> Declined:
        """Say what declining with `token` would do; changes nothing. Raises as `decline` does."""
        subscription_id, made_at = self._read(token)
        with self.database.read() as session:
            return _weigh(session, subscriptions.find(session, subscription_id), made_at, self.clock.now())

    def decline(self, token: str, said: Said, *, by: Actor) -> Declined:
        """End the subscription, whether it waits or was confirmed since, and record it; a second time changes nothing.

        The link of an invitation never expires here, that of another mail to confirm when it does elsewhere. Raises TokenError,
        and ForbiddenError for anybody but the reader.
        """
        now = self.clock.now()
        subscription_id, made_at = self._read(token)
        with self.database.write() as session:
            member = subscriptions.lock(session, subscription_id)
            outcome = _weigh(session, member, made_at, now)
            require_reader(by, subscription_id, outcome.publication.id)
            ended = outcome.already and consents.ended_by_an_editor(session, subscription_id)
            if member is not None and (ended or not outcome.already):
                subscriptions.move(session, member.subscription, SubscriptionState.UNSUBSCRIBED, now)
                consents.add(session, [subscription_id], ConsentAction.UNSUBSCRIBED, at=now, **said.as_record())
                entries.of_reader(session, by, "subscription.decline", member, at=now)
        return outcome

    def _read(self, token: str) -> tuple[int, datetime]:
        return self.signer.read_dated(Purpose.CONFIRM, token, self.clock.now(), math.inf)


def _weigh(session: Session, member: Membership | None, made_at: datetime, now: datetime) -> Declined:
    if member is None:
        raise TokenError(
            sentence("this link belongs to a mail we no longer know"), remedy=sentence("use the link of a newer mail")
        )
    is_invitation(session, member.subscription.id, made_at, now)
    address = member.subscriber.address
    already = member.subscription.state is SubscriptionState.UNSUBSCRIBED
    return Declined(member.publication, member.subscription.id, masked(address) if address else "", already)
