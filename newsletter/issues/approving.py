"""Four eyes: a second person says that an issue may go out, before it can be sent or scheduled.

Where a publication asks for it, whoever sends needs an approval of somebody else, of the text as it stands: each change of the text
asks anew. Nobody approves what they wrote last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError
from newsletter.issues import entries
from newsletter.model import Approval, Issue, Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import WAYS_ON, IssueState
from newsletter.store.accounts.audit import Values
from newsletter.store.database import Database
from newsletter.store.issues import approvals, issues

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Approving:
    """The tools of approving, put together once per process."""

    database: Database
    clock: Clock

    def approve(self, issue_id: int, *, revision: int | None = None, by: Actor) -> int:
        """Say that a draft may go out as it stands at `revision`, or as it stands now; return that revision. A second time changes nothing.

        Raises NotFoundError; ForbiddenError; ConflictError when it is no draft, was changed since, or was written by the same person.
        """
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.APPROVE, issue.publication_id)
            _see_approvable(issue, issue.revision if revision is None else revision, by)
            approval = Approval(
                issue_id=issue.id, revision=issue.revision, person=by.person, name=by.name or by.kind.value, at=now
            )
            if approvals.add(session, approval):
                entries.add(
                    session, by, "issue.approve", issue, at=now, values=Values(new=f"revision {issue.revision}")
                )
        log.info("issue approved", issue_id=issue.id, revision=issue.revision, by=str(by))
        return issue.revision

    def approvals_of(self, issue: Issue) -> Sequence[Approval]:
        """Return who approved an issue as it stands."""
        with self.database.read() as session:
            return given(session, issue)


def _see_approvable(issue: Issue, revision: int, by: Actor) -> None:
    if issue.state is not IssueState.DRAFT:
        raise ConflictError(f"{issue.slug!r} is {issue.state}: only a draft is approved", remedy=WAYS_ON[issue.state])
    if issue.revision != revision:
        what = f"{issue.slug!r} was changed: you looked at revision {revision}, it is at {issue.revision}"
        raise ConflictError(what, remedy="look at it again")
    if wrote(issue, by):
        raise ConflictError("whoever wrote the text last cannot approve it", remedy="ask somebody else to look at it")


def given(session: Session, issue: Issue) -> Sequence[Approval]:
    """Return who approved an issue as it stands."""
    return approvals.of(session, issue.id, issue.revision)


def wrote(issue: Issue, somebody: Actor) -> bool:
    """Tell whether somebody wrote the text of an issue as it stands."""
    return issue.written_by == somebody.person


def see_approved(session: Session, issue: Issue, home: Publication, by: Actor) -> None:
    """See that somebody else approved an issue as it stands, where its publication asks for that. Raises ConflictError."""
    if home.four_eyes and not any(each.person != by.person for each in given(session, issue)):
        command = f"`newsletter issue approve {issue.slug}`"
        raise ConflictError(
            f"{issue.slug!r} needs the approval of a second person before it goes out",
            remedy=f"somebody else with the right to approve says so on its review page, or by {command}",
        )
