"""How far an issue is: counts read from the ledger, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery import reopening, unattended
from newsletter.delivery.pace.circuit_breaker import ASKED, DAY, FAILED, REFUSES
from newsletter.delivery.pace.notes import Slowed, slowed
from newsletter.delivery.signs_of_life import signs_in
from newsletter.model import Brake, Issue
from newsletter.model.actor import SCHEDULER
from newsletter.model.states import OPEN_DELIVERY_STATES, DeliveryState, IssueState
from newsletter.signing_keys import ProcessRole
from newsletter.store.database import Database
from newsletter.store.delivery import batches, circuit_breaker, deliveries, old_deliveries
from newsletter.store.delivery import progress as store
from newsletter.store.issues import issues

log = structlog.get_logger(__name__)

RATE_WINDOW = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Progress:
    """State and counts of one issue; `total` is the number of its deliveries."""

    state: IssueState
    counts: dict[DeliveryState, int]
    total: int
    candidates: int
    excluded_standing: int
    excluded_suppressed: int
    rate_per_second: float
    eta_seconds: int | None
    scheduled_at: datetime | None
    finished_at: datetime | None
    paused_why: str
    waiting_why: str = ""  # what holds messages back at this moment, and until when
    refused: bool = False  # the way out refuses us, and can be tried at once
    goes_in: int | None = None  # seconds until a scheduled issue goes out; 0 once its moment has come
    slowed: tuple[Slowed, ...] = ()  # groups of receivers to which it goes slower than it could
    alert: str = ""  # why it was paused by itself, or the editors were warned after it was sent
    nobody_works: str = ""  # why nobody can work on it although it is due, with the remedy
    deliveries_gone_since: datetime | None = None  # when its single deliveries went: it is closed for good
    senders: int | None = None  # workers that can work at this moment; None where none has given a sign for a day

    @property
    def left(self) -> int:
        """Deliveries that have not reached an end."""
        return sum(self.counts[state] for state in OPEN_DELIVERY_STATES)

    @property
    def share_done(self) -> float:
        """Share of deliveries that have reached an end, 0 to 1."""
        return 1 - self.left / self.total if self.total else 0.0

    @property
    def slowed_why(self) -> str:
        """Say to which receivers it goes slower than it could, since when and why; empty when to none."""
        return "; ".join(each.words for each in self.slowed)

    @property
    def pace(self) -> str:
        """Messages a second in words, with a tenth where it is slow; empty when nothing moves."""
        rate = self.rate_per_second
        return f"{rate:,.{0 if rate >= 10 else 1}f}".removesuffix(".0") + " a second" if rate else ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = asdict(self) | {"left": self.left, "counts": {state.value: n for state, n in self.counts.items()}}
        plain["slowed"] = [_plain(each) for each in plain["slowed"]]
        return _plain(plain)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


def progress(database: Database, *, clock: Clock, issue_id: int) -> Progress:
    """Return how far an issue is. Raises NotFoundError."""
    now = clock.now()
    with database.read() as session:
        issue = issues.by_id(session, issue_id)
        record = store.plan_of(session, issue.id)
        counts = store.counts(session, issue.id)
        sending = issue.state == IssueState.SENDING
        rate = _rate(session, issue.id, record.planned_at if record else now, now) if sending else 0.0
        brakes = circuit_breaker.in_force(session, now) if sending else []
        turn = store.next_turn(session, issue.id) if sending else None
        trips = circuit_breaker.trips_of(session, [issue.id])
        gone_since = _gone_since(session, issue.id)
        senders, absent = _at_work(session, issue, clock)
        alone = "" if absent or brakes else _told(unattended.left_alone(session, issue, turn, now))
        held_back = slowed(session, now) if sending else ()
    left, rate = sum(counts[state] for state in OPEN_DELIVERY_STATES), 0.0 if senders == 0 else rate
    return Progress(
        state=issue.state,
        counts=counts,
        total=sum(counts.values()),
        candidates=record.candidates if record else 0,
        excluded_standing=record.excluded_standing if record else 0,
        excluded_suppressed=record.excluded_suppressed if record else 0,
        rate_per_second=max(round(rate, 1), 0.1) if rate else 0.0,
        eta_seconds=round(left / rate) if rate and left else None,
        scheduled_at=issue.scheduled_at,
        finished_at=issue.finished_at,
        paused_why=issue.paused_why,
        # Whoever is not there tries nothing again, whatever moment a brake names.
        waiting_why=absent or _held_by(brakes) or alone or _resting(turn, counts[DeliveryState.DEFERRED], now),
        slowed=held_back,
        refused=any(map(_refuses, brakes)),
        goes_in=_goes_in(issue, now),
        alert=trips.get(issue.id, ""),
        nobody_works=absent or alone,
        senders=senders,
        deliveries_gone_since=gone_since,
    )


def _at_work(session: Session, issue: Issue, clock: Clock) -> tuple[int | None, str]:
    """Count the workers that can work now, and say why nobody works on an issue that waits for it."""
    if issue.state not in (IssueState.SCHEDULED, IssueState.SENDING):
        return None, ""
    found, now = signs_in(session, clock), clock.now()
    workers = [sign.works for sign in found if sign.role == ProcessRole.WORKER]
    return (sum(workers) if workers else None), _told(unattended.absent(session, found, now, issue.id))


def _told(absence: unattended.Absence | None) -> str:
    return "" if absence is None else str(absence)


def _rate(session: Session, issue_id: int, planned_at: datetime, now: datetime) -> float:
    """Messages a second that servers answered in the last seconds, or since the plan, if that is later."""
    recent, since = store.answered_recently(session, issue_id, since=now - RATE_WINDOW, now=now)
    return recent / max((now - max(since, planned_at)).total_seconds(), 1.0)


def _refuses(brake: Brake) -> bool:
    return brake.part == FAILED and brake.why.startswith(REFUSES)


def _goes_in(issue: Issue, now: datetime) -> int | None:
    if issue.state != IssueState.SCHEDULED or issue.scheduled_at is None:
        return None
    return max(0, ceil((issue.scheduled_at - now).total_seconds()))


def _held_by(brakes: Sequence[Brake]) -> str:
    return "; ".join(map(_held, brakes))


def _held(brake: Brake) -> str:
    """Say what a brake holds back, why, and until when."""
    until = f"until {_moment(brake.shut_until)}" if brake.shut_until else "for now"
    if _refuses(brake):
        words = brake.why.removeprefix(REFUSES)
        return f"the way out ({brake.transport}) refuses us, and is tried again {until.replace('until', 'at')}: {words}"
    if brake.part == FAILED:
        what = f"the way out ({brake.transport}) is down, and is tried again"
        return f"{what} {until.replace('until', 'at')}: {brake.why}" if brake.why else f"{what} soon"
    if brake.part in (ASKED, DAY):
        return f"{brake.why or 'everything is held back'}; nothing goes {until}"
    return f"mail to {brake.part} is held back {until}: {brake.why}"


def _resting(turn: datetime | None, deferred: int, now: datetime) -> str:
    """Say when it goes on, if no batch may go now."""
    if turn is None or turn <= now:
        return ""
    if deferred:
        return f"{deferred:,} are to be tried again, as their servers asked; the next ones at {_moment(turn)}"
    return f"the next messages have their turn at {_moment(turn)}, within the limits that are set or were learned"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def deliveries_gone_since(database: Database, *, issue_id: int) -> datetime | None:
    """Return since when the single deliveries of an issue are gone, or None."""
    with database.read() as session:
        return _gone_since(session, issue_id)


def _gone_since(session: Session, issue_id: int) -> datetime | None:
    roll_up = old_deliveries.roll_up_of(session, issue_id)
    return roll_up.began_at if roll_up else None


def listing(
    database: Database,
    *,
    issue_id: int,
    state: DeliveryState | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Return deliveries of an issue by id, `limit` at most, after id `after`. Raises NotFoundError."""
    with database.read() as session:
        issue = issues.by_id(session, issue_id)
        rows = deliveries.listing(session, issue, state=state, after=after, limit=limit)
        return [
            {
                "id": d.id,
                "subscriber": d.subscriber_id,
                "address": address or "",
                "state": d.state.value,
                "attempts": d.attempts,
                "code": d.code,
                "status": d.status,
                "reply": d.reply,
                "changed_at": d.changed_at.isoformat(),
                "next_attempt_at": d.next_attempt_at.isoformat() if d.next_attempt_at else None,
            }
            for d, address in rows
        ]


def finish_sent(
    database: Database, *, clock: Clock, uncertain: str = "hold", max_age: timedelta = timedelta(hours=24)
) -> list[int]:
    """Move every issue none of whose deliveries has work left to sent; return their ids.

    Under the policy `resend` (`uncertain` is that of the settings) one with uncertain deliveries to be sent again is not done.
    """
    now = clock.now()
    with database.write() as session:
        done = store.finished_issues(session)
        resending = set(store.issues_with_policy(session, "resend", default=uncertain)) if done else set()
        waiting = {
            i for i in resending.intersection(done) if store.awaits_resending(session, i, now=now, max_age=max_age)
        }
        finished = [i for i in done if i not in waiting and _finish(session, i, now)]
    for issue_id in finished:
        log.info("issue sent", issue_id=issue_id)
    return finished


def _finish(session: Session, issue_id: int, now: datetime) -> bool:
    """Finish an issue, unless a batch of it ended while a delivery was brought back: that one goes on."""
    issues.lock(session, issue_id)
    for batch in batches.ended_with_work(session, issue_id):
        reopening.reopen(session, batch, now)
    return store.finish_issue(session, issue_id, now, by=SCHEDULER)
