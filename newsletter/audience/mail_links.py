"""Whose link stands in a mail: an issue's names its delivery, a welcome's the subscription, for nothing was delivered yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require_reader
from newsletter.errors import NotFoundError, TokenError
from newsletter.model.actor import Actor
from newsletter.sentences import sentence
from newsletter.store.audience import subscriptions
from newsletter.store.audience.subscriptions import Membership
from newsletter.tokens import Purpose, Signer


@dataclass(frozen=True, slots=True)
class MailLink:
    """What a token of ours names: a delivery (UNSUBSCRIBE) or a subscription (PREFERENCES)."""

    purpose: Purpose
    subject: int


def read_link(signer: Signer, token: str) -> MailLink:
    """Return what the link in a mail names; no database is asked for a token that nobody made. Raises TokenError."""
    try:
        return MailLink(Purpose.UNSUBSCRIBE, signer.read(Purpose.UNSUBSCRIBE, token))
    except TokenError:
        return MailLink(Purpose.PREFERENCES, signer.read(Purpose.PREFERENCES, token))


def reader_of(session: Session, link: MailLink) -> Membership:
    """Return the reader whose link it is. Raises TokenError."""
    find = subscriptions.of_delivery if link.purpose is Purpose.UNSUBSCRIBE else subscriptions.find
    member = find(session, link.subject)
    if member is None:
        raise TokenError(
            sentence("this link belongs to a mail we no longer know"), remedy=sentence("use the link of a newer mail")
        )
    return member


def lock_reader(session: Session, subscription_id: int, by: Actor) -> Membership:
    """Return a reader for changing, whom only they themselves change and who manages the audience. Raises NotFoundError, ForbiddenError."""
    member = subscriptions.lock(session, subscription_id)
    if member is None:
        raise NotFoundError(sentence("this subscription is gone"), remedy=sentence("use the link of a newer mail"))
    require_reader(by, subscription_id, member.publication.id)
    return member
