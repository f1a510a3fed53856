"""What an issue said before: its revisions, how any two differ, and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.model.states import IssueState
from newsletter.paging import cut
from newsletter.web.desk.pages import Sees, Writes, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/history")
PAGE = 50


@router.get("")
def show(issue_id: Number, desk: Sees, before: Number = 0) -> Response:
    """List the revisions of an issue, newest first, and above them what is typed and not stored."""
    issue, publication = desk.load(issue_id)
    found = desk.parts.history.page(issue.id, before=before or None, limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda last: last.number)
    values = {
        "issue": issue,
        "publication": publication,
        "rows": rows,
        "copies": [] if before else desk.parts.working_copies.of(issue.id),
        "more": more,
        "started": bool(before),
        "zone": desk.zone,
    }
    return desk.page("history.html", values)


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
