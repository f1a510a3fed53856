"""What an editor does with one reader: note something, add somebody by hand, and have a confirmation sent once more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.audience.ended import see_open
from newsletter.audience.importing import Importing
from newsletter.audience.lists_reading import ListTerms
from newsletter.audience.reader import read_reader
from newsletter.audience.reader_lists import BY_HAND
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import AuditEntry, ReaderChange, ReaderNote, SignUp
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import SubscriptionState
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Subject
from newsletter.store.audience import consents, reader_changes, reader_notes, sign_ups, subscribers, subscriptions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.subscribers import NewSubscriber
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database
from newsletter.store.delivery import notices

MOST_NOTE_CHARS, MOST_NOTES = 2_000, 200
MOST_SENTENCE_CHARS = 2_000
AGAIN = timedelta(days=1)
"""How long after a confirmation mail another one may be asked for."""
MOST_AGAIN = 3
"""Confirmation mails that a request leads to, the first included."""
SENT_AGAIN = "sent again by an editor"
"""The place in the consent record of a confirmation that an editor had sent once more."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
WAYS = ("in person", "on paper", "by letter", "by mail", "by telephone", "by another form")
"""How somebody may have told an editor that they want it."""


class AddedReader(NamedTuple):
    """Somebody whom an editor adds, with the proof: the sentence they agreed to, when and how; `proven` when no mail need ask them."""

    address: str
    name: str
    sentence: str
    day: str
    way: str
    proven: bool = False


class ReaderFile(NamedTuple):
    """What editors did with a reader of a publication, oldest first."""

    subscription_id: int
    state: SubscriptionState
    notes: Sequence[ReaderNote]
    changes: Sequence[tuple[ReaderChange, str]]
    entries: Sequence[AuditEntry]
    may_send_again: bool


