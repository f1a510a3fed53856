"""Four eyes: a second person says that an issue may go out, before it can be sent or scheduled.

Where a publication asks for it, whoever sends needs an approval of somebody else, of the text as it stands: each change of the text
asks anew. Nobody approves what they wrote last, but for a publication that asks for no second person: there an approval tells the slot
alone that the issue is ready. What goes by itself at the slot always needs one.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError
from newsletter.issues import entries
from newsletter.model import Approval, Issue, Publication
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import Right
from newsletter.model.states import WAYS_ON, IssueState
from newsletter.store.accounts.audit import Values
from newsletter.store.database import Database
from newsletter.store.issues import approvals, issues, slots

log = structlog.get_logger(__name__)

MOST_ANSWERS = 50
MOST_CHANGED_LINES = 400
"""Lines of a difference that are shown."""


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """An approval of an earlier text, and what has changed since: lines of a unified diff, without its head."""

    approval: Approval
    lines: list[str]


@dataclass(frozen=True)
class Approving:
    """The tools of approving, put together once per process."""

    database: Database
    clock: Clock

    def approve(self, issue_id: int, *, revision: int | None = None, despite: Collection[str] = (), by: Actor) -> int:
        """Say that a draft may go out as it stands at `revision`, or as it stands now; return that revision. A second time changes nothing.

        `despite` is what the slot lets pass, as it was answered. Raises NotFoundError; ForbiddenError; ConflictError when it is no draft,
        was changed since, or was written by the same person where a second one is asked for.
        """
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.APPROVE, issue.publication_id)
            home = issues.publication_of(session, issue)
            _see_approvable(issue, issue.revision if revision is None else revision, by, alone=not home.four_eyes)
            approval = Approval(
                issue_id=issue.id,
                revision=issue.revision,
                person=by.person,
                name=by.shown_as,
                at=now,
                despite=[each[:200] for each in despite][:MOST_ANSWERS],
                source=issue.source,
            )
            if approvals.add(session, approval):
                entries.add(
                    session, by, "issue.approve", issue, at=now, values=Values(new=f"revision {issue.revision}")
                )
        log.info("issue approved", issue_id=issue.id, revision=issue.revision, by=str(by))
        return issue.revision

    def withdraw(self, issue_id: int, *, by: Actor) -> bool:
        """Take one's own approval of a draft back, as it stands; False when there was none.

        Raises NotFoundError; ForbiddenError; ConflictError when it is no draft any more.
        """
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.APPROVE, issue.publication_id)
            if issue.state is not IssueState.DRAFT:
                raise ConflictError(f"{issue.slug!r} is {issue.state}", remedy=WAYS_ON[issue.state])
            gone = approvals.remove(session, issue.id, issue.revision, by.person)
            if gone:
                old = Values(old=f"revision {issue.revision}")
                entries.add(session, by, "issue.withdraw-approval", issue, at=now, values=old)
        return gone

    def approvals_of(self, issue: Issue) -> Sequence[Approval]:
        """Return who approved an issue as it stands."""
        with self.database.read() as session:
            return given(session, issue)

    def changed_since(self, issue: Issue) -> ChangedSince | None:
        """Return the last approval of an earlier text and what changed since; None where nothing was approved, or the text is as it was."""
        with self.database.read() as session:
            last = slots.newest_approval(session, issue.id)
        if last is None or last.revision >= issue.revision or not last.source or last.source == issue.source:
            return None
        old, new = (text.replace("\r\n", "\n").split("\n") for text in (last.source, issue.source))
        lines = list(difflib.unified_diff(old, new, lineterm="", n=1))[2:]
        return ChangedSince(last, lines[:MOST_CHANGED_LINES])


def _see_approvable(issue: Issue, revision: int, by: Actor, *, alone: bool) -> None:
    if issue.state is not IssueState.DRAFT:
        raise ConflictError(f"{issue.slug!r} is {issue.state}: only a draft is approved", remedy=WAYS_ON[issue.state])
    if issue.revision != revision:
        what = f"{issue.slug!r} was changed: you looked at revision {revision}, it is at {issue.revision}"
        raise ConflictError(what, remedy="look at it again")
    if wrote(issue, by) and not alone:
        raise ConflictError("whoever wrote the text last cannot approve it", remedy="ask somebody else to look at it")


def given(session: Session, issue: Issue) -> Sequence[Approval]:
    """Return who approved an issue as it stands."""
    return approvals.of(session, issue.id, issue.revision)


def in_force(session: Session, issue: Issue, home: Publication) -> list[Approval]:
    """Return the approvals by which an issue may go by itself: where a second person is asked for, not that of its writer."""
    return [each for each in given(session, issue) if not home.four_eyes or each.person != issue.written_by]


def wrote(issue: Issue, somebody: Actor) -> bool:
    """Tell whether somebody wrote the text of an issue as it stands."""
    return issue.written_by == somebody.person


def see_approved(session: Session, issue: Issue, home: Publication, by: Actor) -> None:
    """See that somebody else approved an issue as it stands, where that is asked for: always of what goes by itself.

    Raises ConflictError.
    """
    if by.kind is not ActorKind.SCHEDULER and not home.four_eyes:
        return
    if not any(each.person != by.person for each in in_force(session, issue, home)):
        command = f"`newsletter issue approve {issue.slug}`"
        raise ConflictError(
            f"{issue.slug!r} needs the approval of a second person before it goes out",
            remedy=f"somebody else with the right to approve says so on its review page, or by {command}",
        )
