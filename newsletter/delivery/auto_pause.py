"""Auto-pause: an issue that does harm is paused, and the editors are told; of one that is sent already they are told.

What counts against whom follows law 9: a refusal for policy, reputation or content speaks of the sender, not of the reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.delivery import holding_back
from newsletter.errors import QueueError
from newsletter.logs import outage
from newsletter.mail.envelope import Accepted, Outcome, Refused
from newsletter.mail.reasons import judge
from newsletter.mail.report import Failure, Reason
from newsletter.model import Issue
from newsletter.model.actor import SCHEDULER
from newsletter.model.brand import brand_of
from newsletter.model.states import IssueState
from newsletter.queue import Job, Queue
from newsletter.rendering.alerts import alerts
from newsletter.rendering.latex import soften_line
from newsletter.rendering.renderer import Renderer
from newsletter.store import alarms
from newsletter.store.accounts import editors
from newsletter.store.database import Database
from newsletter.store.delivery import circuit_breaker as store
from newsletter.store.delivery import notices
from newsletter.store.delivery.circuit_breaker import Answers
from newsletter.store.issues import issues
from newsletter.store.publications import publications

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks at the issues that are being sent: in ten a fast host sends a hundred thousand messages."""
LOOK_AT_SENT_EVERY = 60.0
"""Seconds between two looks at the issues that were sent: what comes back about them takes hours."""
LATE = timedelta(days=14)
"""How long after its sending an issue is looked at."""
LEAST_COMPLAINTS = 2
"""One complaint is a person, not a pattern: on a small list it would be over any share."""
_R = Reason
BECAUSE_OF_US = frozenset(
    {_R.AUTHFAILURE, _R.BADREPUTATION, _R.BLOCKED, _R.CONTENTERROR, _R.FAILEDSTARTTLS, _R.NORELAYING}
    | {_R.NOTCOMPLIANTRFC, _R.POLICYVIOLATION, _R.RATELIMITED, _R.REJECTED, _R.REQUIREPTR, _R.SECURITYERROR}
    | {_R.SPAMDETECTED, _R.SPEEDING, _R.VIRUSDETECTED}
)
"""Reasons of a refusal that speak of who sends or of what is sent: the 5.7.x family and its kin."""
_WHILE_SENDING = (
    "Nothing is lost: readers who have not got it keep their place. Look at what the servers answered, mend the "
    "cause, and then resume; or cancel what is left."
)
_WAY_REFUSES = (
    "Nothing is lost: readers who have not got it keep their place, and one message tries again now and then, at least "
    "every half hour. When the cause is mended it goes on by itself, or at once by “Try now” on the page of the issue."
)
_AFTER_SENDING = (
    "It cannot be called back. Look at its report before the next issue goes out: where these readers came from, whether "
    "they knew what they would get, and what the servers said."
)


@dataclass(frozen=True, slots=True)
class Rules:
    """When an issue pauses by itself; shares from 0 to 1."""

    after: int = 200
    permanent: float = 0.05
    complaints: float = 0.003
    policy: float = 0.02

    def verdict(self, answers: Answers) -> str:
        """Return why an issue with these answers must pause; empty when it may go on."""
        total = answers.answered
        if total < self.after:
            return ""
        permanent = answers.refused + answers.bounced
        if answers.complained >= max(LEAST_COMPLAINTS, self.complaints * total):
            return f"{answers.complained} of {total} readers complained ({answers.complained / total:.2%})"
        if answers.policy > self.policy * total:
            return f"{answers.policy} of {total} messages were refused because of the sender ({answers.policy / total:.1%})"
        if permanent > self.permanent * total:
            return f"{permanent} of {total} messages were refused or returned for good ({permanent / total:.1%})"
        return ""

    def verdict_on_sent(self, answers: Answers, before: Answers) -> str:
        """Return why the editors must be told of an issue that is sent; empty when they need not, or know already.

        What came since `before` is set against all messages. It is not too early any more, so that complaints count
        however few readers there are.
        """
        small = replace(self, after=1, permanent=1.0, policy=1.0)
        judged_by = self if answers.answered >= self.after else small
        fresh = replace(answers.since(before), answered=answers.answered)
        return judged_by.verdict(answers) if judged_by.verdict(fresh) else ""


def rules(settings: Settings) -> Rules:
    """Return the rules the settings describe."""
    return Rules(
        settings.pause_after,
        settings.pause_permanent / 100,
        settings.pause_complaints / 100,
        settings.pause_policy / 100,
    )


def tally(outcomes: Iterable[Outcome]) -> Answers:
    """Count final answers: accepted or refused for good, and of the refused those because of us."""
    answered = refused = policy = 0
    for outcome in outcomes:
        if type(outcome) is Accepted:
            answered += 1
        elif isinstance(outcome, Refused):
            answered += 1
            refused += 1
            policy += because_of_us(outcome)
    return Answers(answered, refused, policy)


def because_of_us(refusal: Refused) -> bool:
    """Tell whether a refusal speaks of the sender or the message, and not of the reader."""
    return _because_of_us(refusal.code, refusal.status, refusal.reply[:500])


@lru_cache(maxsize=2048)  # a server that refuses everybody says the same to all
def _because_of_us(code: int, status: str, reply: str) -> bool:
    said = reply if status in reply else f"{status} {reply}"
    return judge(Failure("", diagnostic=f"{code} {said}", status=status)).reason in BECAUSE_OF_US


