"""Delete a draft, or an issue that moved in, and bring it back: it lies in a bin for thirty days, where no other door reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from newsletter.accounts.permissions import require
from newsletter.clock import Clock, NowAndThen
from newsletter.errors import ConflictError, InputError
from newsletter.issues import entries, preview_texts, recording
from newsletter.issues.editing import read_document
from newsletter.issues.freezing_archived import freeze_archived
from newsletter.issues.front_matter import with_slug
from newsletter.model import BinnedIssue, Issue
from newsletter.model.actor import Actor
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.rights import Right
from newsletter.model.states import WAYS_ON, IssueState
from newsletter.store.database import Database
from newsletter.store.issues import binned, comments, issues, moved, revisions

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=30)
"""How long a deleted issue can be restored."""
EMPTY_SECONDS = 600
"""How often the bin is looked through."""


@dataclass(frozen=True)
class Deleting:
    """The tools of deleting, put together once per process."""

    database: Database
    clock: Clock

    def delete(self, issue_id: int, *, by: Actor) -> BinnedIssue:
        """Put a draft, or an issue that moved in, into the bin; its slug is free at once, and old addresses lead to it no more.

        Raises NotFoundError; ForbiddenError, also for an issue that anybody may read and somebody who may not send; ConflictError when it is
        neither, or someone changed it at that moment.
        """
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            _see_rights(issue, by)
            if issue.state not in binned.DELETED:
                scheduled = issue.state is IssueState.SCHEDULED
                remedy = "undo the schedule first" if scheduled else WAYS_ON[issue.state]
                what = f"{issue.slug!r} is {issue.state}: only a draft, or an issue that moved in, can be deleted"
                raise ConflictError(what, remedy=remedy)
            gone = binned.put(session, issue, self.clock.now())
            entries.add(session, by, "issue.delete", gone, at=self.clock.now())
        log.info("issue deleted", issue_id=gone.id, by=str(by))
        return gone

    def restore(self, issue_id: int, *, slug: str = "", by: Actor) -> Issue:
        """Make what lies in the bin what it was, under another `slug` if one is given: a draft, or in the archive where it moved in.

        Raises NotFoundError; ForbiddenError; ConflictError when its slug belongs to another issue by now; DocumentError or InputError when `slug`
        is none. In each case it stays in the bin.
        """
        with self.database.write() as session:
            issue, paths = binned.take_out(session, issue_id)
            _see_rights(issue, by)
            issue.changed_at = self.clock.now()
            before = recording.Before.of(issue)
            if slug and slug != issue.slug:
                _rename(issue, slug)
            if issues.find(session, issue.publication_id, issue.slug) is not None:
                raise _taken(issue)
            try:
                restored = issues.add(session, issue)
            except ConflictError:  # it was taken at the same moment
                raise _taken(issue) from None
            if before.revision != restored.revision:
                recording.record(session, restored, by, RevisionOrigin.RENAMED, before)
            moved.lead_to(session, restored, paths)
            if restored.state is IssueState.ARCHIVED:
                freeze_archived(session, restored, self.clock.now())
            entries.add(session, by, "issue.restore", restored, at=self.clock.now())
        log.info("issue restored", issue_id=issue_id, by=str(by))
        return restored

    def purge(self) -> list[int]:
        """Remove for good what was deleted thirty days ago; return the ids."""
        with self.database.write() as session:
            gone = binned.purge(session, self.clock.now() - KEPT_FOR)
            revisions.forget_issues(session, gone)
            comments.forget(session, gone)
        if gone:
            log.info("bin emptied of what lay there for thirty days", issue_ids=gone)
        return gone


class BinRounds:
    """What the scheduler does for the bin and for texts kept for previews: `tick` is called after each round that this process led."""

    def __init__(self, deleting: Deleting) -> None:
        self._deleting = deleting
        self._emptying = NowAndThen(EMPTY_SECONDS)

    def tick(self) -> None:
        """Let go of what is old, now and then. Raises StoreError."""
        if self._emptying.is_time(self._deleting.clock):
            self._deleting.purge()
            preview_texts.forget(self._deleting.database, clock=self._deleting.clock)


def _see_rights(issue: Issue, by: Actor) -> None:
    require(by, Right.WRITE, issue.publication_id)
    if issue.state is IssueState.ARCHIVED:
        require(by, Right.SEND, issue.publication_id)  # anybody may read it


def _rename(issue: Issue, slug: str) -> None:
    text = with_slug(issue.source, slug)
    document = read_document(text, source=issue.slug)
    if document.slug != slug:
        raise InputError(f"{slug[:100]!r} cannot be a slug", where="slug", remedy="small letters, digits and hyphens")
    issue.source, issue.slug, issue.content = text, document.slug, document.model_dump(mode="json")
    issue.revision += 1


def _taken(issue: Issue) -> ConflictError:
    return ConflictError(
        f"another issue has the slug {issue.slug!r} by now",
        where=f"the bin, {issue.id}",
        remedy="restore this one under another slug, or give the other one another slug first",
    )
