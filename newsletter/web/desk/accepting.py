"""At the review of an issue: accept advice with a reason, and have it shown again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response

from newsletter.errors import ConflictError
from newsletter.issues.accepting import OUTSIDE, key_of
from newsletter.issues.preflight.finding import Finding
from newsletter.web.desk.pages import Writes, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/findings")
_LONGEST = 4_000  # characters of what a page says of an answer


def seen_outside(
    rule: Annotated[str, Form()] = "",
    what: Annotated[str, Form()] = "",
    where: Annotated[str, Form()] = "",
    line: Annotated[Number, Form()] = 0,
) -> Finding | None:
    """Read what a page showed of an answer of others, which is not asked for again; of any other rule None."""
    return OUTSIDE[rule].found(what[:_LONGEST], where[:_LONGEST], "", line=line) if rule in OUTSIDE else None


@router.post("/accept")
def accept(
    issue_id: Number,
    desk: Writes,
    outside: Annotated[Finding | None, Depends(seen_outside)],
    key: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Accept advice that stands in the issue as last saved, or what others answered as the page showed it."""
    issue, _ = desk.load(issue_id)
    if outside is None:
        with desk.turn("review"):
            findings = desk.parts.looking_over.look_over(issue.id).findings
    else:
        findings = [outside]
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
