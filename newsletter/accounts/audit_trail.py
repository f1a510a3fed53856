"""Who did what: the audit trail page by page."""

from __future__ import annotations

from typing import Any

from newsletter.accounts.permissions import require
from newsletter.model import AuditEntry
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications


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
