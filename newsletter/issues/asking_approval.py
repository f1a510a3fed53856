"""Ask for the approval of an issue: those who may approve it get a mail with the way to its review page."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, QueueError
from newsletter.issues import entries
from newsletter.model import ApprovalRequest, Editor, Issue, Notice, Publication
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.brand import brand_of
from newsletter.model.rights import Right
from newsletter.model.states import WAYS_ON, IssueState
from newsletter.queue import Job, Queue
from newsletter.rendering.alerts import to_editor
from newsletter.rendering.renderer import Renderer
from newsletter.store.accounts import grants
from newsletter.store.accounts.audit import Values
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.store.issues import approvals, issues

log = structlog.get_logger(__name__)

LONGEST_NOTE = 500
_MESSAGE = (
    "{who} asks you to approve “{subject}”, an issue of {name} dated {day}, as it stands at revision {revision}.{note}"
)


@dataclass(frozen=True)
class AskingApproval:
    """The tools of asking for an approval, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue
    renderer: Renderer
    base_url: str

    def ask(self, issue_id: int, note: str = "", *, by: Actor) -> int:
        """Ask all others who may approve a draft, as it stands; return how many are written to. The same text is asked for once.

        Raises NotFoundError; ForbiddenError; InputError for a note that is too long; ConflictError when it is no draft, was asked for
        as it stands, or nobody else may approve it.
        """
        words = " ".join(note.split())
        if len(words) > LONGEST_NOTE:
            raise InputError(f"a note has up to {LONGEST_NOTE} characters", where="note", remedy="shorten it")
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            whom = self._whom(session, issue, by)
            approvals.ask(
                session,
                ApprovalRequest(
                    issue_id=issue.id, revision=issue.revision, note=words, person=by.person, name=by.shown_as, at=now
                ),
            )
            home = issues.publication_of(session, issue)
            ids = [notices.add(session, self._mail(home, issue, each, words, by)).id for each in whom]
            asked = Values(new=f"revision {issue.revision}, {len(ids)} asked")
            entries.add(session, by, "issue.ask-approval", issue, at=now, values=asked)
        with contextlib.suppress(QueueError):  # the scheduler rings again
            for notice_id in ids:
                self.queue.ring(Job.SEND_NOTICE, notice_id)
        log.info("approval asked for", issue_id=issue.id, revision=issue.revision, asked=len(ids), by=str(by))
        return len(ids)

    def last(self, issue: Issue) -> ApprovalRequest | None:
        """Return who asked last for the approval of an issue as it stands, or None."""
        with self.database.read() as session:
            found = approvals.requests_of(session, issue.id, limit=1)
        return found[0] if found and found[0].revision == issue.revision else None

    def _whom(self, session: Session, issue: Issue, by: Actor) -> list[Editor]:
        if issue.state is not IssueState.DRAFT:
            raise ConflictError(
                f"{issue.slug!r} is {issue.state}: only a draft is approved", remedy=WAYS_ON[issue.state]
            )
        if any(each.revision == issue.revision for each in approvals.requests_of(session, issue.id, limit=1)):
            raise ConflictError(
                "this text was asked for already", remedy="wait for an answer; a change may be asked for anew"
            )
        own = by.id if by.kind is ActorKind.EDITOR else None
        whom = [each for each in grants.able_with(session, Right.APPROVE, issue.publication_id) if each.id != own]
        if not whom:
            raise ConflictError(
                "nobody else may approve it", remedy="an owner can grant the role: `newsletter editor role`"
            )
        return whom

    def _mail(self, home: Publication, issue: Issue, editor: Editor, note: str, by: Actor) -> Notice:
        words = {"who": by.shown_as, "subject": issue.subject, "name": home.name, "day": issue.dated}
        message = _MESSAGE.format(**words, revision=issue.revision, note=f"\n\n{note}" if note else "")
        rendered = self.renderer.notice(
            "alert",
            brand_of(home, self.base_url),
            title=f"{home.name}: “{issue.subject}” asks for approval",
            message=message,
            url=f"{self.base_url}/desk/{home.slug}/issues/{issue.id}/review",
        )
        return to_editor(editor, rendered, self.clock.now(), kind="approval", publication_id=home.id)
