"""All that happened to an issue: its comments, revisions, approvals and sends; how any two revisions differ, and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.issues.timeline import SHOWN, TimelineMark, timeline
from newsletter.model.states import IssueState
from newsletter.web.desk.pages import Desk, Sees, Writes, back_to
from newsletter.web.desk.threads import TypedComment, threads_told
from newsletter.web.errors import wants_json
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/history")
PAGE = 50


@router.get("")
def show(
    issue_id: Number, desk: Sees, show: str = "all", before: Number = 0, act: Number = 0, *, line: str = ""
) -> Response:
    """Show the comments in the order of the text, and below all that happened, newest first; a script is told the comments."""
    if wants_json(desk.request):
        return threads_told(desk, issue_id)
    typed = TypedComment(line=line if line.isdecimal() and len(line) < 7 else "")
    return history_page(desk, issue_id, typed, show=show, behind=TimelineMark(before, act))


def history_page(
    desk: Desk,
    issue_id: int,
    typed: TypedComment,
    *,
    show: str = "all",
    behind: TimelineMark = TimelineMark(),
    status: int = 200,
) -> Response:
    """Return the page: comments, what is typed and not stored, and all that happened; what was typed into a comment stays in its form."""
    issue, publication = desk.load(issue_id)
    threads = desk.parts.commenting.threads(issue)
    shown, started = (show if show in SHOWN else "all"), behind != TimelineMark()
    entries, more = timeline(desk.parts.database, issue.id, show=shown, behind=behind, limit=PAGE)
    lines = issue.source.replace("\r\n", "\n").split("\n")
    number = int(typed.line) if typed.line.isdecimal() and len(typed.line) < 7 else 0
    values = {
        "issue": issue,
        "publication": publication,
        "threads": threads,
        "open": sum(1 for thread in threads if thread.first.resolved_at is None),
        "typed": typed,
        "quoted": lines[number - 1] if 1 <= number <= len(lines) else "",
        "copies": desk.parts.working_copies.of(issue.id),
        "changed": desk.parts.approving.changed_since(issue) if issue.state is IssueState.DRAFT else None,
        "entries": entries,
        "kept": [entry.revision.number for entry in entries if entry.revision],
        "show": shown,
        "more": more,
        "started": started,
        "zone": desk.zone,
        "now": desk.parts.clock.now(),
    }
    return desk.page("history.html", values, status=status)


@router.get("/compare")
def compare(issue_id: Number, desk: Sees, one: str = "", other: str = "now") -> Response:
    """Show by words how one version became another: `now`, a revision's number, `copy-` and a number, or `sent` for the last sent issue."""
    issue, publication = desk.load(issue_id)
    with desk.turn("compare"):
        found = desk.parts.history.compare(issue, one, other)
    values = {"issue": issue, "publication": publication, "found": found, "zone": desk.zone}
    return desk.page("compare.html", values)


@router.get("/{number}")
def revision(issue_id: Number, number: Number, desk: Sees) -> Response:
    """Show one revision."""
    issue, publication = desk.load(issue_id)
    version = desk.parts.history.version(issue, str(number))
    restorable = issue.state is IssueState.DRAFT and number != issue.revision
    values = {"issue": issue, "publication": publication, "version": version, "restorable": restorable}
    return desk.page("revision.html", values | {"zone": desk.zone})


@router.post("/{number}/restore")
def restore(issue_id: Number, number: Number, desk: Writes, revision: Annotated[Number, Form()] = 0) -> Response:
    """Store the text of a revision again, as a new one, in the place of the revision that was shown."""
    issue, _ = desk.load(issue_id)
    desk.parts.history.restore(issue.id, number, revision=revision, by=desk.by)
    return back_to(desk.at(issue_id), "reverted")
