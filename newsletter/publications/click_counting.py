"""Whether a publication counts clicks without knowing whose they are: in its mails to readers who did not agree to more."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications

_WORDS = {True: "clicks are counted", False: "clicks are not counted"}


@dataclass(frozen=True)
class ClickCounting:
    """The tools of counting clicks, put together once per process."""

    database: Database
    clock: Clock

    def count_clicks(self, publication_id: int, *, on: bool, by: Actor) -> None:
        """Count clicks from the next batch on, or stop. Raises NotFoundError, ForbiddenError."""
        with self.database.write() as session:
            owner = publications.by_id(session, publication_id)
            require(by, Right.MANAGE_PUBLICATION, owner.id)
            words = {"old": _WORDS[owner.counts_clicks], "new": _WORDS[on]}
            owner.counts_clicks = on
            subject = audit.Subject("publication", owner.id, owner.slug)
            audit.add(session, by, "publication.change", subject, at=self.clock.now(), publication_id=owner.id, **words)
