"""One raw report, from its bytes to what follows: read, locate, apply. Safe to call any number of times.

A report that cannot be read is set aside with the reason and shown; it never stops the rest.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import NewsletterError, StoreError
from newsletter.feedback.applying import ReportCase, apply_report
from newsletter.feedback.bot_detection import signs_of
from newsletter.feedback.consequences import BURST, Effect, Proof
from newsletter.feedback.event_buffer import row_of
from newsletter.feedback.event_journal import SeenEvent
from newsletter.feedback.guarded_reading import ReaderDownError
from newsletter.feedback.intake import VOUCHED, WEBHOOK
from newsletter.feedback.locating import Located, is_signed, locate, of_leaver
from newsletter.feedback.loops import FRESH, Loops, NotNowError
from newsletter.feedback.scoring import BouncePolicy
from newsletter.feedback.unsubscribe_mail import GOODBYE, Leaver, is_goodbye, read_goodbye
from newsletter.mail.dkim_verification import Signature
from newsletter.mail.report import Report
from newsletter.model import RawReport
from newsletter.model.feedback import OPEN_RAW_STATES, Blame, EventKind, RawState
from newsletter.store import counters
from newsletter.store.database import Database
from newsletter.store.feedback import events, reports, unknown_events, unproven, used_tokens
from newsletter.tokens import Signer

log = structlog.get_logger(__name__)

SET_ASIDE = "set aside"
"""Stands among what followed from reports for one that could not be read."""
FORGED = "forged return path"
"""Name of the tally of return paths whose signature is not ours."""
UNPROVEN = "unproven reports"
"""Name of the tally of reports about somebody that nothing proves."""
FIRST_WAIT = timedelta(seconds=5)
_UNTOLD = frozenset({Effect.FORGED, Effect.NOBODY, Effect.WAITS})
"""Effects of reports that are no unproven word about a reader, or not yet."""

Read = Callable[[bytes], Sequence[Report]]


@dataclass(frozen=True)
class ReportedEvent:
    """An open or click that a provider counted; `url` is empty for an open."""

    kind: EventKind
    url: str
    user_agent: str


@dataclass(frozen=True)
class FoundReport:
    """A report with what tells it from others, and when it happened if the reporter says so."""

    report: Report
    key: str
    at: datetime | None = None
    look: ReportedEvent | None = None
    unknown: str = ""  # the name of a provider's event that nobody knows
    goodbye: Leaver | None = None  # whose own token asks to leave


ReadWebhook = Callable[[str, bytes], Sequence[FoundReport] | None]
"""Source and body -> findings, or None when the source is no provider's webhook."""


def _no_webhooks(_source: str, _body: bytes) -> Sequence[FoundReport] | None:
    return None