@dataclass
class Judge:
    """Looks at the issues that are being sent, now and then. Only the scheduler calls it, one at a time."""

    database: Database
    clock: Clock
    queue: Queue
    renderer: Renderer
    rules: Rules
    base_url: str
    _next_look: float = field(default=float("-inf"), init=False)
    _next_look_at_sent: float = field(default=float("-inf"), init=False)

    def look(self) -> list[int]:
        """Pause each issue whose answers call for it and write to the editors; return the issues' ids."""
        now = self.clock.monotonic()
        if now < self._next_look:
            return []
        self._next_look = now + LOOK_EVERY
        with self.database.read() as session:
            found = [(issue, *self._judged(session, issue.id)) for issue in store.sending(session)]
        return [issue.id for issue, _, why in found if why and self.stop(issue.id)]

    def look_at(self, issue_id: int) -> bool:
        """Pause one issue if its answers call for it, and write to the editors; for a worker that has just added to them."""
        with self.database.read() as session:
            why = self._judged(session, issue_id)[1]
        return bool(why) and self.stop(issue_id)

    def look_at_sent(self) -> list[int]:
        """Write to the editors about each sent issue whose answers call for it; return the issues' ids."""
        now = self.clock.monotonic()
        if now < self._next_look_at_sent:
            return []
        self._next_look_at_sent = now + LOOK_AT_SENT_EVERY
        with self.database.read() as session:
            found = [
                (issue, *self._judged_late(session, issue.id))
                for issue in store.sent_since(session, self.clock.now() - LATE)
            ]
        return [issue.id for issue, answers, why in found if why and self._warn(issue, answers, why)]

    def _judged_late(self, session: Session, issue_id: int) -> tuple[Answers, str]:
        answers = store.answers_of(session, issue_id)
        return answers, self.rules.verdict_on_sent(answers, store.judged_from(session, issue_id))

    def _warn(self, issue: Issue, answers: Answers, why: str) -> bool:
        now, message = (
            self.clock.now(),
            f"{_sentence(why)}, after “{soften_line(issue.title)}” was sent.\n\n{_AFTER_SENDING}",
        )
        with self.database.write() as session:
            if not store.warn(session, issue.id, now, why, answers):
                return False
            cause = alarms.cause_of("sent", issue.id)
            written = self._told(
                session, issue, cause, title=f"{soften_line(issue.title)} needs a look", message=message
            )
        log.warning("the editors were warned of a sent issue", issue_id=issue.id, why=why)
        self._ring(written)
        return True

    def _judged(self, session: Session, issue_id: int) -> tuple[Answers, str]:
        answers = store.answers_of(session, issue_id)
        return answers, self.rules.verdict(answers.since(store.judged_from(session, issue_id)))

    def stop(self, issue_id: int, why: str = "") -> bool:
        """Pause an issue, because of `why` or if its answers call for it, and write to the editors; False when it is not sending."""
        now = self.clock.now()
        with self.database.write() as session:
            if issues.lock(session, issue_id) != IssueState.SENDING:
                return False
            # again: since it was looked at, another may have paused it and an editor resumed it
            answers, found = self._judged(session, issue_id)
            why = why or found
            if not why or not store.trip(session, issue_id, now, why, answers, by=SCHEDULER):
                return False
            held = holding_back.hold_rejected(session, issue_id, now)
            issue = issues.by_id(session, issue_id, fresh=True)
            message = (
                f"{_sentence(why)}, and so the sending of “{soften_line(issue.title)}” was paused.\n\n{_WHILE_SENDING}"
            )
            cause = alarms.cause_of(alarms.ISSUE, issue.id)
            written = self._told(session, issue, cause, title=f"{soften_line(issue.title)} is paused", message=message)
        log.warning("an issue was paused by itself", issue_id=issue_id, why=why, held=held)
        self._ring(written)
        return True

    def tell_of_way(self, issue_id: int, transport: str, why: str) -> None:
        """Write to the editors that a way out takes nothing from us, which the sending of an issue met. Raises StoreError."""
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id, fresh=True)
            message = f"The way out ({transport}) is held back: {why}.\n\n{_WAY_REFUSES}"
            cause = alarms.cause_of(alarms.WAY, transport)
            written = self._told(
                session, issue, cause, title=f"{soften_line(issue.title)} is held back", message=message
            )
        log.warning("a way out refuses us", transport=transport, issue_id=issue_id, why=why)
        self._ring(written)

    def _told(self, session: Session, issue: Issue, cause: str, *, title: str, message: str) -> list[int]:
        """Raise an alarm and write to the editors; return the ids of the notices."""
        publication, now = publications.by_id(session, issue.publication_id), self.clock.now()
        url = f"{self.base_url}/desk/issues/{issue.id}"
        alarm = alarms.raise_alarm(
            session,
            cause,
            title=title,
            message=message,
            url=url,
            now=now,
            publication_id=publication.id,
            issue_id=issue.id,
        )
        written = alerts(
            self.renderer,
            brand_of(publication, self.base_url),
            editors.able(session),
            alarm,
            publication_id=publication.id,
            now=now,
        )
        return [notices.add(session, notice).id for notice in written]

    def _ring(self, written: list[int]) -> None:
        try:
            for notice_id in written:
                self.queue.ring(Job.SEND_NOTICE, notice_id)
        except QueueError as error:
            log.warning(
                "cannot ring", job=Job.SEND_NOTICE.value, error=str(error), **outage(error)
            )  # the scheduler rings again


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}"
