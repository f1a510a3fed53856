"""Who did what: the audit trail page by page, and how long it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from newsletter.accounts.permissions import require
from newsletter.clock import Clock, NowAndThen
from newsletter.model import AuditEntry
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications

log = structlog.get_logger(__name__)

FORGET_SECONDS = 600.0
"""How often old entries are looked for."""
STEP, MOST_STEPS = 1000, 20
"""So many are deleted in one transaction, and so many transactions follow each other: nobody waits for long."""


def page(
    database: Database, *, publication_id: int | None = None, before: int | None = None, limit: int, by: Actor
) -> list[dict[str, Any]]:
    """Return entries with an id below `before`, newest first, as plain values; of one publication, or of all. Raises ForbiddenError."""
    require(by, Right.SEE_AUDIT, None)
    with database.read() as session:
        slugs = {owner.id: owner.slug for owner in publications.all_of(session)}
        rows = audit.page(session, before=before, publication_id=publication_id, limit=limit)
    return [_plain(row, slugs) for row in rows]


def _plain(row: AuditEntry, slugs: dict[int, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.at,
        "actor": row.actor,
        "actor_id": row.actor_id,
        "name": row.actor_name,
        "place": row.place,
        "action": row.action,
        "publication": None if row.publication_id is None else slugs.get(row.publication_id, ""),
        "subject": row.subject,
        "subject_id": row.subject_id,
        "subject_name": row.subject_name,
        "old": row.old,
        "new": row.new,
    }


@dataclass
class AuditRounds:
    """What the scheduler does for the audit trail: `tick` is called after each round that this process led."""

    database: Database
    clock: Clock
    days: int
    _forgetting: NowAndThen = field(default_factory=lambda: NowAndThen(FORGET_SECONDS), init=False)

    def tick(self) -> None:
        """Forget what is older than it is kept, in steps, now and then. Raises StoreError."""
        if not self._forgetting.is_time(self.clock):
            return
        forgotten = self._forget()
        if forgotten:
            log.info("audit entries were forgotten", entries=forgotten, days=self.days)

    def _forget(self) -> int:
        before, forgotten = self.clock.now() - timedelta(days=self.days), 0
        for _ in range(MOST_STEPS):
            with self.database.write() as session:
                gone = audit.forget(session, before=before, limit=STEP)
            forgotten += gone
            if gone < STEP:
                break
        return forgotten
