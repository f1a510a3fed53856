"""Send one notice: the one-off mails we owe someone (confirm, welcome, test, sign-in)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from newsletter.clock import Clock
from newsletter.delivery.fitness import Fitness
from newsletter.delivery.known_keys import KeyUnusable
from newsletter.delivery.pace.circuit_breaker import Gate, GatePassage
from newsletter.delivery.refusals import LONGEST_WORDS
from newsletter.delivery.retrying import RetryPolicy
from newsletter.delivery.signing import Signing
from newsletter.delivery.stepping_aside import JOURNAL, WAIT, WAY, key_of
from newsletter.delivery.welcoming import Welcoming, Words
from newsletter.errors import TransportError
from newsletter.mail.address import parse_address
from newsletter.mail.body import build_body
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Held, Outcome, Refused, Unknown, Unsent
from newsletter.mail.list_headers import list_headers
from newsletter.mail.message import MessageTemplate, date_value, header, mailbox
from newsletter.mail.refusals import About, verdict
from newsletter.mail.verp import notice_message_id, notice_return_path
from newsletter.model import INVITE, Notice, Publication
from newsletter.model.brand import brand_of
from newsletter.model.credentials import ACCOUNT_NOTICES
from newsletter.model.states import NoticeState
from newsletter.rendering.renderer import NoticeRendering
from newsletter.store import alarms
from newsletter.store.audience import invitations
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.store.publications import publications
from newsletter.tokens import Purpose, Signer
from newsletter.tracing import span
from newsletter.transports.base import OutOfReach, Transport, TurnedAway

log = structlog.get_logger(__name__)

POLICY = RetryPolicy(max_age=timedelta(days=2))
HELD_FOR = timedelta(minutes=5)
"""How long a notice waits that was refused because of us."""
INVITE_AGE = timedelta(days=14)
"""How long an invitation waits that was refused because of us: it cannot be written anew, for it goes to a person once."""
_OVERTAKEN = "not sent: meanwhile they confirmed, asked by themselves, left, or were ruled out"
ALERT = "alert"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""Pauses between two tries of an alert that nobody has seen and no server takes; they grow with its age, and have no end before."""
AGAIN = timedelta(seconds=10)
"""How long a notice waits that could not be offered to any server; it counts as no attempt."""

LEFT = "not sent: its reader left, or no mail may go there"
"""Kept with what came too late, or was for nobody."""
_ACCOUNTS = frozenset(ACCOUNT_NOTICES.values())


class _NoJournal:
    """A notice needs no journal: sent twice it does no harm."""

    def wrote(self, delivery_id: int) -> None: ...

    def heard(self, delivery_id: int, outcome: Outcome) -> None: ...


