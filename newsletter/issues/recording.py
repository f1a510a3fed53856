"""Note each text of an issue that is stored, in the transaction that stores it: who, when, how, and how much was changed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from newsletter.issues.differences import compared, counted
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.revisions import RevisionOrigin
from newsletter.store.issues import revisions


class Before(NamedTuple):
    """An issue as it stood before it was changed: a row of the session changes with it, and this does not."""

    revision: int
    text: str
    person: str
    at: datetime | None

    @classmethod
    def of(cls, issue: Issue) -> Before:
        """Return how an issue stands now."""
        return cls(issue.revision, issue.source, issue.written_by, issue.changed_at)


NOTHING = Before(0, "", "", None)


class _Storing(NamedTuple):
    """Who stored a text, when and how."""

    person: str
    name: str
    at: datetime
    origin: RevisionOrigin


def record(session: Session, issue: Issue, by: Actor, origin: RevisionOrigin, before: Before = NOTHING) -> None:
    """Note the text that an issue has now, and the one before if nobody did: it may be older than its history."""
    known = before.at is None or before.revision != issue.revision - 1
    if not known and before.at and revisions.find(session, issue.id, before.revision) is None:
        found = _Storing(before.person, "", before.at, RevisionOrigin.FOUND)
        _add(session, issue, before, found, (0, 0))
    storing = _Storing(by.person, by.shown_as[:200], issue.changed_at, origin)
    _add(session, issue, Before.of(issue), storing, counted(compared(before.text, issue.source)))


def _add(session: Session, issue: Issue, text: Before, storing: _Storing, changed: tuple[int, int]) -> None:
    revisions.add(
        session,
        text.text,
        issue_id=issue.id,
        number=text.revision,
        publication_id=issue.publication_id,
        **storing._asdict(),
        added=changed[0],
        removed=changed[1],
    )
