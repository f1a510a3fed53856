"""Double opt-in: a request is answered by mail only, and only the reader's own confirmation makes a subscription active.

The answer to a request is the same for every address, known or not. Asking changes nobody's standing: an unsubscribed
reader stays so until the new confirmation.
"""

from __future__ import annotations

import contextlib
import math
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.audience.reader import read_reader
from newsletter.clock import Clock
from newsletter.errors import ConflictError, LimitError, QueueError, TokenError
from newsletter.mail.address import readable
from newsletter.model import Notice, Publication, Suppression
from newsletter.model.brand import Brand, brand_of
from newsletter.model.states import NoticeState, SubscriptionState
from newsletter.networks import network_of
from newsletter.pacing import Buckets
from newsletter.queue import Job, Queue
from newsletter.rendering.renderer import NoticeRendering, Renderer
from newsletter.store import consents, notices, publications, subscribers, subscriptions, suppressions
from newsletter.store.consents import ConsentAction
from newsletter.store.database import Database
from newsletter.store.subscribers import NewSubscriber
from newsletter.store.subscriptions import Membership
from newsletter.tokens import Purpose, Signer

CONFIRM_SECONDS = 3 * 86_400
FORM_MIN_SECONDS, FORM_MAX_SECONDS = 2, 86_400
PER_IP_HOUR, PER_IP_BURST = 10, 5
PER_ADDRESS_DAY = 3
TIMED_TOKEN_CHARS = 30
HELD_BY_US = frozenset({"manual", "imported", "erased"})
"""Suppressions that no reader's request takes back; those for bounces fall when the reader shows that the mailbox lives."""
AFTER_COMPLAINT = timedelta(days=7)
"""How long nobody can have us write to an address whose owner complained; then a request is answered again."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed subscription; `already` when it was active before."""

    publication: Publication
    already: bool


@dataclass(frozen=True, slots=True)
class _Request:
    """Who asks, when, and what is kept as proof of it."""

    person: NewSubscriber
    at: datetime
    ip: str
    wording: str
    place: str


@dataclass(frozen=True, slots=True)
class _Answers:
    """Both mails a request may lead to, rendered before it is known which, so that time does not tell; and where the token goes."""

    confirm: NoticeRendering
    already: NoticeRendering
    stand_in: str


def form_token(signer: Signer, clock: Clock, publication_id: int) -> str:
    """Return the token a subscribe form carries: proof that the form was shown, and when."""
    return signer.issue_timed(Purpose.FORM, publication_id, clock.now())


def check_form(signer: Signer, clock: Clock, publication_id: int, token: str, honeypot: str) -> bool:
    """Tell whether to go on; False when the field people do not see was filled: answer as if it had worked.

    Raises TokenError when the form is forged, of another publication, older than a day, or came back within 2 seconds.
    """
    if honeypot:
        return False
    shown_for = signer.read_timed(Purpose.FORM, token, clock.now(), FORM_MAX_SECONDS, FORM_MIN_SECONDS)
    if shown_for != publication_id:
        raise TokenError("this form belongs to another publication", remedy="load the page again")
    return True


def subscribe(
    database: Database,
    *,
    clock: Clock,
    queue: Queue,
    signer: Signer,
    renderer: Renderer,
    buckets: Buckets,
    base_url: str,
    publication: str,
    address: str,
    name: str = "",
    ip: str,
    wording: str,
    place: str = "form",
) -> None:
    """Take a request to subscribe; the answer goes to the mailbox, never to the caller.

    Raises InputError for an address or name that cannot be used, NotFoundError for the publication, LimitError when `ip` asks too often.
    """
    person = read_reader(address, name)
    _limit_ip(buckets, ip)
    with database.read() as session:
        brand = brand_of(publications.get(session, publication), base_url)
    if not _may_mail(buckets, person):
        return
    answers = _render(renderer, brand, readable(person.address))
    request = _Request(person, clock.now(), ip, wording, place)
    with database.write() as session:
        found = publications.get(session, publication)
        notice = _record(session, found, request, answers, signer)
    if notice is not None:
        with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
            queue.ring(Job.SEND_NOTICE, notice.id)


def look_up(database: Database, *, clock: Clock, signer: Signer, token: str) -> Confirmed:
    """Say what confirming with `token` would do; changes nothing. Raises as `confirm` does."""
    subscription_id, made_at = _read_token(signer, clock, token)
    with database.read() as session:
        member = _expect(subscriptions.find(session, subscription_id))
        return _weigh(session, member, made_at, clock.now())


def confirm(database: Database, *, clock: Clock, signer: Signer, token: str, ip: str) -> Confirmed:
    """Make the subscription active and record it; a second time changes nothing.

    Raises TokenError when the token is forged, expired, made for something else, or older than the reader's last goodbye;
    ConflictError when the publisher has ruled the address out.
    """
    subscription_id, made_at = _read_token(signer, clock, token)
    now = clock.now()
    with database.write() as session:
        member = _expect(subscriptions.lock(session, subscription_id))
        outcome = _weigh(session, member, made_at, now)
        if not outcome.already:
            _activate(session, member, now, ip)
    return outcome


def _limit_ip(buckets: Buckets, ip: str) -> None:
    wait = buckets.take(f"subscribe:ip:{network_of(ip)}", 1, rate=PER_IP_HOUR / 3600, capacity=PER_IP_BURST)
    if wait:
        seconds = math.ceil(wait)
        raise LimitError(
            "too many requests from your network",
            retry_after=seconds,
            remedy=f"try again in {math.ceil(seconds / 60)} minutes",
        )


