"""Rehearse an issue to oneself: it is composed for every reader exactly as it would go, and nobody gets it but whoever asked.

A worker walks all readers in pages, composes each message, counts octets and faults, and lets it go. A few, spread over the list, go to
the editor as tests: their links hold no reader's token, so that nothing can be done with them. The ledger of deliveries is untouched.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock, NowAndThen
from newsletter.config import Settings
from newsletter.delivery.composing import NOTHING_KNOWN, EditionComposer, composer_of, date_line
from newsletter.errors import ConflictError, InputError, NewsletterError, QueueError
from newsletter.mail.address import parse_address
from newsletter.mail.body import build_body
from newsletter.mail.merge_fields import ADDRESS, NAME, KnownValues, MergePlace, MergePlan, subject_for
from newsletter.mail.shown_address import shown_address
from newsletter.mail.slots import SLOT_CHARS, Slot
from newsletter.model import Edition, EditionBody, Issue, Notice, Publication, Rehearsal
from newsletter.model.actor import Actor
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.model.rights import Right
from newsletter.model.states import NoticeState
from newsletter.queue import Job, Queue
from newsletter.rendering.renderer import EmailRendering, Renderer, TrackingForm
from newsletter.store.accounts import audit
from newsletter.store.archive import published
from newsletter.store.database import Database
from newsletter.store.delivery import merge_values, notices
from newsletter.store.delivery import rehearsals as store
from newsletter.store.delivery.deliveries import Recipient
from newsletter.store.delivery.rehearsals import StandingReader
from newsletter.store.issues import issues
from newsletter.tokens import Signer

log = structlog.get_logger(__name__)

MOST_SAMPLES = 20
PAGE = 1000
"""Readers in memory at one time."""
LONGEST_RUN = timedelta(hours=2)
"""A rehearsal that has not ended by then was killed, and stands in the way of no other."""
RUNG_AGAIN, LOOK_SECONDS = timedelta(seconds=20), 20.0
_EDITION, _DELIVERY = 9_999_999_999, 2**40
"""Stand for ids that there are not yet; never shorter than those that will be."""
_TOKEN = "rehearsal-opens-nothing-".ljust(SLOT_CHARS, "-")[:SLOT_CHARS]


@dataclass
class RehearsalCounts:
    """What composing for all came to."""

    composed: int = 0
    faults: int = 0
    octets: int = 0
    least: int = 0
    most: int = 0
    trouble: str = ""
    samples: list[tuple[StandingReader, Mapping[str, str]]] = field(default_factory=list)

    def add(self, octets: int) -> None:
        """Count a message."""
        self.composed += 1
        self.octets += octets
        self.least = min(self.least or octets, octets)
        self.most = max(self.most, octets)


@dataclass(frozen=True, slots=True)
class _Rehearsed:
    """An issue compiled as it would go."""

    home: Publication
    mail: EmailRendering
    plan: MergePlan
    composer: EditionComposer


@dataclass
class Rehearsing:
    """The tools of rehearsing, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue
    renderer: Renderer
    signer: Signer
    settings: Settings
    _looking: NowAndThen = field(default_factory=lambda: NowAndThen(LOOK_SECONDS), init=False)

    def ask(self, issue_id: int, *, to: str, sample: int = 5, by: Actor) -> int:
        """Have an issue as it stands composed for all readers, and `sample` of the messages sent to `to`; return the rehearsal's id.

        Raises NotFoundError; ForbiddenError; InputError for a sample that is none or an address; ConflictError while one is under way.
        """
        address = parse_address(to).text
        if not 0 <= sample <= MOST_SAMPLES:
            raise InputError(f"a sample has 0 to {MOST_SAMPLES} messages", where="sample", remedy="choose fewer")
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.SEND, issue.publication_id)
            if store.count_under_way(session, issue.id, now - LONGEST_RUN):
                raise ConflictError("a rehearsal of it is under way", remedy="wait until it has ended")
            facts = {"issue_id": issue.id, "revision": issue.revision, "person": by.person, "name": by.shown_as}
            made = store.add(session, Rehearsal(**facts, address=address, sample=sample, asked_at=now))
            subject = audit.Subject("issue", issue.id, issue.slug)
            audit.add(session, by, "issue.rehearse", subject, at=now, publication_id=issue.publication_id)
        with contextlib.suppress(QueueError):  # the scheduler rings again
            self.queue.ring(Job.REHEARSE, made.id)
        return made.id

    def tick(self) -> None:
        """Ring again for what was asked for and nobody has begun. Raises StoreError."""
        if not self._looking.is_time(self.clock):
            return
        with self.database.read() as session:
            waiting = store.not_begun(session, self.clock.now() - RUNG_AGAIN)
        for rehearsal_id in waiting:
            with contextlib.suppress(QueueError):
                self.queue.ring(Job.REHEARSE, rehearsal_id)

    def last(self, issue_id: int) -> Rehearsal | None:
        """Return the newest rehearsal of an issue, or None."""
        with self.database.read() as session:
            return store.last(session, issue_id)

    def run(self, rehearsal_id: int) -> None:
        """Rehearse, if nobody has begun. It may be called twice, and at any time."""
        with self.database.write() as session:
            rehearsal = store.begin(session, rehearsal_id, self.clock.now())
        if rehearsal is None:
            return
        counts = RehearsalCounts()
        try:
            rehearsed = self._compiled(rehearsal.issue_id)
            self._walk(rehearsed, rehearsal.sample, counts)
        except NewsletterError as error:
            counts.trouble = str(error)
            self._end(rehearsal, counts, [])
            return
        self._end(
            rehearsal, counts, [_sample(rehearsed, each, rehearsal.address, self.clock) for each in counts.samples]
        )
        log.info("issue rehearsed", issue_id=rehearsal.issue_id, composed=counts.composed, faults=counts.faults)

    def _compiled(self, issue_id: int) -> _Rehearsed:
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            home = issues.publication_of(session, issue)
            document = Document.model_validate(issue.content)
            around = published.surroundings(session, home.id, document)
        brand, budget = brand_of(home, self.settings.base_url), self.settings.byte_budget
        mails, plan = self.renderer.email_forms(document, brand, byte_budget=budget, edition_id=_EDITION, around=around)
        bodies = {form.value: build_body(mail.text, mail.html) for form, mail in mails.items()}
        compiled = {
            name: EditionBody(edition_id=_EDITION, form=name, content_type=body.content_type, body=body.content)
            for name, body in bodies.items()
        }
        mail = mails[TrackingForm.NONE]
        edition = Edition(id=_EDITION, issue_id=issue.id, subject=mail.subject, merge_fields=plan.stored())
        return _Rehearsed(home, mail, plan, self._composer(edition, issue, home, compiled))

    def _composer(
        self, edition: Edition, issue: Issue, home: Publication, bodies: dict[str, EditionBody]
    ) -> EditionComposer:
        settings = self.settings
        return composer_of(
            (edition, issue, home),
            bodies,
            self.signer,
            base_url=settings.base_url,
            return_domain=settings.return_path_domain,
            leave_address=settings.leave_address,
        )

    def _walk(self, rehearsed: _Rehearsed, sample: int, counts: RehearsalCounts) -> None:
        """Compose for each reader. The samples are spread: each step that is doubled halves those that were kept."""
        line, step = date_line(self.clock), 1
        for number, (reader, known) in enumerate(self._readers(rehearsed.home.id, rehearsed.plan.keys)):
            recipient = Recipient(
                _DELIVERY + number, reader.address, reader.name, reader.domain, 0, True, reader.tracked
            )
            try:
                counts.add(len(rehearsed.composer.compose(recipient, line, known).content))
            except (NewsletterError, ValueError) as error:
                counts.faults += 1
                counts.trouble = counts.trouble or f"reader {reader.subscriber_id}: {error}"
                continue
            if sample and number % step == 0:
                counts.samples.append((reader, known))
                if len(counts.samples) > sample:
                    counts.samples, step = counts.samples[::2][:sample], step * 2

    def _readers(
        self, publication_id: int, keys: Collection[str]
    ) -> Iterator[tuple[StandingReader, Mapping[str, str]]]:
        after, now = 0, self.clock.now()
        while True:
            with self.database.read() as session:
                page = store.readers(session, publication_id, now, after=after, limit=PAGE)
                known = merge_values.of_readers(session, publication_id, [each.subscriber_id for each in page], keys)
            yield from ((each, known.get(each.subscriber_id, NOTHING_KNOWN)) for each in page)
            if len(page) < PAGE:
                return
            after = page[-1].subscriber_id

    def _end(self, rehearsal: Rehearsal, counts: RehearsalCounts, samples: list[Notice]) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            ids = [notices.add(session, notice).id for notice in samples]
            _record(session, rehearsal.id, counts).ended_at = now
        for notice_id in ids:
            with contextlib.suppress(QueueError):
                self.queue.ring(Job.SEND_NOTICE, notice_id)


