"""Are the kept counts of deliveries those of the rows? Compared for some issues; counted anew when somebody asks for it."""

from __future__ import annotations

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.delivery import kept_counts, kept_numbers, old_deliveries, progress
from newsletter.store.issues import issues

RECENT = 5
"""Issues that are looked at, the last ones that were planned."""
BLOCKS = 12
"""Blocks of each that are looked at, spread over it: about a hundred thousand deliveries."""


def differing(database: Database) -> list[str]:
    """Return the slugs of recent issues whose counts are not those of the rows."""
    with database.read() as session:
        return [
            slug
            for issue_id, slug in progress.planned_last(session, RECENT)
            if kept_numbers.differing(session, _some(kept_numbers.blocks_of(session, issue_id)))
        ]


def _some(blocks: list[kept_numbers.CountedBlock]) -> list[kept_numbers.CountedBlock]:
    return blocks[:: max(1, -(-len(blocks) // BLOCKS))]


def recount(database: Database, clock: Clock, *, issue_id: int, by: Actor) -> int:
    """Count the deliveries of an issue anew; return how many counts were wrong. Those who record outcomes wait meanwhile.

    Raises NotFoundError; ForbiddenError; ConflictError for an issue whose deliveries are gone.
    """
    with database.write() as session:
        issue = issues.locked(session, issue_id)
        require(by, Right.SEND, issue.publication_id)
        old_deliveries.see_open(session, issue)
        wrong = kept_numbers.differing(session, kept_numbers.blocks_of(session, issue.id))
        kept_counts.recount(session, issue.id)
        subject = audit.Subject("issue", issue.id, issue.slug)
        audit.add(
            session,
            by,
            "issue.recount",
            subject,
            at=clock.now(),
            publication_id=issue.publication_id,
            new=str(len(wrong)),
        )
    return len(wrong)
