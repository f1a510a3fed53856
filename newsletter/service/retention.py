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
from newsletter.store.retention import details, identities, runs, unconfirmed
from newsletter.verdicts import Result

log = structlog.get_logger(__name__)

LOOK_SECONDS = 600.0
"""How often it is looked what is old enough."""
MOST_SECONDS = 5.0
"""How long one look may take in all, so that a round of the scheduler does not wait for it."""


class RetentionStep(NamedTuple):
    """What one step took: how many, how far it is, and whether there may be more."""

    gone: int
    place: int
    more: bool


class RetentionJob(NamedTuple):
    """One kind of thing that goes: `days` names its setting, `step` takes a bounded number of what is older than a moment."""

    name: str
    days: str
    told: str
    step: Callable[[Session, datetime, int], RetentionStep]


def _unconfirmed(session: Session, before: datetime, _: int) -> RetentionStep:
    gone = unconfirmed.forget(session, before, 200)
    return RetentionStep(gone, 0, gone == 200)


def _raw_reports(session: Session, before: datetime, _: int) -> RetentionStep:
    gone = reports.drop_bytes(session, before, limit=500)
    return RetentionStep(gone, 0, gone == 500)


def _click_identities(session: Session, before: datetime, _: int) -> RetentionStep:
    gone = identities.forget(session, before, 500)
    return RetentionStep(gone, 0, gone > 0)  # the next edition may have some


def _audit(session: Session, before: datetime, _: int) -> RetentionStep:
    gone = audit.forget(session, before=before, limit=1000)
    return RetentionStep(gone, 0, gone == 1000)


def _details(session: Session, before: datetime, place: int) -> RetentionStep:
    return RetentionStep(*details.forget(session, before, place, 2))


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
        for job in self.jobs:
            days, run = self.days_of(job), ran.get(job.name)
            kept = f"kept for {days} days" if days else "kept for ever"
            told = f"{job.told}: {kept} (NEWSLETTER_{job.days.upper()})"
            if run is not None:
                told += f"; last looked at {run.ran_at:%Y-%m-%d %H:%M} UTC, {run.gone_last:,} went then and {run.gone:,} in all"
            yield Result("retention", "good", told)

    def _do(self, job: RetentionJob, before: datetime, end: float) -> None:
        first, gone = True, 0
        while first or self.clock.monotonic() < end:
            with self.database.write() as session:
                went = job.step(session, before, runs.place_of(session, job.name))
                runs.note(session, job.name, at=self.clock.now(), gone=went.gone, place=went.place, first=first)
            first, gone = False, gone + went.gone
            if not went.more:
                break
        if gone:
            log.info("went because its days were over", job=job.name, number=gone)
