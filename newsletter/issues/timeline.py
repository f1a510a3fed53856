"""All that happened to an issue, in one line of time: its revisions, who commented, asked, approved, scheduled, sent, paused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.model import AuditEntry, IssueRevision
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Subject
from newsletter.store.database import Database
from newsletter.store.issues import revisions

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
    "issue.audience": "chose whom it goes to",
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


SHOWN: dict[str, tuple[str, ...]] = {
    "all": tuple(act for act in ACTS if act != "issue.change"),
    "text": (),
    "comments": ("issue.comment", "issue.resolve-comment"),
    "approval": ("issue.ask-approval", "issue.approve", "issue.withdraw-approval"),
    "sending": (
        "issue.test-mail", "issue.rehearse", "issue.schedule", "issue.take-back", "issue.begin", "issue.pause", "issue.resume",
        "issue.try-now", "issue.cancel", "issue.finish", "issue.send-on", "issue.resend", "issue.send-to-later",
    ),
}  # fmt: skip
"""Which acts are shown by each word; revisions stand among all, and alone under `text`: each tells one change of the text."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened: when, who, and in words; `detail` is what the audit trail keeps of it. A revision has no words, but itself."""

    at: datetime
    who: str
    what: str = ""
    detail: str = ""
    revision: IssueRevision | None = None


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """Behind which things a page begins: the number of a revision and the id of an act; 0 where none of the kind was shown yet."""

    revision: int = 0
    act: int = 0


def timeline(
    database: Database, issue_id: int, *, show: str = "all", behind: TimelineMark = TimelineMark(), limit: int = 50
) -> tuple[list[TimelineEntry], TimelineMark | None]:
    """Return what happened to an issue, newest first, and the mark behind which the next page begins; None on the last.

    `show` is a word of SHOWN.
    """
    kept, acts = list[IssueRevision](), list[AuditEntry]()
    with database.read() as session:
        if show in {"all", "text"}:
            kept += revisions.page(session, issue_id, before=behind.revision or None, limit=limit + 1)
        if SHOWN[show]:
            whose = Subject("issue", issue_id)
            acts += audit.page(session, before=behind.act or None, subject=whose, acts=SHOWN[show], limit=limit + 1)
    told, mark = list[TimelineEntry](), behind
    while (kept or acts) and len(told) < limit:
        if kept and (not acts or kept[0].at > acts[0].at):
            row = kept.pop(0)
            told.append(TimelineEntry(row.at, row.name, revision=row))
            mark = replace(mark, revision=row.number)
        else:
            act = acts.pop(0)
            told.append(TimelineEntry(act.at, act.actor_name or act.actor, ACTS[act.action], act.new or act.old))
            mark = replace(mark, act=act.id)
    return told, mark if kept or acts else None