@dataclass(frozen=True)
class NoticeSender:
    """The tools of sending notices, put together once per process."""

    database: Database
    clock: Clock
    signer: Signer
    transport: Transport
    signing: Signing
    gate: Gate
    welcoming: Welcoming
    fitness: Fitness
    return_domain: str = ""
    base_url: str = ""
    account: Callable[[Notice, Publication], NoticeRendering | None] = lambda *_: None  # writes mails about accounts
    second: Callable[[], Transport | None] = lambda: None  # another way, for alerts that the first one does not take

    def send_notice(self, notice_id: int) -> None:
        """Send one notice if it is due; does nothing when another worker has it. Safe to call any number of times.

        While the way out is down it is put off unclaimed; after the wait it may be the one that tries the way. A process that cannot
        work, or not sign for this sender, leaves it to others: the scheduler rings for it in each round. (Without a journal it can.)
        """
        if not self.fitness.able(besides=(JOURNAL,)) or not self._may_sign(notice_id):
            self.clock.sleep(WAIT)
            return
        with self.gate.passing(owed=True) as passage:
            if passage.open or self.second() is not None:
                with span("notice", {"newsletter.notice_id": notice_id}):
                    self._send(notice_id, passage)
                return
        with self.database.write() as session:
            notices.put_off(session, notice_id, self.clock.now() + AGAIN)

    def _may_sign(self, notice_id: int) -> bool:
        """Tell whether this host was not found to lack the key of a notice's sender a moment ago. Raises StoreError."""
        if not self.fitness.particular:
            return True
        with self.database.read() as session:
            sender = notices.sender_of(session, notice_id)
        return sender is None or self.fitness.able_to(key_of(parse_address(sender).domain))

    def look_at(self, notice_id: int) -> Notice:
        """Return a notice as it stands now. Raises NotFoundError."""
        with self.database.read() as session:
            return notices.get(session, notice_id)

    def _send(self, notice_id: int, passage: GatePassage) -> None:
        now = self.clock.now()
        notice, publication = self._claim(notice_id, now, passage)
        if notice is None or publication is None:
            return
        words = self._written(notice, publication)
        if words is None:
            with self.database.write() as session:
                notices.settle(session, notice.id, NoticeState.REJECTED, LEFT, now, tried=False)
            return
        domain = parse_address(publication.from_address).domain
        outcome = self._offer(notice, self._compose(notice, publication, words), domain, passage)
        with self.database.write() as session:
            awaited = notice.alarm_id is not None and alarms.is_awaited(session, notice.alarm_id)
            state, at, reply = _settled(notice, outcome, self.clock.now(), awaited=awaited)
            tried = not isinstance(outcome, Held) and (not isinstance(outcome, Unsent) or outcome.counts)
            notices.settle(session, notice.id, state, reply, at, tried=tried)
        log.info("notice", notice_id=notice_id, kind=notice.kind, state=state.value)

    def _claim(self, notice_id: int, now: datetime, passage: GatePassage) -> tuple[Notice | None, Publication | None]:
        with self.database.write() as session:
            if not passage.open and not notices.is_alert(session, notice_id):
                notices.put_off(session, notice_id, now + AGAIN)
                return None, None
            notice = notices.claim(session, notice_id, now)
            if notice is None or notice.publication_id is None:
                return None, None
            if notice.kind == INVITE and not invitations.still_wanted(
                session, notice.subscription_id or 0, now, written=True
            ):
                notices.settle(session, notice.id, NoticeState.REJECTED, _OVERTAKEN, now, tried=False)
                return None, None
            return notice, publications.by_id(session, notice.publication_id)

    def _offer(self, notice: Notice, envelope: Envelope, domain: str, passage: GatePassage) -> Outcome:
        """Hand it to the way out; an alert that it does not take, or that is shut for it, goes by the second way."""
        outcome: Outcome = Unsent("the way out is shut", counts=False)
        if passage.open:
            outcome = self._submit(envelope, domain, passage)
        other = self.second() if notice.kind == ALERT and not isinstance(outcome, Accepted) else None
        if other is None:
            return outcome
        try:
            signed = self.signing.sign(envelope, domain)
            by_other = other.send([signed], _NoJournal())[envelope.delivery_id]
        except TransportError as error:
            log.warning("the second way does not take an alert", notice_id=notice.id, error=str(error))
            return outcome
        return by_other if isinstance(by_other, Accepted) else outcome

    def _submit(self, envelope: Envelope, domain: str, passage: GatePassage) -> Outcome:
        try:
            signed = self.signing.sign(envelope, domain)  # a key that cannot be used says nothing of the way out
        except KeyUnusable as error:
            self.fitness.met(key_of(domain), error)
            return Unsent(str(error), counts=False)
        self.fitness.well(key_of(domain))
        try:
            outcome = self.transport.send([signed], _NoJournal())[envelope.delivery_id]
        except OutOfReach as error:  # this machine is at fault, not the way
            self.fitness.met(WAY, error)
            return Unsent(str(error), counts=False)
        except TurnedAway as error:
            return _held(error.answer, passage)
        except TransportError as error:
            passage.failed(str(error))
            return Unsent(str(error), counts=False)
        passage.answered([outcome])
        if isinstance(outcome, Refused | Deferred) and verdict(outcome).ours:
            return _held(outcome, passage)
        return outcome

    def _written(self, notice: Notice, publication: Publication) -> Words | None:
        """Return the words and what headers they need; None when it is for nobody any more, such as a welcome to somebody who left."""
        if notice.kind == "welcome":
            return self.welcoming.write(notice, publication)
        if notice.kind in _ACCOUNTS:
            written = self.account(notice, publication)
            return Words(written, []) if written else None
        return Words(NoticeRendering(notice.subject, notice.html, notice.text), [])

    def _compose(self, notice: Notice, publication: Publication, words: Words) -> Envelope:
        domain = self.return_domain or parse_address(publication.from_address).domain
        path = notice_return_path(self.signer, notice.id, domain)
        name = notice_message_id(self.signer, notice.id, domain)
        headers = self._headers(notice, publication, words.rendering.subject) + words.headers
        template = MessageTemplate(headers, build_body(words.rendering.text, words.rendering.html))
        to = header("To", mailbox(notice.to_name, notice.to_address))[4:-2]
        date = header("Date", date_value(self.clock.now()))
        content = template.compose(to=to, message_id=name.encode(), slots={}, extra=date)
        # Negative, so that it can never be taken for a delivery of an issue.
        ascii_only = notice.to_address.isascii()
        return Envelope(
            -notice.id,
            path,
            notice.to_address,
            content,
            smtputf8=not ascii_only,
            wire_safe=ascii_only and template.wire_safe,
            message_id=name,
        )

    def _headers(self, notice: Notice, publication: Publication, subject: str) -> list[tuple[str, str]]:
        headers = [("From", mailbox(publication.from_name, publication.from_address)), ("Subject", subject)]
        if notice.kind != "test":
            headers.append(
                ("Auto-Submitted", "auto-generated")
            )  # RFC 3834 section 5: made without a person, answer it with none
        if notice.kind == INVITE:
            headers += self._ways_to_say_no(notice, publication)
        return headers

    def _ways_to_say_no(self, notice: Notice, publication: Publication) -> list[tuple[str, str]]:
        """One click for mail programs: who did not ask for the mail must not have to open it to be left alone."""
        brand = brand_of(publication, self.base_url)
        # of the same moment, and so the same token as in the text
        token = self.signer.issue_timed(Purpose.CONFIRM, notice.subscription_id or 0, notice.created_at)
        return list_headers(
            name=publication.name,
            list_id=publication.list_id,
            unsubscribe_url=brand.never_url(token),
            archive_url=brand.home,
        )


