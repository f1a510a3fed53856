"""Whose link stands in a mail: an issue's names its delivery, a welcome's the subscription, for nothing was delivered yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.errors import TokenError
from newsletter.sentences import sentence
from newsletter.store import subscriptions
from newsletter.store.subscriptions import Membership
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


def reader_of(session: Session, link: MailLink, *, locked: bool = False) -> Membership:
    """Return the reader whose link it is, locked until the transaction ends if asked. Raises TokenError."""
    member = _found(session, link, locked=locked)
    if member is None:
        raise TokenError(
            sentence("this link belongs to a mail we no longer know"), remedy=sentence("use the link of a newer mail")
        )
    return member


def _found(session: Session, link: MailLink, *, locked: bool) -> Membership | None:
    if link.purpose is Purpose.UNSUBSCRIBE:
        return subscriptions.of_delivery(session, link.subject, locked=locked)
    return (subscriptions.lock if locked else subscriptions.find)(session, link.subject)
