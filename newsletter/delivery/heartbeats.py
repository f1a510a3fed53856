"""Heartbeats: each worker and each scheduler says every few seconds that it lives, and what keeps it from working if anything does.

One row of the ledger for a process and a role, written by its primary key. Ages are told by the database's clock alone, so that
no host's clock makes a dead process live or a living one dead. A process whose database is away says nothing: it does no work
either. `newsletter.delivery.at_work` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter import __version__
from newsletter.clock import Clock
from newsletter.delivery.claims import Claims
from newsletter.errors import StoreError
from newsletter.holder import is_gone, is_here, this_process
from newsletter.store.database import Database
from newsletter.store.delivery import liveness
from newsletter.store.delivery.clock_skew import server_time

log = structlog.get_logger(__name__)

BEAT_SECONDS = 3.0
"""Seconds between two heartbeats of a process in a role; what changes its trouble is said at once."""
FORGET_SECONDS = 3600.0
"""Seconds between two looks for rows that are nobody's."""


@dataclass
class Pulse:
    """The heartbeats of this process in one role, `worker` or `scheduler`; `holds` are the batches it holds, if it is a worker."""

    database: Database
    clock: Clock
    role: str
    claims: Claims | None = None
    _since: datetime | None = field(default=None, init=False)
    _last: float = field(default=float("-inf"), init=False)
    _forgot: float = field(default=float("-inf"), init=False)
    _trouble: str = field(default="", init=False)

    def beat(self, trouble: str = "") -> None:
        """Say that this process lives, and in `trouble` why it cannot work; call it as often as you like. Raises StoreError."""
        moment = self.clock.monotonic()
        if moment - self._last < BEAT_SECONDS and trouble == self._trouble:
            return
        tidy = moment - self._forgot >= FORGET_SECONDS
        with self.database.write() as session:
            now = ledger_time(session, self.clock)
            self._since = self._since or now
            if liveness.beat(session, self._sign(now, moment, trouble), now):
                self._clear_away(session, now)
            if tidy:
                liveness.forget(session, now)
        self._last, self._trouble = moment, trouble
        self._forgot = moment if tidy else self._forgot

    def end(self) -> None:
        """Say that this process ends as it should; a database that is away is told in the log."""
        try:
            with self.database.write() as session:
                liveness.end(session, this_process(), self.role, ledger_time(session, self.clock))
        except StoreError as error:
            log.warning("cannot say that this process ends", role=self.role, error=error.what)

    def _sign(self, now: datetime, moment: float, trouble: str) -> liveness.Beat:
        moved = self.claims.moved_at if self.claims else None
        return liveness.Beat(
            process=this_process(),
            role=self.role,
            version=__version__,
            since=self._since or now,
            last_batch_at=None if moved is None else now - timedelta(seconds=moment - moved),
            batches=self.claims.finished if self.claims else 0,
            trouble=trouble,
        )

    def _clear_away(self, session: Session, now: datetime) -> None:
        """A new process takes the place of those of this host that ended, politely or not: they are of no interest any more."""
        rows = liveness.heartbeats(session, now)
        mine = [row for row in rows if row.role == self.role and is_here(row.process)]
        gone = [(row.process, row.role) for row in mine if row.ended_at is not None or is_gone(row.process)]
        liveness.forget(session, now, gone)


def ledger_time(session: Session, clock: Clock) -> datetime:
    """Return the database's time: on SQLite that of this machine, which all its processes share."""
    return server_time(session) or clock.now()
