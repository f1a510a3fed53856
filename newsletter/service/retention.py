"""What goes when its days are over: the table of jobs, what the scheduler does for them, and what the doctor tells of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock, NowAndThen
from newsletter.config.retention import RetentionSettings
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.feedback import reports
from newsletter.store.retention import details, identities, rolling_up, runs, unconfirmed
from newsletter.verdicts import Result

log = structlog.get_logger(__name__)

LOOK_SECONDS = 600.0
"""How often it is looked what is old enough."""
MOST_SECONDS = 5.0
"""How long one look may take in all, so that a round of the scheduler does not wait for it."""


class RetentionLook(NamedTuple):
    """What a step is told: before when a thing is old, the time, and how far the job was."""

    before: datetime
    now: datetime
    place: int


class RetentionStep(NamedTuple):
    """What one step took: how many, how far it is, and whether there may be more."""

    gone: int
    place: int
    more: bool


class RetentionJob(NamedTuple):
    """One kind of thing that goes: `days` names its setting, `step` takes a bounded number of what is old, `ahead` says how much waits to go."""

    name: str
    days: str
    told: str
    step: Callable[[Session, RetentionLook], RetentionStep]
    ahead: Callable[[Session, datetime], str] | None = None


def _unconfirmed(session: Session, look: RetentionLook) -> RetentionStep:
    gone = unconfirmed.forget(session, look.before, 200)
    return RetentionStep(gone, 0, gone == 200)


def _raw_reports(session: Session, look: RetentionLook) -> RetentionStep:
    gone = reports.drop_bytes(session, look.before, limit=500)
    return RetentionStep(gone, 0, gone == 500)


def _click_identities(session: Session, look: RetentionLook) -> RetentionStep:
    gone = identities.forget(session, look.before, 500)
    return RetentionStep(gone, 0, gone > 0)  # the next edition may have some


def _audit(session: Session, look: RetentionLook) -> RetentionStep:
    gone = audit.forget(session, before=look.before, limit=1000)
    return RetentionStep(gone, 0, gone == 1000)


def _details(session: Session, look: RetentionLook) -> RetentionStep:
    return RetentionStep(*details.forget(session, look.before, look.place, 2))


def _deliveries(session: Session, look: RetentionLook) -> RetentionStep:
    gone, more = rolling_up.roll_up(session, look.before, look.now, 2)
    return RetentionStep(gone, 0, more)


def _issues_ahead(session: Session, before: datetime) -> str:
    soon = rolling_up.due(session, before)
    if not soon.issues:
        return "none goes next"
    of_issues = "one issue" if soon.issues == 1 else f"{soon.issues:,} issues"
    return f"{soon.deliveries:,} of {of_issues} go next"


JOBS = (
    RetentionJob("unconfirmed", "unconfirmed_days", "subscriptions that were never confirmed", _unconfirmed),
    RetentionJob("raw reports", "raw_report_days", "bytes of bounces, complaints and webhooks", _raw_reports),
    RetentionJob(
        "click identities", "click_identity_days", "whose the opens and clicks of ended issues were", _click_identities
    ),
    RetentionJob("audit", "audit_days", "entries of the audit trail", _audit),
    RetentionJob(
        "delivery details", "delivery_detail_days", "what servers said of deliveries of ended issues", _details
    ),
    RetentionJob(
        "deliveries",
        "delivery_days",
        "single deliveries of ended issues, whose figures stay",
        _deliveries,
        _issues_ahead,
    ),
)
"""All that goes by its age, in the order in which it is looked at."""


@dataclass
class Retention:
    """What the scheduler does for it: `tick` is called after each round that this process led."""

    database: Database
    clock: Clock
    settings: RetentionSettings
    jobs: tuple[RetentionJob, ...] = JOBS
    _looking: NowAndThen = field(default_factory=lambda: NowAndThen(LOOK_SECONDS), init=False)

    def tick(self) -> None:
        """Do every job now and then. Raises StoreError."""
        if self._looking.is_time(self.clock):
            self.run()

    def run(self) -> None:
        """Do every job, step by step, each step in a transaction of its own, until nothing is left or its time is over. Raises StoreError."""
        end = self.clock.monotonic() + MOST_SECONDS
        for job in self.jobs:
            days = self.days_of(job)
            if days:
                self._do(job, self.clock.now() - timedelta(days=days), end)

    def days_of(self, job: RetentionJob) -> int:
        """Return after how many days a thing goes; 0 for never."""
        days: int = getattr(self.settings, job.days)
        return days

    def check(self) -> Iterable[Result]:
        """Tell of each job what is set, when it last ran, and how much went: for the doctor, and the page of checks."""
        with self.database.read() as session:
            ran = runs.of_all(session)
            ahead = {job.name: self._ahead(session, job) for job in self.jobs}
        for job in self.jobs:
            days, run = self.days_of(job), ran.get(job.name)
            kept = f"kept for {days} days" if days else "kept for ever"
            told = f"{job.told}: {kept} (NEWSLETTER_{job.days.upper()}){ahead[job.name]}"
            if run is not None:
                told += f"; last looked at {run.ran_at:%Y-%m-%d %H:%M} UTC, {run.gone_last:,} went then and {run.gone:,} in all"
            yield Result("retention", "good", told)

    def _ahead(self, session: Session, job: RetentionJob) -> str:
        days = self.days_of(job)
        if not days or job.ahead is None:
            return ""
        return f"; {job.ahead(session, self.clock.now() - timedelta(days=days))}"

    def _do(self, job: RetentionJob, before: datetime, end: float) -> None:
        first, gone = True, 0
        while first or self.clock.monotonic() < end:
            with self.database.write() as session:
                now = self.clock.now()
                went = job.step(session, RetentionLook(before, now, runs.place_of(session, job.name)))
                runs.note(session, job.name, at=now, gone=went.gone, place=went.place, first=first)
            first, gone = False, gone + went.gone
            if not went.more:
                break
        if gone:
            log.info("went because its days were over", job=job.name, number=gone)