@dataclass(frozen=True)
class OneReader:
    """The tools of single readers, put together once per process."""

    database: Database
    clock: Clock
    importing: Importing

    def look(self, publication_id: int, subscriber_id: int, *, by: Actor) -> ReaderFile | None:
        """Return what editors did with a reader; None for somebody who never read this publication. Raises ForbiddenError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        with self.database.read() as session:
            member = _member(session, publication_id, subscriber_id)
            if member is None:
                return None
            its = member.subscription.id
            return ReaderFile(
                its,
                member.subscription.state,
                reader_notes.of(session, its),
                reader_changes.of_reader(session, its),
                audit.page(session, publication_id=publication_id, subject=Subject("subscription", its), limit=50)[
                    ::-1
                ],
                not self._refusal(session, member),
            )

    def note(self, publication_id: int, subscriber_id: int, text: str, *, by: Actor) -> None:
        """Note something of a reader. Raises InputError, NotFoundError, ForbiddenError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        words = text.replace("\r\n", "\n").replace("\x00", "").strip()
        if not 0 < len(words) <= MOST_NOTE_CHARS:
            raise InputError(f"a note has 1 to {MOST_NOTE_CHARS:,} characters", where="note", remedy="shorten it")
        with self.database.write() as session:
            member = _expect(_locked(session, publication_id, subscriber_id))
            its = member.subscription.id
            if reader_notes.count(session, its) >= MOST_NOTES:
                raise InputError(f"there are {MOST_NOTES} notes already", where="note", remedy="remove an old one")
            now, who = self.clock.now(), by.shown_as[:200]
            session.add(ReaderNote(subscription_id=its, person=by.person, name=who, text=words, at=now))
            entries.of_reader(session, by, "reader.note", member, at=now)

    def remove_note(self, publication_id: int, subscriber_id: int, note_id: int, *, by: Actor) -> None:
        """Remove a note. Raises NotFoundError, ForbiddenError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.write() as session:
            member = _expect(_locked(session, publication_id, subscriber_id))
            if not reader_notes.remove(session, member.subscription.id, note_id):
                raise NotFoundError("this note is gone already", remedy="load the page again")
            entries.of_reader(session, by, "reader.note.remove", member, at=self.clock.now())

    def send_again(self, publication_id: int, subscriber_id: int, *, by: Actor) -> None:
        """Have the mail that asks a reader to confirm sent once more, as if they had filled in the form again.

        Raises ConflictError where they do not wait for it, or got one lately or often enough; NotFoundError, ForbiddenError. Limits of
        all sign-ups hold besides: see `newsletter.audience.answering`.
        """
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        now = self.clock.now()
        with self.database.write() as session:
            member = _expect(_locked(session, publication_id, subscriber_id))
            see_open(member.publication)
            if refusal := self._refusal(session, member):
                raise ConflictError(refusal, where="confirmation", remedy="the reader can fill in the form themselves")
            asked = consents.last(session, member.subscription.id, ConsentAction.ASKED)
            again = SignUp(publication_id=publication_id, address=member.subscriber.address, name="", at=now, ip="")
            again.wording, again.place, again.due_at = asked.wording if asked else "", SENT_AGAIN, now
            sign_ups.add(session, again)
            entries.of_reader(session, by, "reader.confirmation.again", member, at=now)

    def add(self, publication_id: int, wanted: AddedReader, *, by: Actor) -> str:
        """Add a reader by hand; return what became of them: `added`, `asked`, `known`, `waits`, `left` or `ruled out`.

        One mail asks them whether they want it, unless their consent is proven. Nobody comes back who left or is ruled out. Raises
        InputError, ForbiddenError.
        """
        person, words = read_reader(wanted.address, wanted.name), _proof(wanted, self.clock.now().date())
        row = {"email": person.address, "name": person.name}
        terms = ListTerms(BY_HAND, consent=words, confirmed=wanted.proven, ask=not wanted.proven)
        report = self.importing.import_list([row], terms, publication_id=publication_id, by=by)
        if report.suppressed or report.unsubscribed:
            return "ruled out" if report.suppressed else "left"
        if report.added or report.confirmed:
            return "added" if wanted.proven else "asked" if report.asked else "waits"
        return "waits" if self._waits(publication_id, person) else "known"

    def _waits(self, publication_id: int, person: NewSubscriber) -> bool:
        with self.database.read() as session:
            found = subscribers.find(session, person.address_hash)
            member = _member(session, publication_id, found.id) if found is not None else None
            return member is not None and member.subscription.state is SubscriptionState.PENDING

    def _refusal(self, session: Session, member: Membership) -> str:
        """Say why no confirmation may be sent once more; nothing where it may."""
        if member.subscription.state is not SubscriptionState.PENDING or not member.subscriber.address:
            return "this reader does not wait to confirm"
        asked = [each for each in consents.of(session, member.subscription.id) if each.action == ConsentAction.ASKED]
        if not asked or consents.asked_at(session, member.subscription.id) is None:
            return "this reader did not fill in the form"
        if sign_ups.is_waiting(session, member.publication.id, member.subscriber.address):
            return "the mail is on its way already"
        written = notices.written_at(session, member.subscription.id, "confirm")
        if len(written) >= MOST_AGAIN:
            return f"{MOST_AGAIN} mails have asked already"
        if written and written[-1] > self.clock.now() - AGAIN:
            return "the last mail that asked is less than a day old"
        return ""


def _proof(wanted: AddedReader, today: date) -> str:
    sentence = " ".join(wanted.sentence.split())
    if not 0 < len(sentence) <= MOST_SENTENCE_CHARS:
        raise InputError(
            "say to what they agreed", where="sentence", remedy="write the sentence that they saw or heard"
        )
    if _CONTROL.search(sentence):
        raise InputError("a sentence has no control characters", where="sentence", remedy="type it anew")
    try:
        day = date.fromisoformat(wanted.day if _DAY.fullmatch(wanted.day) else "")
    except ValueError:
        raise InputError("say when they agreed", where="day", remedy="write the day as 2026-05-09") from None
    if not date(1990, 1, 1) <= day <= today + timedelta(days=1):  # it is tomorrow already in the east
        raise InputError("this day has not come, or is long past", where="day", remedy="name the day when they agreed")
    if wanted.way not in WAYS:
        raise InputError("say how they agreed", where="way", remedy=f"choose one of: {', '.join(WAYS)}")
    return f"{sentence} ({wanted.way}, {day.isoformat()})"


def _member(session: Session, publication_id: int, subscriber_id: int) -> Membership | None:
    members = subscriptions.of_subscriber(session, subscriber_id)
    return next((each for each in members if each.publication.id == publication_id), None)


def _locked(session: Session, publication_id: int, subscriber_id: int) -> Membership | None:
    if subscribers.by_id(session, subscriber_id) is None:
        return None
    members = subscriptions.of_subscriber(session, subscriber_id, locked=True)
    return next((each for each in members if each.publication.id == publication_id), None)


def _expect(member: Membership | None) -> Membership:
    if member is None or not member.subscriber.address:
        raise NotFoundError("this is no reader of the publication", remedy="look for the address")
    return member
