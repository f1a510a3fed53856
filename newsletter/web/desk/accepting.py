"""At the review of an issue: accept advice with a reason, and have it shown again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError
from newsletter.issues.accepting import key_of
from newsletter.web.desk.pages import Writes, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/findings")


@router.post("/accept")
def accept(
    issue_id: Number, desk: Writes, key: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
) -> Response:
    """Accept advice that stands in the issue as last saved."""
    issue, _ = desk.load(issue_id)
    with desk.turn("review"):
        findings = desk.parts.looking_over.look_over(issue.id).findings
    found = next((each for each in findings if key_of(each, issue.source) == key), None)
    if found is None:
        raise ConflictError("this advice is not there any more", remedy="load the review again")
    desk.parts.accepting.accept(issue.id, found, issue.source, reason=reason, by=desk.by)
    return back_to(desk.at(issue_id, "review"), "finding-accepted")


@router.post("/reopen")
def reopen(issue_id: Number, desk: Writes, key: Annotated[str, Form()] = "") -> Response:
    """Have accepted advice shown again."""
    issue, _ = desk.load(issue_id)
    desk.parts.accepting.show_again(issue.id, key[:64], by=desk.by)
    return back_to(desk.at(issue_id, "review"), "finding-back")
