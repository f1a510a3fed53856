"""Send one batch: the step list, from the claim to the ledger.

What survives a kill at any line is said in docs/sending.md; the tests kill it there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from newsletter.clock import Clock
from newsletter.delivery import counting, holding_back, reopening
from newsletter.delivery.auto_pause import Judge, tally
from newsletter.delivery.claims import Claim, Claims
from newsletter.delivery.composing import NOTHING_KNOWN, EditionComposer, EditionComposers, date_line
from newsletter.delivery.known_keys import KeyUnusable
from newsletter.delivery.outcomes import NAMES, settler
from newsletter.delivery.pace.circuit_breaker import GatePassage
from newsletter.delivery.pace.throttling import EVERYTHING, Share, Throttle
from newsletter.delivery.refusals import judge, suspicious
from newsletter.delivery.reopening import Settling
from newsletter.delivery.reply_times import Listener
from newsletter.delivery.signing import Signing
from newsletter.delivery.stepping_aside import WAY, SteppingAside, key_of
from newsletter.delivery.trying_first import FirstTries
from newsletter.delivery.watching import Watch, Watches
from newsletter.errors import TransportError
from newsletter.journal import Journal
from newsletter.logs import outage
from newsletter.mail.envelope import Envelope, Outcome, Refused, Unsent
from newsletter.page_priority import PagePriority
from newsletter.store.database import Database
from newsletter.store.delivery import batches, deliveries, merge_values, progress
from newsletter.store.delivery import outcomes as outcome_rows
from newsletter.store.delivery.deliveries import Recipient
from newsletter.tracing import span
from newsletter.transports.base import OutOfReach, Transport, TurnedAway

log = structlog.get_logger(__name__)

NO_LONGER_ALLOWED = "unsubscribed or suppressed since the plan"
TURNED_BACK_FOR = timedelta(seconds=1)
"""How long a batch waits whose issue is being stopped by another batch at this moment, or tried by another first."""
DOWN_FOR = timedelta(seconds=5)
"""How long a batch waits when the way out is down."""


@dataclass(frozen=True)
class Sender:
    """The tools of sending, put together once per process."""

    database: Database
    clock: Clock
    letters: EditionComposers
    transport: Transport
    signing: Signing
    throttle: Throttle
    claims: Claims
    aside: SteppingAside
    settling: Settling
    page_priority: PagePriority
    judge: Judge
    watches: Watches
    first_tries: FirstTries

    def send_batch(self, batch_id: int) -> None:
        """Send what is due of one batch; does nothing when another worker has it. Safe to call any number of times.

        A process that cannot work leaves it to others: before the claim where it knows, at once where it finds out.
        """
        if not self.aside.may_try(batch_id):
            self.aside.hand_on(batch_id)
            return
        with span("batch", {"newsletter.batch_id": batch_id}):
            self._send_batch(batch_id)

    def _send_batch(self, batch_id: int) -> None:
        with self.throttle.gate.passing() as passage:
            claim = self._claim_and_send(batch_id, passage) if passage.open else None
        if passage.news and claim:
            self.judge.tell_of_way(claim.batch.issue_id, self.transport.name, passage.why)

    def _claim_and_send(self, batch_id: int, passage: GatePassage) -> Claim | None:
        """Make the journal, then claim: who cannot bear witness holds nothing that others could send."""
        with self.aside.journal(batch_id) as journal:
            claim = self.aside.claim(batch_id, journal) if journal else None
            if journal is not None and claim is not None:
                with self.aside.minding(claim), self.claims.keeping(claim), self.watches.over(claim) as watch:
                    self._send_or_wait(claim, journal, watch, passage)
        return claim

    def _send_or_wait(self, claim: Claim, journal: Journal, watch: Watch, passage: GatePassage) -> None:
        if not watch.turned_back:
            with self.first_tries.over(claim, watch) as may_go:
                if may_go:
                    self._send(claim, journal, watch, passage)
                    return
        self._record(claim, [], {}, self.clock.now() + TURNED_BACK_FOR, moments={})

    def _send(self, claim: Claim, journal: Journal, watch: Watch, passage: GatePassage) -> None:
        """The journal stands before anything is marked: an empty one proves that nothing was sent."""
        self.page_priority.give_way()
        share = self._admit(claim)
        began, recipients = self.clock.now(), self._open(claim, share)
        watch.begin(recipients)
        listener = Listener(journal, self.clock, watch)
        answers, not_before = self._submit(claim, recipients, listener, passage, watch)
        outcomes = self._judge(claim, recipients, answers, watch, passage)
        self.throttle.observe(recipients, {i: outcomes[i] for i in answers}, share)
        self.page_priority.give_way()
        not_before = self._not_before(not_before, passage, share)
        self._record(claim, recipients, outcomes, not_before, moments=listener.moments)
        if holding_back.may_be_late(outcomes.values()):
            holding_back.hold_late(self.database, claim.batch.issue_id, began=began, now=self.clock.now())

    def _admit(self, claim: Claim) -> Share:
        """Ask what may go now, before anything is marked; nothing is asked while nothing is limited."""
        began = self.clock.monotonic()
        if not self.throttle.limited:
            return Share(began)
        with self.database.read() as session:
            page = deliveries.page(session, claim.batch, self.clock.now())
        return self.throttle.admit([(r.delivery_id, r.domain) for r in page if r.allowed], lambda: claim.stopped)

    def _open(self, claim: Claim, share: Share = EVERYTHING) -> list[Recipient]:
        """Read the page, skip who may no longer be mailed, mark who goes now: committed before the first octet is written."""
        now, begins = self.clock.now(), False
        with self.database.write() as session:
            if not batches.lock(
                session, claim.batch
            ):  # this worker slept longer than its lease: another may send these
                return []
            page = deliveries.page(session, claim.batch, now)
            allowed = [r for r in page if r.allowed and share.holds(r.delivery_id)]
            if (
                allowed and not claim.batch.shown
            ):  # with the marks: no link of a mail leads nowhere, and none before a mail
                begins = progress.publish(session, claim.batch.issue_id, now)
            left_out = [r for r in page if not r.allowed]
            deliveries.begin(session, claim.batch, allowed, left_out, why=NO_LONGER_ALLOWED, now=now)
            held = (
                outcome_rows.held_of(session, claim.batch.first_delivery_id, claim.batch.last_delivery_id)
                if claim.batch.fence > 1
                else ()
            )
            counting.count_skipped(session, [self.throttle.groups.of(r.domain) for r in left_out], now)
        if begins:
            log.info("issue started", issue_id=claim.batch.issue_id, batch_id=claim.batch.id)
        # Whom a refusal held goes last: if it is about this one after all, nobody has to wait behind.
        return (
            sorted(self.throttle.arranged(allowed), key=lambda r: r.delivery_id in held)
            if held
            else self.throttle.arranged(allowed)
        )

    def _submit(
        self, claim: Claim, recipients: list[Recipient], listener: Listener, passage: GatePassage, watch: Watch
    ) -> tuple[dict[int, Outcome], datetime]:
        """Return the outcomes, and the moment before which the batch need not be tried again: at once, by others, when it is us."""
        now = self.clock.now()
        try:
            return self._hand_over(claim, recipients, listener, passage, watch) if recipients else {}, now
        except OutOfReach as error:
            self.aside.fitness.met(WAY, error)
            return {}, now
        except KeyUnusable as error:
            self.aside.fitness.met(key_of(self.letters.of(claim.batch.edition_id).from_domain), error)
            return {}, now
        except TurnedAway as error:
            watch.accuse(error.answer)
            log.warning("turned away", batch_id=claim.batch.id, error=str(error))
        except TransportError as error:
            log.warning("way out is down", batch_id=claim.batch.id, error=str(error), **outage(error))
        return {}, now + DOWN_FOR

    def _judge(
        self,
        claim: Claim,
        recipients: list[Recipient],
        outcomes: dict[int, Outcome],
        watch: Watch,
        passage: GatePassage,
    ) -> dict[int, Outcome]:
        """Hold the readers whose answers were about us, and with them the way out, or the issue."""
        aside = watch.answers_aside()
        if watch.blame is None and not aside and not suspicious(outcomes):
            return outcomes
        attempts = {r.delivery_id: r.attempts for r in recipients}
        with self.database.read() as session:
            past = reopening.past_of(session, claim.batch)
        judged = judge(outcomes, attempts, watch.blame, past, aside)
        if judged.blame is not None and judged.blame.of_way:
            passage.refuse(judged.blame.words)
        elif judged.blame is not None:
            self.judge.stop(claim.batch.issue_id, judged.blame.why)
        return judged.outcomes

    def _not_before(self, not_before: datetime, passage: GatePassage, share: Share) -> datetime:
        """Return the moment before which the batch need not be tried again, when all is known."""
        down = self.clock.now() + DOWN_FOR if passage.worked is False else not_before
        return max(not_before, down, share.not_before or not_before)

    def _hand_over(
        self, claim: Claim, recipients: list[Recipient], listener: Listener, passage: GatePassage, watch: Watch
    ) -> dict[int, Outcome]:
        envelopes = self._envelopes(claim, recipients, watch)  # a key that cannot be used says nothing of the way out
        facts = {"newsletter.batch_id": claim.batch.id, "newsletter.messages": len(recipients)}
        try:
            with span("chunk", facts):
                outcomes = self.transport.send(envelopes, listener)
        except OutOfReach:
            raise  # this machine is at fault, not the way
        except TurnedAway:
            raise  # whom it is about is told by its words
        except TransportError as error:
            passage.failed(str(error))
            raise
        passage.answered(outcomes.values())
        return outcomes

    def _envelopes(self, claim: Claim, recipients: list[Recipient], watch: Watch) -> Iterator[Envelope]:
        """Compose and sign as the transport asks. Raises KeyUnusable."""
        letter = self.letters.of(claim.batch.edition_id)
        date = date_line(self.clock)
        known = self._known(claim, letter)
        composed = (letter.compose(each, date, known.get(each.delivery_id, NOTHING_KNOWN)) for each in recipients)
        signed = self.signing.signed(composed, letter.from_domain)
        self.aside.fitness.well(key_of(letter.from_domain))
        return self._until_stopped(claim, signed, watch)

    def _known(self, claim: Claim, letter: EditionComposer) -> Mapping[int, Mapping[str, str]]:
        """Read what merge fields are filled with; nothing is read where none names a field of the publication."""
        keys = letter.merge_plan.keys if letter.merge_plan is not None else ()
        if not keys:
            return {}
        with self.database.read() as session:
            return merge_values.of_batch(session, claim.batch, keys)

    def _until_stopped(self, claim: Claim, envelopes: Iterator[Envelope], watch: Watch) -> Iterator[Envelope]:
        """Stop at once when the hold is lost, the issue paused or the worker told to end, however many are signed already."""
        case = watch.case
        for envelope in envelopes:
            if claim.stopped:
                return
            if case.aside and watch.is_aside(envelope.delivery_id):
                continue
            if not self.aside.has_room(claim):
                return
            self.page_priority.give_way()
            yield envelope

    def _record(
        self,
        claim: Claim,
        recipients: list[Recipient],
        outcomes: dict[int, Outcome],
        not_before: datetime,
        *,
        moments: Mapping[int, datetime],
    ) -> None:
        """Write all outcomes in one statement and give the batch back; what was never pulled returns to the queue."""
        now, batch = self.clock.now(), claim.batch
        chance = random.Random(f"{batch.id} {batch.fence}")  # noqa: S311 - jitter, not a secret
        settle = settler(now, planned_at=batch.planned_at, policy=self.settling.policy, chance=chance)
        settled = [settle(r.delivery_id, r.attempts, outcomes.get(r.delivery_id, Unsent())) for r in recipients]
        kept = {i: NAMES[type(o)] for i, o in outcomes.items() if type(o) in NAMES}
        with self.database.write() as session:
            # Locked before the last look at what is due: a late worker that brings readers back comes before it, or after all.
            held = batches.lock(session, batch)
            if held:
                domains = [r.counted_as for r in recipients]
                outcome_rows.settle_submitting(session, batch, settled, domains, now=now, moments=moments)
                outcome_rows.add_attempts(session, settled, kept, self.settling.transport, now)
                due_at = batches.next_due(session, batch, now)
                due_at = due_at and max(due_at, not_before)
                batches.release(session, batch.id, batch.fence, due_at=due_at, answers=tally(outcomes.values()))
                counting.count_settled(session, settled, now, self.throttle.groups, recipients)
        if not held:
            self._record_late(claim, outcomes, moments)
        elif any(type(outcome) is Refused for outcome in outcomes.values()):
            self.judge.look_at(batch.issue_id)  # at a thousand a second much happens until the scheduler looks

    def _record_late(self, claim: Claim, outcomes: dict[int, Outcome], moments: Mapping[int, datetime]) -> None:
        """Write what was heard after the lease ran out: meanwhile the batch may be finished, and even the issue sent."""
        with self.database.write() as session:
            settled = self.settling.settle_late(
                session,
                claim.batch.id,
                claim.batch.fence,
                lambda delivery_id: outcomes.get(delivery_id, Unsent()),
                now=self.clock.now(),
                moments=moments,
            )
        log.warning("recorded after the lease ran out", batch_id=claim.batch.id, deliveries=settled)