def _held(answer: Refused | Deferred, passage: GatePassage) -> Outcome:
    """What speaks of us keeps the notice. One alone proves only in some words that all would be told the same."""
    found = verdict(answer)
    if found.sure and found.about is About.WAY:
        passage.refuse(" ".join(answer.reply.split())[:LONGEST_WORDS])
    return Held(answer.code, answer.status, answer.reply)


def _pause(notice: Notice, now: datetime) -> timedelta:
    """How long an alert waits: as long as it has waited already, so that the pauses grow."""
    return min(LONGEST_PAUSE, max(FIRST_PAUSE, now - notice.created_at))


def _settled(notice: Notice, outcome: Outcome, now: datetime, *, awaited: bool) -> tuple[NoticeState, datetime, str]:
    match outcome:
        case Accepted(_, _, reply):
            return NoticeState.SUBMITTED, now, reply
        case Held(_, _, reply) | Refused(_, _, reply) | Deferred(_, _, reply) | Unsent(reply) if awaited:
            # Whoever refuses everything refuses this, too, perhaps in words that blame its reader.
            return NoticeState.QUEUED, now + _pause(notice, now), reply
        case Held(_, _, reply) if notice.kind == INVITE and now < notice.created_at + INVITE_AGE:
            return NoticeState.QUEUED, now + HELD_FOR, reply
        case Held(_, _, reply) if notice.kind != "test" and now < notice.created_at + POLICY.max_age:
            return NoticeState.QUEUED, now + HELD_FOR, reply
        case Held(_, _, reply):  # whoever tries it is told at once; and nobody waits for ever
            return NoticeState.REJECTED, now, reply
        case Refused(_, _, reply):
            return NoticeState.REJECTED, now, reply
        case Unsent(reply, False):
            return NoticeState.QUEUED, now + AGAIN, reply
        case Unknown(reply) if notice.kind == INVITE:  # it may have come: nobody is asked twice
            return NoticeState.UNCERTAIN, now, reply
        case Deferred(_, _, reply) | Unknown(reply) | Unsent(reply):
            # `Unsent`, and to blame for it: one that breaks connections is not tried for ever.
            chance = random.Random(notice.id)  # noqa: S311 - jitter, not a secret
            again = POLICY.next_attempt(notice.attempts, now, planned_at=notice.created_at, chance=chance)
            return (NoticeState.QUEUED, again, reply) if again else (NoticeState.REJECTED, now, f"given up: {reply}")
