"""Take a request to subscribe: checked as a form, kept as a row, answered by a worker (`newsletter.audience.answering`).

Nothing here looks at who stands behind an address, so that neither the answer nor its time tells whether it is known,
suppressed or was asked for too often.
"""

from __future__ import annotations

import contextlib
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from prometheus_client import Counter

from newsletter.audience.ended import see_open
from newsletter.audience.reader import read_reader
from newsletter.audience.told_at_sign_up import read_told
from newsletter.clock import Clock
from newsletter.errors import LimitError, QueueError, TokenError
from newsletter.model import ReaderField, SignUp
from newsletter.networks import network_of
from newsletter.pacing import Buckets
from newsletter.queue import Job, Queue
from newsletter.sentences import plural, sentence
from newsletter.store.audience import reader_fields, sign_ups
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.tokens import Purpose, Signer

FORM_MIN_SECONDS, FORM_MAX_SECONDS = 2, 86_400
PER_IP_HOUR, PER_IP_BURST = 10, 5
GRACE = timedelta(seconds=2)
"""A fresh sign-up was rung for by whoever wrote it; the scheduler steps in when it is still there after this."""
SIGN_UPS = Counter("newsletter_sign_ups", "Sign-ups by what became of them: asked first, then the answer.", ["became"])
_NONCE_BITS = 32  # of a token's 56 bits: the rest is for 16 million publications


class UsedFormError(TokenError):
    """A form was sent that had served already."""


@dataclass(frozen=True, slots=True)
class SignUpForm:
    """What came back of a form: its token, and what the person agreed to where."""

    token: str
    wording: str
    place: str = "form"
    language: str = ""
    """In which of the publication's further languages it was shown; empty: in its own."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What was typed into the fields of readers, by key."""


def form_token(signer: Signer, clock: Clock, publication_id: int, *, waited: bool = False) -> str:
    """Return the token a subscribe form carries: proof that the form was shown, and when. No two are the same.

    It serves once. A copy of a page may reach many readers (caches keep the archive's first page for up to an hour):
    the first of them is served, each other is shown a fresh form with what they typed, and presses once more. That form
    is for somebody who `waited` before the first one, and may come back at once.
    """
    shown_at = clock.now() - timedelta(seconds=FORM_MIN_SECONDS if waited else 0)
    return signer.issue_timed(Purpose.FORM, publication_id << _NONCE_BITS | secrets.randbits(_NONCE_BITS), shown_at)


def check_form(signer: Signer, clock: Clock, publication_id: int, token: str, honeypot: str) -> bool:
    """Tell whether to go on; False when the field people do not see was filled: answer as if it had worked.

    Raises TokenError when the form is forged, of another publication, older than a day, or came back within 2 seconds.
    """
    if honeypot:
        return False
    subject = signer.read_timed(Purpose.FORM, token, clock.now(), FORM_MAX_SECONDS, FORM_MIN_SECONDS)
    if subject >> _NONCE_BITS != publication_id:
        raise TokenError(sentence("this form belongs to another publication"), remedy=sentence("load the page again"))
    return True


@dataclass(frozen=True)
class Asking:
    """The tools of taking sign-ups, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue
    buckets: Buckets

    def see_open(self, publication_id: int) -> None:
        """See that people may ask at all. Raises ConflictError where the publication has ended."""
        with self.database.read() as session:
            see_open(publications.by_id(session, publication_id))

    def fields_of(self, publication_id: int) -> Sequence[ReaderField]:
        """Return the fields that the form asks for, in their order."""
        with self.database.read() as session:
            return reader_fields.on_form(session, publication_id)

    def ask(self, publication_id: int, form: SignUpForm, *, address: str, name: str = "", ip: str) -> None:
        """Take a request to subscribe, from a form that `check_form` let through; the answer goes to the mailbox, never to the caller.

        Raises InputError for an address or name that cannot be used, LimitError when `ip` asks too often, UsedFormError; nothing
        is stored then. Raises ToldFieldsError for fields that cannot be used, ConflictError where the publication has ended.
        """
        person, now = read_reader(address, name), self.clock.now()
        told = read_told(self.fields_of(publication_id), form.told)
        _limit_ip(self.buckets, ip)
        with self.database.write() as session:
            see_open(publications.by_id(session, publication_id))
            if not sign_ups.spend(session, form.token, now + timedelta(seconds=FORM_MAX_SECONDS)):
                _spare_ip(self.buckets, ip)
                raise UsedFormError(sentence("this form was used already"), remedy=sentence("send it once more"))
            sign_up = SignUp(
                publication_id=publication_id, address=person.address, name=person.name, at=now, ip=ip[:45]
            )
            sign_up.wording, sign_up.place, sign_up.due_at = form.wording, form.place[:200], now + GRACE
            sign_up.language, sign_up.told = form.language, told or None
            sign_up_id = sign_ups.add(session, sign_up)
        SIGN_UPS.labels("asked").inc()
        with contextlib.suppress(QueueError):  # the scheduler rings for every one that waits
            self.queue.ring(Job.ANSWER_SIGN_UP, sign_up_id)


def _limit_ip(buckets: Buckets, ip: str) -> None:
    wait = buckets.take(_bucket(ip), 1, rate=PER_IP_HOUR / 3600, capacity=PER_IP_BURST)
    if wait:
        seconds = math.ceil(wait)
        raise LimitError(
            sentence("too many requests from your network"),
            retry_after=seconds,
            remedy=plural("try again in a minute", "try again in %(count)s minutes", math.ceil(seconds / 60)),
        )


def _spare_ip(buckets: Buckets, ip: str) -> None:
    # Whoever was shown a copy of a page is not to blame for it.
    buckets.give_back(_bucket(ip), 1, rate=PER_IP_HOUR / 3600, capacity=PER_IP_BURST)


def _bucket(ip: str) -> str:
    return f"subscribe:ip:{network_of(ip)}"
