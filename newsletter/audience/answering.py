"""Answer sign-ups by mail: in a worker, so that nobody who fills in the form can measure what it takes.

Asking changes nobody's standing: an unsubscribed reader stays so until the new confirmation.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.audience.asking import SIGN_UPS
from newsletter.audience.confirming import silences
from newsletter.audience.reader import read_reader
from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.mail.address import readable
from newsletter.mail.mailbox_key import mailbox_hash
from newsletter.model import Notice, Publication, SignUp
from newsletter.model.brand import Brand, brand_of
from newsletter.model.states import NoticeState, SubscriptionState
from newsletter.pacing import Buckets
from newsletter.queue import Job, Queue
from newsletter.rendering.alerts import alerts
from newsletter.rendering.renderer import NoticeRendering, Renderer
from newsletter.store import alarms
from newsletter.store.accounts import editors
from newsletter.store.alerting import Alert, may_alert
from newsletter.store.audience import consents, sign_ups, subscribers, subscriptions, suppressions, told_values
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.subscribers import NewSubscriber
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.tokens import Purpose, Signer

log = structlog.get_logger(__name__)

PER_MAILBOX_DAY = 3
TIMED_TOKEN_CHARS = 30
ALERT_AGAIN = timedelta(hours=6)
_ALL = "subscribe:all"
_MANY = (
    "The forms of this service were filled in so often that {per_hour:,} mails within an hour have answered them, which is the "
    "limit. {waiting:,} more sign-ups wait; each is answered when its turn comes, within a day or not at all.\n\n"
    "If you are in the news, raise NEWSLETTER_SIGN_UPS_PER_HOUR. If not, somebody may be using your form to fill strangers' mailboxes: "
    "the limit keeps that small, and a confirmation that nobody follows makes nobody a reader."
)


@dataclass(frozen=True, slots=True)
class _Answers:
    """Both mails a sign-up may lead to, rendered before it is known which; and where the token goes."""

    confirm: NoticeRendering
    already: NoticeRendering
    stand_in: str


@dataclass(frozen=True)
class Answering:
    """The tools of answering, put together once per process. `per_hour`: mails for all publications together, 0 is any number."""

    database: Database
    clock: Clock
    queue: Queue
    signer: Signer
    renderer: Renderer
    buckets: Buckets
    base_url: str
    per_hour: int

    def answer(self, sign_up_id: int) -> None:
        """Owe the mailbox one mail, or none where none may go. Safe to call any number of times."""
        with self.database.read() as session:
            found = sign_ups.find(session, sign_up_id)
        if found is None:
            return
        sign_up, publication = found
        wait = self._wait_for_turn()
        if wait:
            self._put_off(sign_up, publication, wait)
            return
        brand = brand_of(publication, self.base_url)
        spoken = replace(brand, language=sign_up.language or brand.language)
        answers = _render(self.renderer, spoken, readable(sign_up.address))
        with self.database.write() as session:
            if not sign_ups.take(session, sign_up.id):  # another worker answers it
                became, notice = "", None
            elif not self._may_mail(sign_up.address):  # asked now, so that a job that came twice takes nothing twice
                became, notice = "limit", None
            else:
                notice = self._record(session, publication, sign_up, answers)
                became = notice.kind if notice else "silence"
        self._settle(notice, became)

    def _settle(self, notice: Notice | None, became: str) -> None:
        if notice is None and self.per_hour:
            self.buckets.give_back(_ALL, 1, rate=self.per_hour / 3600, capacity=self.per_hour)
        if became:
            SIGN_UPS.labels(became).inc()
        self._ring([notice.id] if notice else [])

    def _wait_for_turn(self) -> float:
        """Take one of the hour's mails, or return the seconds until there is one."""
        return self.buckets.take(_ALL, 1, rate=self.per_hour / 3600, capacity=self.per_hour) if self.per_hour else 0.0

    def _may_mail(self, address: str) -> bool:
        bucket, rate = f"subscribe:mailbox:{mailbox_hash(address).hex()}", PER_MAILBOX_DAY / 86_400
        return not self.buckets.take(bucket, 1, rate=rate, capacity=PER_MAILBOX_DAY)

    def _record(self, session: Session, publication: Publication, sign_up: SignUp, answers: _Answers) -> Notice | None:
        person, now = read_reader(sign_up.address, sign_up.name), self.clock.now()
        if publication.closed_at is not None:
            return None  # it ended meanwhile
        held = suppressions.applying_to(session, person.address_hash, publication.id, now)
        if any(silences(row) for row in held):
            return None  # before anything is stored: an erased reader must not come back by someone typing the address
        member = _ensure(session, publication, person, now)
        if (
            member.subscription.state is SubscriptionState.ACTIVE and not held
        ):  # else nothing reaches them: confirming lifts that
            return notices.add(session, _notice("already", answers.already, member, now))
        consents.add(
            session,
            [member.subscription.id],
            ConsentAction.ASKED,
            at=sign_up.at,
            place=sign_up.place,
            ip=sign_up.ip,
            wording=sign_up.wording,
        )
        if member.subscription.state is SubscriptionState.PENDING:
            member.subscription.language = sign_up.language
        if sign_up.told:
            told_values.keep(session, member.subscription.id, now, sign_up.told)
        confirm = _with_token(answers, self.signer.issue_timed(Purpose.CONFIRM, member.subscription.id, now))
        return notices.add(session, _notice("confirm", confirm, member, now))

    def _put_off(self, sign_up: SignUp, publication: Publication, wait: float) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            sign_ups.put_off(session, [sign_up.id], now + timedelta(seconds=wait))
            due = may_alert(session, Alert.SIGN_UPS, now, ALERT_AGAIN)
            told = self._alerts(session, publication, now) if due else []
        SIGN_UPS.labels("held").inc()
        if told:
            log.warning("more sign-ups than may be answered", per_hour=self.per_hour)
        self._ring(told)

    def _alerts(self, session: Session, publication: Publication, now: datetime) -> list[int]:
        message = _MANY.format(per_hour=self.per_hour, waiting=sign_ups.waiting(session))
        title, url = "Unusually many sign-ups", f"{self.base_url}/desk"
        cause = alarms.cause_of("sign-ups", "many")
        alarm = alarms.raise_alarm(session, cause, title=title, message=message, url=url, now=now)
        owed = alerts(
            self.renderer,
            brand_of(publication, self.base_url),
            editors.able(session),
            alarm,
            publication_id=publication.id,
            now=now,
        )
        return [notices.add(session, notice).id for notice in owed]

    def _ring(self, notice_ids: Iterable[int]) -> None:
        with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
            for notice_id in notice_ids:
                self.queue.ring(Job.SEND_NOTICE, notice_id)


def _render(renderer: Renderer, brand: Brand, address: str) -> _Answers:
    stand_in = secrets.token_hex(TIMED_TOKEN_CHARS // 2)  # of a token's length, so that wrapped lines keep theirs
    return _Answers(
        renderer.notice("confirm", brand, address=address, confirm_url=brand.confirm_url(stand_in)),
        renderer.notice("already", brand, address=address),
        stand_in,
    )


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
    notice = _owed(kind, rendering, member.publication.id, member.subscriber.address, now)
    notice.subscription_id = member.subscription.id
    return notice


def _owed(kind: str, rendering: NoticeRendering, publication_id: int, address: str, now: datetime) -> Notice:
    return Notice(
        kind=kind,
        publication_id=publication_id,
        to_address=address,
        subject=rendering.subject,
        text=rendering.text,
        html=rendering.html,
        state=NoticeState.QUEUED,
        next_attempt_at=now,
        created_at=now,
    )
