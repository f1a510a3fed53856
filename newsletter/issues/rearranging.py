"""Copy an issue into a new draft, and move a draft to another day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError
from newsletter.issues.drafts import add_draft, new_draft, not_a_draft, rewrite_draft, values_of
from newsletter.issues.editing import free_slug, read_document
from newsletter.issues.front_matter import with_value
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.store.publications import publications
from newsletter.zones import EARLIEST, FARTHEST, day_of

log = structlog.get_logger(__name__)

_TRIES = 5


@dataclass(frozen=True)
class Rearranging:
    """The tools of copying and moving issues, put together once per process."""

    database: Database
    clock: Clock

    def duplicate(self, issue_id: int, *, by: Actor) -> Issue:
        """Store a draft with the text of an issue, dated today in the publication's time zone, under a slug that is free.

        Raises NotFoundError; ForbiddenError; ConflictError when no slug is free.
        """
        for _ in range(_TRIES):
            with self.database.write() as session:
                issue = issues.by_id(session, issue_id)
                require(by, Right.WRITE, issue.publication_id)
                home = publications.by_id(session, issue.publication_id)
                text = self._dated(session, issue, day_of(self.clock.now(), home.time_zone), is_copy=True)
                values = values_of(read_document(text), text, self.clock, by)
                try:
                    copied = add_draft(session, new_draft(home.id, values), by)
                except ConflictError:
                    session.rollback()  # another editor took this slug at the same moment
                    continue
            log.info("issue copied", issue_id=issue_id, copy_id=copied.id, by=str(by))
            return copied
        raise ConflictError("no free slug was found for the copy", remedy="try again")

    def move(self, issue_id: int, day: date, *, by: Actor) -> Issue:
        """Date a draft another day; a slug that is its old day becomes the new one where that is free.

        Raises NotFoundError; ForbiddenError; InputError for a day too far away; ConflictError when it is no draft, or was changed meanwhile.
        """
        if not EARLIEST <= day <= FARTHEST:
            remedy = f"choose one between {EARLIEST.year} and {FARTHEST.year}"
            raise InputError(f"{day} lies too far away", where="day", remedy=remedy)
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            if issue.state is not IssueState.DRAFT:
                raise not_a_draft(issue)
            if issue.dated == day:
                return issue
            text = self._dated(session, issue, day, is_copy=False)
            values = values_of(read_document(text), text, self.clock, by)
            values["written_by"] = issue.written_by  # whoever moves it has written nothing
            return rewrite_draft(session, issue, issue.revision, values, by)

    def _dated(self, session: Session, issue: Issue, day: date, *, is_copy: bool) -> str:
        """The text of an issue with another date, and with a slug that fits it."""
        text, named = with_value(issue.source, "date", day.isoformat()), day.isoformat()
        taken = issues.slugs_like(session, issue.publication_id, named)
        if is_copy:
            return with_value(text, "slug", free_slug(named, taken))
        is_day = issue.slug == issue.dated.isoformat() and named not in taken
        return with_value(text, "slug", named) if is_day else text
