"""What machines that watch are told of sending: how much waits, since when, what came of it, and what holds it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.delivery.counting import COUNTED, UNGROUPED
from newsletter.delivery.pace.circuit_breaker import FAILED, REFUSES, WAY_OUT
from newsletter.delivery.pace.notes import slowed
from newsletter.delivery.pace.warm_up import Allowance
from newsletter.mail.receivers import OTHER
from newsletter.measures import Family, Measure
from newsletter.model.states import BatchState, IssueState
from newsletter.store import counters
from newsletter.store import measures as store
from newsletter.store.database import Database
from newsletter.store.measures import OpenBatches

LATE = timedelta(seconds=60)
"""How long after its moment an issue that was not planned is late."""
MOST_PUBLICATIONS = 50
"""Publications that are told apart: those with the most; all others are told together."""
OTHERS = "(others)"
"""Stands for those publications: no slug is written so."""

OUTCOMES = Family(
    "counter",
    "newsletter_deliveries_total",
    "Outcomes of deliveries by state and group of receivers, of all processes.",
    ("state", "group"),
)
OPEN = Family(
    "gauge", "newsletter_deliveries_open", "Deliveries that await an outcome, about.", ("publication", "batch")
)
BATCHES = Family("gauge", "newsletter_batches_open", "Batches with work left.", ("publication", "batch"))
OLDEST_DUE = Family("gauge", "newsletter_oldest_due_seconds", "Since when the oldest due batch waits to be claimed.")
OLDEST_OPEN = Family(
    "gauge", "newsletter_oldest_open_seconds", "Since when the oldest issue with an open batch was planned."
)
EXPIRED = Family("gauge", "newsletter_claims_expired", "Claimed batches whose lease ran out.")
ISSUES = Family("gauge", "newsletter_issues", "Issues under way.", ("publication", "state"))
TRIPPED = Family("gauge", "newsletter_issues_tripped", "Issues that paused by themselves.", ("publication",))
LATE_ISSUES = Family("gauge", "newsletter_issues_late", "Scheduled issues not planned a minute after their moment.")
LAG = Family("gauge", "newsletter_schedule_lag_seconds", "How far behind its moment the first scheduled issue is.")
SHUT = Family("gauge", "newsletter_brake_shut_seconds", "For how long a brake still holds.", ("transport", "part"))
FAILURES = Family("gauge", "newsletter_brake_failures", "Failures in a row.", ("transport", "part"))
REFUSED = Family("gauge", "newsletter_way_out_refused", "Whether the way out refuses us: 1 or 0.", ("transport",))
PACE = Family("gauge", "newsletter_pace_limit_per_second", "Messages a second that may go.", ("group", "kind"))
DAY_LIMIT = Family("gauge", "newsletter_day_limit_messages", "Messages that may go today (UTC).")
DAY_TAKEN = Family("gauge", "newsletter_day_taken_messages", "Messages counted against today's limit.", ("transport",))
NOTICES = Family("gauge", "newsletter_notices_waiting", "Notices that no server took yet, 10,000 at most.")

FAMILIES = (
    OUTCOMES, OPEN, BATCHES, OLDEST_DUE, OLDEST_OPEN, EXPIRED, ISSUES, TRIPPED, LATE_ISSUES, LAG, SHUT, FAILURES, REFUSED,
    PACE, DAY_LIMIT, DAY_TAKEN, NOTICES,
)  # fmt: skip


def measure(database: Database, *, clock: Clock, settings: Settings) -> list[Measure]:
    """Return what is known of sending now. Raises StoreError."""
    now = clock.now()
    with database.read() as session:
        return [
            *_outcomes(session, settings),
            *_batches(session, now),
            *_issues(session, now),
            *_brakes(session, now),
            *_limits(session, settings, now),
            NOTICES.of(store.notices_waiting(session)),
        ]


def _outcomes(session: Session, settings: Settings) -> Iterator[Measure]:
    """Each counter from nought on: of one that begins at five nobody could tell that it grew."""
    groups = (*settings.domains_of_group, OTHER, UNGROUPED)
    nought = {(state, group): 0 for state in COUNTED for group in groups}
    for (state, group), number in (nought | counters.read(session, counters.DELIVERIES)).items():
        yield OUTCOMES.of(number, state, group)


def _batches(session: Session, now: datetime) -> Iterator[Measure]:
    found = store.open_batches(session, now)
    known = _largest((each.publication, each.deliveries) for each in found)
    deliveries: Counter[tuple[str, str]] = Counter()
    batches: Counter[tuple[str, str]] = Counter()
    for each in found:
        labels = _known(each.publication, known), _stands(each)
        deliveries[labels] += each.deliveries
        batches[labels] += each.batches
    yield from (OPEN.of(number, *labels) for labels, number in deliveries.items())
    yield from (BATCHES.of(number, *labels) for labels, number in batches.items())
    yield OLDEST_DUE.of(_age(now, [each.first_due for each in found if _stands(each) == "due"]))
    yield OLDEST_OPEN.of(_age(now, [each.planned_at for each in found]))
    yield EXPIRED.of(store.expired_claims(session, now))


def _stands(batches: OpenBatches) -> str:
    if batches.batch_state == BatchState.CLAIMED:
        return "claimed"
    if batches.issue_state == IssueState.PAUSED:
        return "paused"
    return "later" if batches.later else "due"


def _issues(session: Session, now: datetime) -> Iterator[Measure]:
    found = store.issues_under_way(session)
    known = _largest((slug, number) for slug, _, number, _, _ in found)
    issues: Counter[tuple[str, str]] = Counter()
    tripped: Counter[str] = Counter()
    for slug, state, number, by_itself, _ in found:
        issues[_known(slug, known), state.value] += number
        tripped[_known(slug, known)] += by_itself
    yield from (ISSUES.of(number, *labels) for labels, number in issues.items())
    yield from (TRIPPED.of(number, slug) for slug, number in tripped.items())
    yield LATE_ISSUES.of(store.overdue_issues(session, now - LATE))
    yield LAG.of(_age(now, [first for _, state, _, _, first in found if state == IssueState.SCHEDULED]))


def _brakes(session: Session, now: datetime) -> Iterator[Measure]:
    for brake in store.brakes(session):
        labels = brake.transport, brake.part or WAY_OUT
        yield SHUT.of(
            (brake.shut_until - now).total_seconds() if brake.shut_until and brake.shut_until > now else 0, *labels
        )
        yield FAILURES.of(brake.failures, *labels)
        if brake.part == FAILED:
            yield REFUSED.of(bool(brake.failures) and brake.why.startswith(REFUSES), brake.transport)


def _limits(session: Session, settings: Settings, now: datetime) -> Iterator[Measure]:
    """The limits that this process would keep to: all processes of a service have the same settings."""
    if settings.messages_per_second:
        yield PACE.of(settings.messages_per_second, "", "set")
    yield from (PACE.of(rate, group, "set") for group, rate in settings.rate_of_group.items())
    learned: dict[str, float] = {}
    for each in slowed(session, now):
        learned.setdefault(each.group, each.rate_per_second)  # the slowest comes first
    yield from (PACE.of(rate, group, "learned") for group, rate in learned.items())
    most = Allowance.of(settings).on(now.date())
    if most is not None:
        yield DAY_LIMIT.of(most)
    yield from (DAY_TAKEN.of(taken, transport) for transport, taken in store.taken_on(session, now.date()).items())


def _largest(sizes: Iterable[tuple[str, int]]) -> frozenset[str]:
    sums: Counter[str] = Counter()
    for name, size in sizes:
        sums[name] += size
    return frozenset(name for name, _ in sums.most_common(MOST_PUBLICATIONS))


def _known(name: str, known: frozenset[str]) -> str:
    return name if name in known else OTHERS


def _age(now: datetime, moments: Iterable[datetime | None]) -> float:
    """Seconds since the first of these moments; 0 when there is none, or none has come."""
    first = min((each for each in moments if each is not None), default=now)
    return max(0.0, (now - first).total_seconds())
