"""What is typed at the desk and not stored yet, and who else has the issue open.

A page of the desk sends its text two seconds after the last key: it is kept beside the issue, readable or not, and the issue stays as it
was stored. The same message is a sign of life, and its answer says who else writes there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import InputError, NotFoundError
from newsletter.model import Issue, OpenPage, WorkingCopy
from newsletter.model.actor import Actor
from newsletter.model.file_limits import MAX_OCTETS
from newsletter.model.rights import Right
from newsletter.store.database import Database
from newsletter.store.issues import issues, revisions
from newsletter.store.issues import working_copies as store

KEPT_FOR = timedelta(days=30)
PRESENT_FOR = timedelta(seconds=40)
"""So long after a sign of life somebody counts as being there: three signs may get lost."""
MOST = 20
"""Pages whose text is kept of one issue."""
_PAGE = re.compile(r"[0-9a-z]{1,32}")


@dataclass(frozen=True, slots=True)
class TypedText:
    """What a page says of itself: the text that stands in it, None where it is the one that was told before, and on which revision it was typed."""

    page: str
    revision: int
    text: str | None
    stored: bool = False
    """Whether all of it is stored, so that nothing need be kept beside."""


@dataclass(frozen=True, slots=True)
class Company:
    """Who else has an issue open, and how the issue stands in the ledger."""

    others: Sequence[OpenPage]
    issue: Issue
    at: datetime


@dataclass(frozen=True)
class WorkingCopies:
    """The tools of keeping what is typed, put together once per process."""

    database: Database
    clock: Clock

    def keep(self, issue_id: int, typed: TypedText, *, who: Actor) -> Company:
        """Keep the text of a page, or let it go where all of it is stored; return who else is there.

        Raises NotFoundError; ForbiddenError; InputError where the page has no lawful name or the text is larger than an issue may be.
        """
        now = self.clock.now()
        _check(typed)
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(who, Right.WRITE, issue.publication_id)
            person, name = who.person, who.shown_as[:200]
            if typed.stored or typed.text == issue.source:
                store.drop(session, issue_id, person, typed.page)
            elif typed.text is not None:
                copy = WorkingCopy(
                    issue_id=issue_id,
                    publication_id=issue.publication_id,
                    person=person,
                    name=name,
                    page=typed.page,
                    revision=typed.revision,
                    at=now,
                )
                store.keep(session, typed.text, copy, most=MOST)
            unstored = typed.text is not None
            here = OpenPage(issue_id=issue_id, person=person, page=typed.page, name=name, typed=unstored, seen_at=now)
            store.see(session, here)
            return Company(store.others(session, issue_id, person, now - PRESENT_FOR), issue, now)

    def others(self, issue_id: int, *, who: Actor) -> Sequence[OpenPage]:
        """Return who else has an issue open."""
        with self.database.read() as session:
            return store.others(session, issue_id, who.person, self.clock.now() - PRESENT_FOR)

    def of(self, issue_id: int) -> Sequence[WorkingCopy]:
        """Return what is kept of an issue, the newest first, without the texts."""
        with self.database.read() as session:
            return store.of_issue(session, issue_id)

    def find(self, issue_id: int, copy_id: int) -> tuple[WorkingCopy, str]:
        """Return a working copy and its text. Raises NotFoundError when it is there no more."""
        with self.database.read() as session:
            found = store.find(session, issue_id, copy_id)
            if found is None:
                raise NotFoundError(
                    "this text is not kept any more", remedy="it was stored, or let go: the history shows what there is"
                )
            return found, revisions.unpacked(found.body)

    def discard(self, issue_id: int, copy_id: int, *, who: Actor) -> None:
        """Let one's own working copy go; where it is gone already, or another's, nothing is changed. Raises NotFoundError; ForbiddenError."""
        with self.database.write() as session:
            require(who, Right.WRITE, issues.by_id(session, issue_id).publication_id)
            store.drop_one(session, issue_id, copy_id, who.person)

    def forget(self) -> None:
        """Remove what nobody came back for, and signs of life that say nothing any more."""
        now = self.clock.now()
        with self.database.write() as session:
            store.forget(session, copies_before=now - KEPT_FOR, pages_before=now - PRESENT_FOR)


def _check(typed: TypedText) -> None:
    if not _PAGE.fullmatch(typed.page):
        raise InputError("this page has no name", where="page", remedy="load it again")
    if typed.text is not None and len(typed.text.encode("utf-8", "surrogatepass")) > MAX_OCTETS:
        raise InputError(
            f"the text is larger than {MAX_OCTETS:,} bytes", where="text", remedy="an issue has no room for it"
        )
