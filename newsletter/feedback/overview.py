"""What came in and what became of it, for people: listed, shown, read once more."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import timedelta
from typing import Any

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, QueueError
from newsletter.feedback.applying import weight_on
from newsletter.feedback.consequences import BURST, Effect
from newsletter.feedback.handling import SET_ASIDE
from newsletter.feedback.scoring import BouncePolicy
from newsletter.measures import Family, Measure
from newsletter.model import AppliedReport, RawReport
from newsletter.model.actor import Actor
from newsletter.model.feedback import OPEN_RAW_STATES, RawState
from newsletter.model.rights import Right
from newsletter.queue import Job, Queue
from newsletter.store import counters, measures
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Subject
from newsletter.store.database import Database
from newsletter.store.feedback import reports, unproven
from newsletter.store.feedback import unknown_events as store

TALLIES = Family(
    "gauge", "newsletter_tallies", "What is only counted, over all time and all processes, by name.", ("name",)
)
UNPROVEN_TODAY = Family("gauge", "newsletter_unproven_reports_today", "Reports of today (UTC) that nothing proves.")
HANDLED = Family(
    "counter", "newsletter_reports_total", "Reports handled, by what followed, of all processes.", ("effect",)
)
OPEN = Family(
    "gauge", "newsletter_reports_open", "Reports that wait to be read, or for somebody; 10,000 at most.", ("state",)
)
FAMILIES = (TALLIES, UNPROVEN_TODAY, HANDLED, OPEN)
_NOUGHT: dict[tuple[str, ...], int] = {(word,): 0 for word in (*(effect.value for effect in Effect), SET_ASIDE)}
_UNSETTLED = (*OPEN_RAW_STATES, RawState.SET_ASIDE)


def raw_reports(
    database: Database, *, state: str | None = None, after: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Return raw reports without their bytes, newest first, as plain values; those below id `after`, if given."""
    with database.read() as session:
        rows = reports.page(session, state=RawState(state) if state else None, after=after, limit=limit)
        return [_raw(row) for row in rows]


def raw_report(database: Database, *, raw_report_id: int) -> dict[str, Any]:
    """Return a raw report with its `content` (bytes) and what followed (`applied`). Raises NotFoundError."""
    with database.read() as session:
        found = reports.get_raw(session, raw_report_id)
        applied = [_applied(row) for row in reports.applied_of(session, raw_report_id)]
        return _raw(found) | {"content": reports.content_of(session, raw_report_id), "applied": applied}


def effects_of(database: Database, *, raw_report_id: int) -> Counter[str]:
    """Count what followed from a report, whoever applied it: a worker that was rung may be quicker than who took it in."""
    with database.read() as session:
        return Counter(row.effect for row in reports.applied_of(session, raw_report_id))


def tallies(database: Database) -> dict[str, int]:
    """Return what is only counted, by name."""
    with database.read() as session:
        return reports.tallies(session)


def unknown_events(database: Database) -> list[dict[str, Any]]:
    """Return the events of providers that nobody knows, with how many came and the last report that held one."""
    with database.read() as session:
        return [
            {"provider": each.provider, "event": each.event, "count": each.count, "report": each.raw_report_id}
            for each in store.all_of(session)
        ]


def unproven_today(database: Database, *, clock: Clock) -> dict[str, int]:
    """Return how many reports nothing proves: of today (UTC), of the last 14 days, and from how many a day on it is a burst."""
    today = clock.now().date()
    with database.read() as session:
        day, fortnight = unproven.of_day(session, today), unproven.since(session, today - timedelta(days=13))
    return {"today": day, "fortnight": fortnight, "burst": BURST}


def measure(database: Database, *, clock: Clock) -> list[Measure]:
    """Return what machines that watch are told of feedback. Raises StoreError."""
    with database.read() as session:
        handled = counters.read(session, counters.REPORTS)
        waiting = {state: measures.raw_reports(session, state) for state in _UNSETTLED}
    return [
        *(TALLIES.of(number, name) for name, number in tallies(database).items()),
        UNPROVEN_TODAY.of(unproven_today(database, clock=clock)["today"]),
        *(HANDLED.of(number, effect) for (effect,), number in (_NOUGHT | handled).items()),
        *(OPEN.of(number, state.value) for state, number in waiting.items()),
    ]


def counts(database: Database) -> dict[str, int]:
    """Count raw reports by state."""
    with database.read() as session:
        return {state.value: number for state, number in reports.counts(session).items()}


def read_again(database: Database, *, clock: Clock, queue: Queue, raw_report_id: int, by: Actor) -> None:
    """Make a report unread once more and ring for it. Raises NotFoundError, ForbiddenError, ConflictError when its bytes are forgotten already."""
    require(by, Right.MANAGE_SERVICE, None)
    with database.write() as session:
        reports.get_raw(session, raw_report_id)
        if not reports.read_again(session, raw_report_id, clock.now()):
            raise ConflictError(
                "its bytes are gone", where=f"report {raw_report_id}", remedy="they are kept for 30 days"
            )
        audit.add(session, by, "report.retry", Subject("report", raw_report_id), at=clock.now())
    with contextlib.suppress(QueueError):  # the scheduler rings again
        queue.ring(Job.READ_REPORT, raw_report_id)


def discard(database: Database, *, clock: Clock, raw_report_id: int, by: Actor) -> None:
    """Let a report that was set aside be: nothing follows from it. Raises NotFoundError, ForbiddenError, ConflictError when it is not aside."""
    require(by, Right.MANAGE_SERVICE, None)
    with database.write() as session:
        found = reports.get_raw(session, raw_report_id)
        if not reports.discard(session, raw_report_id):
            raise ConflictError(
                f"it is {found.state.value}, not set aside",
                where=f"report {raw_report_id}",
                remedy="`newsletter feedback list --state set-aside` shows those that are",
            )
        audit.add(session, by, "report.discard", Subject("report", raw_report_id), at=clock.now())


def score_of(database: Database, *, clock: Clock, policy: BouncePolicy, subscriber_id: int) -> float:
    """Return what counts against a reader now; from `policy.limit` on they are left in peace for a while."""
    with database.read() as session:
        return weight_on(session, subscriber_id, policy, clock.now())


def _raw(row: RawReport) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state.value,
        "source": row.source,
        "sent_to": row.sent_to,
        "octets": row.octets,
        "received_at": row.received_at.isoformat(),
        "error": row.error,
    }


def _applied(row: AppliedReport) -> dict[str, Any]:
    return {
        "delivery": row.delivery_id,
        "notice": row.notice_id,
        "kind": row.kind,
        "reason": row.reason,
        "status": row.status,
        "diagnostic": row.diagnostic,
        "against": row.blame.value,
        "effect": row.effect,
        "proven": row.proven,
    }