def _may_mail(buckets: Buckets, person: NewSubscriber) -> bool:
    bucket = f"subscribe:address:{person.address_hash.hex()}"
    return not buckets.take(bucket, 1, rate=PER_ADDRESS_DAY / 86_400, capacity=PER_ADDRESS_DAY)


def _render(renderer: Renderer, brand: Brand, address: str) -> _Answers:
    stand_in = secrets.token_hex(TIMED_TOKEN_CHARS // 2)  # of a token's length, so that wrapped lines keep theirs
    return _Answers(
        renderer.notice("confirm", brand, address=address, confirm_url=brand.confirm_url(stand_in)),
        renderer.notice("already", brand, address=address),
        stand_in,
    )


def _record(
    session: Session, publication: Publication, request: _Request, answers: _Answers, signer: Signer
) -> Notice | None:
    held = suppressions.applying_to(session, request.person.address_hash, publication.id, request.at)
    if any(_silences(row, request.at) for row in held):
        return None  # before anything is stored: an erased reader must not come back by someone typing the address
    member = _ensure(session, publication, request.person, request.at)
    if member.subscription.state is SubscriptionState.ACTIVE:
        return notices.add(session, _notice("already", answers.already, member, request.at))
    consents.add(
        session,
        [member.subscription.id],
        ConsentAction.ASKED,
        at=request.at,
        place=request.place,
        ip=request.ip,
        wording=request.wording,
    )
    confirm = _with_token(answers, signer.issue_timed(Purpose.CONFIRM, member.subscription.id, request.at))
    return notices.add(session, _notice("confirm", confirm, member, request.at))


def _ensure(session: Session, publication: Publication, person: NewSubscriber, now: datetime) -> Membership:
    subscriber_id = subscribers.ensure(session, [person], now)[person.address_hash]
    subscriptions.add_missing(session, publication.id, [subscriber_id], SubscriptionState.PENDING, now)
    return subscriptions.lock_for(session, publication.id, subscriber_id)


def _with_token(answers: _Answers, token: str) -> NoticeRendering:
    mail = answers.confirm
    return replace(
        mail,
        text=mail.text.replace(answers.stand_in, token),
        html=mail.html.replace(answers.stand_in, token),
    )


def _notice(kind: str, rendering: NoticeRendering, member: Membership, now: datetime) -> Notice:
    # To the address as its owner wrote it, whoever asked now in which letter case.
    # No name in this mail, not even in To: whoever fills in the form could write to strangers in it.
    return Notice(
        kind=kind,
        publication_id=member.publication.id,
        subscription_id=member.subscription.id,
        to_address=member.subscriber.address,
        subject=rendering.subject,
        text=rendering.text,
        html=rendering.html,
        state=NoticeState.QUEUED,
        next_attempt_at=now,
        created_at=now,
    )


def _read_token(signer: Signer, clock: Clock, token: str) -> tuple[int, datetime]:
    return signer.read_dated(Purpose.CONFIRM, token, clock.now(), CONFIRM_SECONDS)


def _expect(member: Membership | None) -> Membership:
    if member is None or not member.subscriber.address:
        raise _refused()
    return member


def _weigh(session: Session, member: Membership, made_at: datetime, now: datetime) -> Confirmed:
    subscription = member.subscription
    if subscription.state is SubscriptionState.ACTIVE:
        return Confirmed(member.publication, already=True)
    asked_at = consents.asked_at(session, subscription.id)
    if asked_at is None or made_at < asked_at.replace(microsecond=0):  # a token knows whole seconds
        raise _refused()
    if any(not _liftable(row) for row in _held(session, member, now)):
        raise ConflictError(
            "the publisher has ruled out mail to this address",
            where=member.publication.name,
            remedy=f"write to {member.publication.reply_to or member.publication.from_address}",
        )
    return Confirmed(member.publication, already=False)


def _activate(session: Session, member: Membership, now: datetime, ip: str) -> None:
    member.subscription.state = SubscriptionState.ACTIVE
    member.subscription.changed_at = now
    consents.add(session, [member.subscription.id], ConsentAction.CONFIRMED, at=now, place="confirm page", ip=ip)
    held = _held(session, member, now)
    suppressions.lift(session, [row.id for row in held], now)
    for row in held:
        consents.add(session, [member.subscription.id], ConsentAction.LIFTED, at=now, ip=ip, wording=row.reason)


def _held(session: Session, member: Membership, now: datetime) -> list[Suppression]:
    held = suppressions.applying_to(session, member.subscriber.address_hash, member.publication.id, now)
    return list(held)


def _silences(row: Suppression, now: datetime) -> bool:
    """Tell whether a request is not even answered by mail: we rule the address out, or its owner has just complained."""
    if row.reason == "complaint" and _liftable(row):
        return not row.unproven and now < row.created_at + AFTER_COMPLAINT
    return not _liftable(row)


def _liftable(row: Suppression) -> bool:
    """Tell whether the reader's own confirmation takes a suppression back.

    Whatever follows from a report that anyone may have written, and a complaint about this publication: whoever made it
    says otherwise now. A proven complaint that counts everywhere is more than this publication may take back.
    """
    if row.unproven:
        return True
    if row.reason == "complaint":
        return row.publication_id is not None
    return row.reason not in HELD_BY_US


def _refused() -> TokenError:
    return TokenError("this link no longer counts", remedy="subscribe anew, and a fresh link comes by mail")
