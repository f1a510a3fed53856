"""What the scheduler counts for pages that show many issues or days: the figures of young issues, and who came and went."""

from __future__ import annotations

from datetime import UTC, timedelta

from sqlalchemy.orm import Session

from newsletter.clock import Clock, NowAndThen
from newsletter.mail.report import ReportKind
from newsletter.model import IssueFigures
from newsletter.model.feedback import MACHINE
from newsletter.model.states import DeliveryState
from newsletter.store.database import Database
from newsletter.store.delivery import progress
from newsletter.store.feedback import figures, statistics
from newsletter.store.issues import issues

EVERY_SECONDS = 60.0
"""Seconds between two looks for what is to be counted."""
ISSUES, DAYS = 5, 30
"""Issues and days that one look counts at most: the first ones after an upgrade take a while, and nobody waits."""


class FigureRounds:
    """One process's turn at it; `tick` is called after each round of the scheduler that this process led."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._looking = NowAndThen(EVERY_SECONDS)

    def tick(self) -> None:
        """Count what is due, once a minute."""
        if self._looking.is_time(self._clock):
            count(self._database, clock=self._clock)


def count(database: Database, *, clock: Clock) -> int:
    """Count the figures of issues that are due and the days of growth since the last look; return how many issues."""
    now = clock.now()
    with database.read() as session:
        due = figures.due(session, now, ISSUES)
    for issue_id in due:
        with database.write() as session:
            figures.keep(session, IssueFigures(issue_id=issue_id, counted_at=now, **figures_of(session, issue_id)))
    _count_days(database, clock)
    return len(due)


def figures_of(session: Session, issue_id: int) -> dict[str, int]:
    """Count the figures of an issue as they are now, by name. Raises NotFoundError."""
    states = progress.counts(session, issue_id)
    people, machines = figures.clicks(session, issue_id, MACHINE)
    complaints = sum(row.number for row in statistics.bounces(session, issue_id) if row.kind == ReportKind.COMPLAINT)
    return {
        "planned": sum(states.values()),
        "accepted": sum(states[state] for state in statistics.TOOK),
        "bounced": states[DeliveryState.REJECTED] + states[DeliveryState.BOUNCED],
        "people": people,
        "machines": machines,
        "unsubscribes": statistics.unsubscribes(session, issues.by_id(session, issue_id)),
        "complaints": complaints,
    }


def _count_days(database: Database, clock: Clock) -> None:
    """Count from the last day that was counted, which may not have been over, to today."""
    today = clock.now().astimezone(UTC).date()
    with database.read() as session:
        day = figures.last_day(session) or figures.first_day(session) or today
    for _ in range(DAYS):
        if day > today:
            return
        with database.write() as session:
            figures.count_day(session, day)
        day += timedelta(days=1)
