"""The rows of drafts: what is kept of a text, how one is stored and changed by compare-and-swap, and who did it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import ConflictError
from newsletter.issues import entries, recording
from newsletter.mail.merge_fields import with_fallbacks
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.document import Document
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.states import IssueState
from newsletter.store.accounts.audit import Values
from newsletter.store.issues import issues


class SavedMeanwhileError(ConflictError):
    """Somebody stored another revision after this one was read."""


def add_draft(session: Session, draft: Issue, by: Actor, origin: RevisionOrigin = RevisionOrigin.BEGUN) -> Issue:
    """Store a new draft and write down by whom. Raises ConflictError when its slug is taken."""
    added = issues.add(session, draft)
    recording.record(session, added, by, origin)
    entries.add(session, by, "issue.create", added, at=added.created_at)
    return added


def rewrite_draft(
    session: Session,
    issue: Issue,
    revision: int,
    values: dict[str, Any],
    by: Actor,
    *,
    origin: RevisionOrigin = RevisionOrigin.TYPED,
) -> Issue:
    """Change a draft that still has `revision`, and write down by whom; what it said before stays in its history.

    Raises ConflictError when it is no draft, SavedMeanwhileError when it has another revision.
    """
    if issue.state is not IssueState.DRAFT:
        raise not_a_draft(issue)
    before = recording.Before.of(issue)
    changed = issues.rewrite(session, issue.id, revision, values)
    if changed is None:
        issue = issues.by_id(session, issue.id, fresh=True)  # deleted, moved or saved by somebody at the same moment
        if issue.state is not IssueState.DRAFT:
            raise not_a_draft(issue)
        raise saved_meanwhile(issue, revision)
    recording.record(session, changed, by, origin, before)
    revisions = Values(f"revision {revision}", f"revision {changed.revision}")
    entries.add(session, by, "issue.change", changed, at=values["changed_at"], values=revisions)
    return changed


def saved_meanwhile(issue: Issue, revision: int) -> SavedMeanwhileError:
    """Return the error that tells whoever read `revision` of an issue that there is another one by now."""
    return SavedMeanwhileError(
        f"someone saved {issue.slug!r} after you opened it: you have revision {revision}, it is at {issue.revision}",
        remedy="copy your text, load the page again and put your changes in",
    )


def not_a_draft(issue: Issue) -> ConflictError:
    """Return the error that says why an issue cannot be changed, and what can be done."""
    remedy = (
        "undo the schedule first"
        if issue.state is IssueState.SCHEDULED
        else "begin a new issue: what was sent stays as it is"
    )
    return ConflictError(f"{issue.slug!r} is {issue.state}: only a draft can be changed", remedy=remedy)


def new_draft(publication_id: int, values: dict[str, Any]) -> Issue:
    """Return a draft of these values that is not stored yet."""
    created_at = values["changed_at"]
    return Issue(publication_id=publication_id, state=IssueState.DRAFT, created_at=created_at, **values)


def values_of(document: Document, text: str, clock: Clock, writer: Actor) -> dict[str, Any]:
    """Return what is kept of an issue that somebody wrote."""
    return {
        "slug": document.slug,
        "title": document.title,
        "subject": with_fallbacks(document.subject),
        "dated": document.date,
        "source": text,
        "content": document.model_dump(mode="json"),
        "changed_at": clock.now(),
        "written_by": writer.person,
    }