def _record(session: Session, rehearsal_id: int, counts: RehearsalCounts) -> Rehearsal:
    found = session.get_one(Rehearsal, rehearsal_id)
    found.composed, found.faults, found.octets = counts.composed, counts.faults, counts.octets
    found.least_octets, found.most_octets = counts.least, counts.most
    found.sampled, found.trouble = len(counts.samples), counts.trouble[:1000]
    return found


def _sample(rehearsed: _Rehearsed, whose: tuple[StandingReader, Mapping[str, str]], to: str, clock: Clock) -> Notice:
    """The message that a reader would get, to the editor: in its links stands a token that opens nothing."""
    home, mail, plan, (reader, told) = rehearsed.home, rehearsed.mail, rehearsed.plan, whose
    known = {**told, NAME: reader.name, ADDRESS: reader.address}
    shown = shown_address(reader.address).decode()
    texts = []
    for text, place in ((mail.text, MergePlace.TEXT), (mail.html, MergePlace.HTML)):
        filled = plan.fill(text.replace(Slot.READER, shown), known, place)
        for slot in Slot:
            filled = filled.replace(slot, _TOKEN)
        texts.append(filled)
    now = clock.now()
    return Notice(
        kind="test",
        publication_id=home.id,
        to_address=to,
        subject=f"[Rehearsal] {subject_for(plan.subject, KnownValues(known)) or mail.subject}",
        text=texts[0],
        html=texts[1],
        state=NoticeState.QUEUED,
        next_attempt_at=now,
        created_at=now,
    )
