"""While one writes: the text is kept beside the issue, who else writes there is told, and what others stored comes into the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from newsletter.issues.differences import hunks
from newsletter.issues.saving import Saved
from newsletter.issues.working_copies import TypedText
from newsletter.model import Issue, OpenPage
from newsletter.model.rights import Right
from newsletter.web.desk.pages import PRIVATE, Desk, Writes, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/working-copies")


@router.post("")
def keep(
    issue_id: Number,
    desk: Writes,
    page: Annotated[str, Form()] = "",
    revision: Annotated[Number, Form()] = 0,
    text: Annotated[str | None, Form()] = None,
    *,
    stored: Annotated[bool, Form()] = False,
) -> Response:
    """Keep what is typed on a page, or note that all of it is stored; answer who else is there, and how the issue stands."""
    issue, _ = desk.load(issue_id)
    words = None if text is None else text.replace("\r\n", "\n")
    found = desk.parts.working_copies.keep(issue.id, TypedText(page, revision, words, stored), who=desk.by)
    told = {"others": _named(found.others), "revision": found.issue.revision, "state": found.issue.state}
    return JSONResponse({**told, "at": found.at.isoformat()}, headers=PRIVATE)


@router.post("/{copy_id}/discard")
def discard(issue_id: Number, copy_id: Number, desk: Writes) -> Response:
    """Let go of one's own text that was typed and not stored."""
    issue, _ = desk.load(issue_id)
    desk.parts.working_copies.discard(issue.id, copy_id, who=desk.by)
    return back_to(desk.at(issue_id), "let-go")


def around(desk: Desk, issue: Issue) -> dict[str, Any]:
    """Return what a page that writes shows of an issue beside its text: who else is there, and what the editor typed and did not store."""
    if not desk.may(Right.WRITE):
        return {"company": [], "copies": [], "zone": desk.zone}
    found = desk.parts.working_copies
    mine = [each for each in found.of(issue.id) if each.person == desk.by.person]
    return {"company": _named(found.others(issue.id, who=desk.by)), "copies": mine, "zone": desk.zone}


def stored_now(saved: Saved, sent: str) -> dict[str, Any]:
    """Return what a script is told of a text that was stored; `changes` are what the ledger has in the place of lines that were sent."""
    issue = saved.issue
    told: dict[str, Any] = {"revision": issue.revision, "slug": issue.slug, "subject": issue.subject}
    if saved.together:
        told["together"] = saved.together
    if issue.source != sent:  # another's changes came in, or marks of drafted words went out
        told |= {"text": issue.source, "changes": changes_of(sent, issue.source)}
    return told


def changes_of(sent: str, stored: str) -> list[tuple[int, int, list[str]]]:
    """Return which lines `[start, end)` of a text that was sent are others now, from the first to the last."""
    lines = stored.split("\n")
    found = hunks(sent.split("\n"), lines)
    return [(hunk.start, hunk.end, lines[hunk.other_start : hunk.other_end]) for hunk in found]


def _named(others: Sequence[OpenPage]) -> list[dict[str, Any]]:
    """Each person once; one of several pages on which something stands that is not stored is enough."""
    found: dict[str, dict[str, Any]] = {}
    for each in others:
        told = found.setdefault(each.person, {"name": each.name, "typed": False})
        told["typed"] = told["typed"] or each.typed
    return list(found.values())
