"""Let a board be shown that was held for an editor: somebody looked at it, and it is right as it is."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError
from newsletter.model import Source
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.store.sources import snapshots
from newsletter.store.sources import sources as store


@dataclass(frozen=True)
class Releasing:
    """The tools of releasing boards, put together once per process."""

    database: Database
    clock: Clock

    def why_held(self, source_id: int) -> str:
        """Return why the newest snapshot of a source is held; empty when it is not."""
        with self.database.read() as session:
            newest = snapshots.newest(session, source_id)
            return newest.held if newest is not None else ""

    def release(self, source_id: int, *, by: Actor) -> Source:
        """Let the newest snapshot of a source be shown. Raises ConflictError when it is not held; ForbiddenError, NotFoundError."""
        with self.database.write() as session:
            home = publications.lock(session, store.by_id(session, source_id).publication_id)
            require(by, Right.WRITE, home.id)
            source = store.lock(session, source_id)
            newest = snapshots.newest(session, source.id)
            if newest is None or not newest.held:
                raise ConflictError("nothing of this source is held", remedy="it stands in the next draft as it is")
            subject, old = audit.Subject("source", source.id, source.name), newest.held[: audit.MOST_CHARS]
            snapshots.release(session, newest)
            audit.add(session, by, "source.release", subject, at=self.clock.now(), publication_id=home.id, old=old)
        return source