@dataclass(frozen=True)
class Handler:
    """The tools of handling reports, put together once per process."""

    database: Database
    clock: Clock
    signer: Signer
    read: Read
    leave_address: str = ""
    policy: BouncePolicy = field(default_factory=BouncePolicy)
    read_webhook: ReadWebhook = _no_webhooks
    loops: Loops = field(default_factory=Loops)

    def handle(self, raw_report_id: int) -> Counter[Effect]:
        """Read a raw report and apply it; return what followed. Nothing when it is done already."""
        with self.database.read() as session:
            raw, content = reports.raw(session, raw_report_id), reports.content_of(session, raw_report_id)
        if raw is None or raw.state not in OPEN_RAW_STATES:
            return Counter()
        try:
            return self._apply(raw, self._findings(raw, content), self._signature(raw, content))
        except (NotNowError, ReaderDownError) as error:
            return self._wait(raw, str(error))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever this one report is, the others go on
            self._set_aside(raw, error)
            return Counter()

    def _findings(self, raw: RawReport, content: bytes) -> Sequence[FoundReport]:
        from_provider = self.read_webhook(raw.source, content)
        if from_provider is not None:
            return from_provider
        if is_goodbye(content, sent_to=raw.sent_to, address=self.leave_address):
            return [FoundReport(GOODBYE, raw.digest.hex(), goodbye=read_goodbye(content, self.signer))]
        return [FoundReport(report, f"{raw.digest.hex()} {number}") for number, report in enumerate(self.read(content))]

    def _signature(self, raw: RawReport, content: bytes) -> Signature | None:
        """The signature of a feedback loop that vouches for a report. Raises NotNowError while no name server answers."""
        if raw.source.startswith(WEBHOOK) or raw.source == VOUCHED:
            return None
        try:
            return self.loops.signature(content, raw.received_at)
        except NotNowError:
            if self.clock.now() - raw.received_at < self.policy.wait_at_most:
                raise
            return None

    def _apply(self, raw: RawReport, findings: Sequence[FoundReport], signature: Signature | None) -> Counter[Effect]:
        now = self.clock.now()
        with self.database.write() as session:
            locked = reports.raw(session, raw.id, locked=True)
            if locked is None or locked.state not in OPEN_RAW_STATES:
                return Counter()
            proof = _proof(session, raw, signature, now)
            before, effects, bare = self._unproven_today(session, raw, proof, now), Counter[Effect](), 0
            for finding in findings:
                burst = before + bare >= BURST  # one mail may tell of a thousand readers
                effect, proven = self._apply_one(session, raw, finding, proof, now, burst=burst)
                effects[effect] += 1
                bare += not proven and effect not in _UNTOLD
            if effects[Effect.FORGED]:
                reports.count(session, FORGED, now, effects[Effect.FORGED])
            if bare:
                reports.count(session, UNPROVEN, now, bare)
                unproven.count(session, now.date(), bare)
            locked.attempts += 1
            locked.error = ""
            locked.state, locked.due_at = _next(effects, locked.attempts, now)
            counters.add(session, counters.REPORTS, {(str(effect),): n for effect, n in effects.items()}, now)
        return effects

    def _unproven_today(self, session: Session, raw: RawReport, proof: Proof, now: datetime) -> int:
        """How many unproven reports came today, as far as it matters: not for what came to a signed address, of which there are many.

        Whoever else is about to count waits until this transaction ends, so that many workers let no more pass than one.
        """
        if proof is not Proof.NONE or is_signed(self.signer, raw.sent_to):
            return 0
        return unproven.count(session, now.date(), 0)

    def _apply_one(
        self, session: Session, raw: RawReport, finding: FoundReport, proof: Proof, now: datetime, *, burst: bool
    ) -> tuple[Effect, bool]:
        """Apply one report; return what followed, and whether anything proves it."""
        if finding.unknown:
            if not raw.attempts:  # read again, it is still one
                unknown_events.count(session, finding.report.dialect, finding.unknown, raw.id, self.clock.now())
            return Effect.NOBODY, True
        if finding.goodbye:
            located = of_leaver(session, finding.goodbye, now)
        else:
            located = locate(session, self.signer, finding.report, sent_to=raw.sent_to, now=now, proof=proof)
        at = min(finding.at or raw.received_at, now)
        if finding.look is not None:
            return _note(session, raw, located, finding, at), True
        case = ReportCase(finding.report, located, raw.id, finding.key, at, waited=now - raw.received_at, burst=burst)
        return apply_report(session, case, policy=self.policy, now=now), located.proven

    def _wait(self, raw: RawReport, why: str) -> Counter[Effect]:
        """Look at a report again when a name server answers, an hour later at most, or when the reader starts."""
        now, effects = self.clock.now(), Counter({Effect.WAITS: 1})
        with self.database.write() as session:
            locked = reports.raw(session, raw.id, locked=True)
            if locked is not None and locked.state in OPEN_RAW_STATES:
                locked.attempts += 1
                locked.error = why[:2000]
                locked.state, locked.due_at = _next(effects, locked.attempts, now)
        return effects

    def _set_aside(self, raw: RawReport, error: Exception) -> None:
        # The words may hold an address: they are for the person who looks at the report, not for the log (law 8).
        log.warning("a report was set aside", raw_report_id=raw.id, kind=type(error).__name__)
        with self.database.write() as session:
            said = str(error) if isinstance(error, NewsletterError) else f"{type(error).__name__}: {error}"
            reports.set_aside(session, raw.id, said[:2000])
            counters.add(session, counters.REPORTS, {(SET_ASIDE,): 1}, self.clock.now())


def _proof(session: Session, raw: RawReport, signature: Signature | None, now: datetime) -> Proof:
    """What vouches for a report before its own words are looked at. The signature of a loop does so for one report."""
    if raw.source.startswith(WEBHOOK):
        return Proof.WEBHOOK
    if raw.source == VOUCHED:
        return Proof.BY_HAND
    if signature is None:
        return Proof.NONE
    # Played again it comes by another road, so that its bytes are others; once it is older it is not fresh any more.
    once = used_tokens.use(session, "dkim", signature.value, raw.digest, now + 2 * FRESH)
    return Proof.LOOP if once else Proof.NONE


def _note(session: Session, raw: RawReport, located: Located, finding: FoundReport, at: datetime) -> Effect:
    """Keep a provider's open or click as our own door would have kept it; the same one once."""
    delivery, look = located.delivery, finding.look
    if delivery is None or look is None:
        return Effect.NOBODY
    signs = signs_of("GET", {b"user-agent": look.user_agent.encode()}, is_open=look.kind is EventKind.OPEN)
    number = events.number_of(session, delivery.edition_id, look.url) if look.url else 0
    seen = SeenEvent(at, look.kind, delivery.edition_id, delivery.id, number, signs)
    row = row_of(seen, events.facts_of(session, [delivery.id]), frozenset())
    if row is None:
        return Effect.NOBODY
    if not reports.add_applied(session, _mark_of_look(raw, finding, at)):
        return Effect.KNOWN
    events.add_many(session, [row])
    return Effect.SEEN


def _mark_of_look(raw: RawReport, finding: FoundReport, at: datetime) -> dict[str, Any]:
    """What tells a provider's open or click from others; it says nothing of whose it was, for they may not have agreed."""
    source = f"{raw.source} {finding.key}"
    said = finding.report
    return {
        "mark": f"look {hashlib.sha256(source.encode('utf-8', 'replace')).hexdigest()[:40]}",
        "raw_report_id": raw.id,
        "kind": str(said.kind),
        "reason": str(said.reason),
        "dialect": said.dialect[:30],
        "blame": Blame.NOBODY,
        "effect": str(Effect.SEEN),
        "at": at,
    }


def _next(effects: Counter[Effect], attempts: int, now: datetime) -> tuple[RawState, datetime]:
    if effects[Effect.WAITS]:
        return RawState.WAITING, now + FIRST_WAIT * 2 ** min(attempts - 1, 8)
    forged_alone = effects[Effect.FORGED] and len(+effects) == 1
    return (RawState.DROPPED if forged_alone else RawState.READ), now
