"""What happened to an issue, in one line of time: who wrote, commented, asked, approved, scheduled, sent, paused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.model import AuditEntry
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Subject
from newsletter.store.database import Database

ACTS = {
    "issue.create": "began it",
    "issue.import": "imported it",
    "issue.change": "changed the text",
    "issue.test-mail": "sent a test",
    "issue.rehearse": "rehearsed it",
    "issue.comment": "commented",
    "issue.resolve-comment": "answered for a comment",
    "issue.ask-approval": "asked for approval",
    "issue.approve": "approved it",
    "issue.withdraw-approval": "took the approval back",
    "issue.schedule": "scheduled it",
    "issue.take-back": "took it back",
    "issue.reschedule": "moved it to another moment",
    "issue.begin": "began to send it",
    "issue.pause": "paused it",
    "issue.resume": "let it go on",
    "issue.try-now": "had it tried at once",
    "issue.cancel": "cancelled it",
    "issue.finish": "finished sending it",
    "issue.send-on": "sent it on",
    "issue.resend": "sent it again to those who never got it",
    "issue.send-to-later": "sent it to those who joined since",
    "issue.delete": "deleted it",
    "issue.restore": "restored it",
    "issue.rename": "renamed it",
}
"""What each act of the audit trail is called here; others are shown by their own word."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One act: when, who, and in words; `detail` is what the audit trail keeps of it."""

    at: datetime
    who: str
    what: str
    detail: str
    act: str


def timeline(database: Database, issue_id: int, *, before: int | None = None, limit: int = 100) -> list[TimelineEntry]:
    """Return what happened to an issue, newest first."""
    with database.read() as session:
        rows = audit.page(session, before=before, subject=Subject("issue", issue_id), limit=limit)
    return [_told(row) for row in rows]


def _told(row: AuditEntry) -> TimelineEntry:
    what = ACTS.get(row.action, row.action.removeprefix("issue.").replace("-", " "))
    return TimelineEntry(row.at, row.actor_name or row.actor, what, row.new or row.old, row.action)
