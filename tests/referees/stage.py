"""The engine, a referee, the receivers behind it, and our own listener for what comes back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery import planning
from newsletter.model import AppliedReport, Base, Batch, Delivery, RawContent, RawReport, Subscriber, Suppression
from newsletter.model.states import DeliveryState
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.referees.base import LOCAL, NOWHERE, Referee
from tests.referees.receivers import ANSWERS, DOWN, FINE, SMALL, Receivers
from workers.inbound import Inbound

WAIT_SECONDS = 60
DOMAINS = (LOCAL, NOWHERE, *ANSWERS, SMALL, DOWN, FINE)


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery, and whether its reader is written to again."""

    state: str
    kind: str = ""
    reason: str = ""
    blame: str = ""
    suppressed: bool = False


class Stage:
    """Runs until `stop()`."""

    def __init__(self, folder: Path, kind: type[Referee]) -> None:
        self._clock = SettableClock(datetime.now(UTC))  # now, as the referee sees it too
        self._receivers = Receivers()
        settings = {
            "data_dir": folder,
            "secret_key": "a secret for the referee, which is long enough",
            "return_path_domain": "bounces.test",
            "inbound_port": 0,
            "_env_file": None,
        }
        self._parts = Parts(Settings(**settings), self._clock)
        Base.metadata.create_all(self._parts.database.engine)
        self._listener = Inbound(self._parts)
        self.referee = kind(self._receivers.routes | {"bounces.test": self._listener.port})
        sending = self._parts.settings.model_copy(update={"smtp_url": self.referee.url})
        object.__setattr__(self._parts, "settings", sending)

    def send(self) -> None:
        """Send an issue to a reader at each domain, and read all that comes back."""
        self._plan()
        with self._parts.database.read() as session:
            batches = list(session.scalars(select(Batch.id)))
        for batch in batches:
            self._parts.engine.sender.send_batch(batch)
        with self._parts.database.read() as session:
            taken = session.scalar(select(func.count()).where(Delivery.state == DeliveryState.SUBMITTED))
        for raw_id in self._await_reports(taken - 1):
            self._parts.reports.handle(raw_id)

    def outcomes(self) -> dict[str, Outcome]:
        """What became of each domain's delivery."""
        with self._parts.database.read() as session:
            suppressed = {row.address for row in session.scalars(select(Suppression))}
            rows = session.execute(
                select(Subscriber, Delivery, AppliedReport)
                .join(Delivery, Delivery.subscriber_id == Subscriber.id)
                .outerjoin(AppliedReport, AppliedReport.delivery_id == Delivery.id)
            )
            return {
                reader.domain: _outcome(delivery, applied, suppressed=reader.address in suppressed)
                for reader, delivery, applied in rows
            }

    def applied(self) -> Sequence[AppliedReport]:
        """What was read from the reports."""
        with self._parts.database.read() as session:
            return session.scalars(select(AppliedReport)).all()

    def raw(self) -> Sequence[bytes]:
        """The reports as they came."""
        with self._parts.database.read() as session:
            found = (
                select(RawContent.content).join(RawReport, RawReport.content_id == RawContent.id).order_by(RawReport.id)
            )
            return session.scalars(found).all()

    def stop(self) -> None:
        """End everything."""
        self._listener.stop()
        self.referee.stop()
        self._receivers.stop()
        self._parts.close()

    def _plan(self) -> None:
        database, clock = self._parts.database, self._clock
        publication = add_publication(database, clock)
        for domain in DOMAINS:
            add_readers(database, clock, publication, 1, domain)
        issue = add_issue(database, clock, publication)
        planning.plan(database, clock=clock, issue_id=issue.id, batch_size=100)

    def _await_reports(self, wanted: int) -> list[int]:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            with self._parts.database.read() as session:
                if session.scalar(select(func.count()).select_from(RawReport)) >= wanted:
                    return list(session.scalars(select(RawReport.id)))
            assert time.monotonic() < deadline, self.referee.log
            time.sleep(0.1)


def _outcome(delivery: Delivery, applied: AppliedReport | None, *, suppressed: bool) -> Outcome:
    if applied is None:
        return Outcome(delivery.state.value, suppressed=suppressed)
    return Outcome(delivery.state.value, applied.kind, applied.reason, applied.blame.value, suppressed)
