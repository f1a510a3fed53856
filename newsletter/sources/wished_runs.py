"""A run that a person wishes for and does not wait for: noted in the ledger, so that no lost ring loses it."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.queue import Job, Queue
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WishedRuns:
    """The tools of wishing for a run, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue

    def wish(self, publication_id: int, *, by: Actor) -> None:
        """Have a worker ask all sources of a publication soon; wishing twice before it begins is wishing once. Raises ForbiddenError, NotFoundError."""
        with self.database.write() as session:
            home = publications.lock(session, publication_id)
            require(by, Right.WRITE, home.id)
            home.gather_wished_at = now = self.clock.now()
            subject = audit.Subject("publication", home.id, home.slug)
            audit.add(session, by, "publication.gather", subject, at=now, publication_id=home.id)
        try:
            self.queue.ring(Job.GATHER, publication_id)
        except QueueError as error:
            log.warning("cannot ring", job=Job.GATHER.value, error=str(error))  # the scheduler rings within seconds
