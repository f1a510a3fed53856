"""Confirm a subscription: only the reader's own confirmation makes it active."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require_reader
from newsletter.audience import entries
from newsletter.audience.ended import see_open
from newsletter.audience.said import Said
from newsletter.audience.told_at_sign_up import bring_in
from newsletter.clock import Clock
from newsletter.errors import ConflictError, TokenError
from newsletter.model import Notice, Publication, Suppression
from newsletter.model.actor import Actor
from newsletter.model.states import NoticeState, SubscriptionState
from newsletter.sentences import sentence
from newsletter.store.audience import consents, subscriptions, suppressions
from newsletter.store.audience.consents import WITHDRAWALS, ConsentAction
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.tokens import Purpose, Signer

CONFIRM_SECONDS = 3 * 86_400
INVITED_SECONDS = 30 * 86_400
"""Whoever was invited did not wait for the mail, and has longer to answer it."""
HELD_BY_US = frozenset({"manual", "imported", "erased"})
"""Suppressions that no reader's request takes back; those for bounces fall when the reader shows that the mailbox lives."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed subscription; `already` when it was active before, and nothing kept mail from it."""

    publication: Publication
    subscription_id: int
    already: bool
    invited: bool = False  # we asked first


@dataclass(frozen=True)
class Confirming:
    """The tools of confirming, put together once per process."""

    database: Database
    clock: Clock
    signer: Signer

    def look_up(self, token: str) -> Confirmed:
        """Say what confirming with `token` would do; changes nothing. Raises as `confirm` does."""
        subscription_id, made_at = self._read(token)
        with self.database.read() as session:
            member = _expect(subscriptions.find(session, subscription_id))
            return _weigh(session, member, made_at, self.clock.now())

    def confirm(self, token: str, said: Said, *, by: Actor) -> Confirmed:
        """Make the subscription active, record it, and owe a newcomer the welcome; a second time changes nothing.

        Raises TokenError when the token is forged, expired, made for something else, or older than the reader's last goodbye;
        ConflictError when the publisher has ruled the address out; ForbiddenError for anybody but the reader.
        """
        now = self.clock.now()
        subscription_id, made_at = self._read(token)
        with self.database.write() as session:
            member = _expect(subscriptions.lock(session, subscription_id))
            require_reader(by, subscription_id, member.publication.id)
            outcome = _weigh(session, member, made_at, now)
            if not outcome.already:
                is_new = _is_new(session, member)
                _activate(session, member, said, now)
                bring_in(session, member.publication.id, subscription_id, made_at)
                entries.of_reader(session, by, "subscription.confirm", member, at=now)
                if is_new and member.publication.welcomes:
                    notices.add(session, _welcome(member, now))
        return outcome

    def _read(self, token: str) -> tuple[int, datetime]:
        return self.signer.read_dated(Purpose.CONFIRM, token, self.clock.now(), INVITED_SECONDS)


def _expect(member: Membership | None) -> Membership:
    if member is None or not member.subscriber.address:
        raise _refused()
    return member


def _weigh(session: Session, member: Membership, made_at: datetime, now: datetime) -> Confirmed:
    subscription, held = member.subscription, _held(session, member, now)
    whose = member.publication, subscription.id
    invited = is_invitation(session, subscription.id, made_at, now)
    if subscription.state is SubscriptionState.ACTIVE and not held:
        return Confirmed(*whose, already=True, invited=invited)
    see_open(member.publication)
    asked_at = consents.asked_at(session, subscription.id)
    if asked_at is None or made_at < asked_at.replace(microsecond=0):  # a token knows whole seconds
        raise _refused()
    if any(silences(row) for row in held):
        publication = member.publication
        raise ConflictError(
            sentence("the publisher has ruled out mail to this address"),
            where=publication.name,
            remedy=sentence("write to %(address)s", address=publication.reply_to or publication.from_address),
        )
    return Confirmed(*whose, already=False, invited=invited)


def is_invitation(session: Session, subscription_id: int, made_at: datetime, now: datetime) -> bool:
    """Tell whether a link of this second stands in an invitation. Raises TokenError for any other that is older than three days."""
    invited = consents.was_invited(session, subscription_id, made_at)
    if not invited and now - made_at > timedelta(seconds=CONFIRM_SECONDS):
        raise TokenError(sentence("this link has expired"), remedy=sentence("ask for a new one"))
    return invited


def _is_new(session: Session, member: Membership) -> bool:
    """Tell whether this is the first that the reader is sent anything: they never confirmed, and never left or were a reader by a list."""
    if member.subscription.state is not SubscriptionState.PENDING:
        return False
    return not consents.has_any(session, member.subscription.id, WITHDRAWALS | {ConsentAction.CONFIRMED})


def _welcome(member: Membership, now: datetime) -> Notice:
    # Without words: a worker writes them when it goes (`newsletter.delivery.welcoming`), and the scheduler rings for it.
    return Notice(
        kind="welcome",
        publication_id=member.publication.id,
        subscription_id=member.subscription.id,
        to_address=member.subscriber.address,
        subject="",
        text="",
        html="",
        state=NoticeState.QUEUED,
        next_attempt_at=now,
        created_at=now,
    )


def _activate(session: Session, member: Membership, said: Said, now: datetime) -> None:
    subscriptions.move(session, member.subscription, SubscriptionState.ACTIVE, now)
    consents.add(session, [member.subscription.id], ConsentAction.CONFIRMED, at=now, **said.as_record())
    held = _held(session, member, now)
    suppressions.lift(session, [row.id for row in held], now)
    for row in held:
        consents.add(session, [member.subscription.id], ConsentAction.LIFTED, at=now, ip=said.ip, wording=row.reason)


def _held(session: Session, member: Membership, now: datetime) -> list[Suppression]:
    held = suppressions.applying_to(session, member.subscriber.address_hash, member.publication.id, now)
    return list(held)


def silences(row: Suppression) -> bool:
    """Tell whether the reader's own confirmation takes a suppression not back, so that a request is not even answered by mail.

    It takes back whatever follows from a report that anyone may have written, a bounce, and a complaint about this
    publication: whoever made it says otherwise now, and the page has promised them a mail. A proven complaint that counts
    everywhere is more than this publication may take back.
    """
    if row.unproven:
        return False
    if row.reason == "complaint":
        return row.publication_id is None
    return row.reason in HELD_BY_US


def _refused() -> TokenError:
    return TokenError(
        sentence("this link no longer counts"), remedy=sentence("subscribe anew, and a fresh link comes by mail")
    )
