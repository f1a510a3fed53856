"""Whom a draft goes to: everyone, or the readers of a segment."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError, NotFoundError
from newsletter.issues.choosing_audience import key_of
from newsletter.model import Issue
from newsletter.web.desk.pages import Desk, Sends, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}")


@router.post("/audience")
def choose(issue_id: Number, desk: Sends, segment: Annotated[str, Form()] = "") -> Response:
    """Let the issue go to a segment by its id, or to everyone where none is named."""
    issue, _ = desk.load(issue_id)
    try:
        desk.parts.choosing_audience.choose(issue.id, _number(segment), by=desk.by)
    except (ConflictError, NotFoundError):
        return back_to(
            desk.at(issue_id, "review")
        )  # it went out, or somebody removed the segment: the page says how it is
    return back_to(desk.at(issue_id, "review"), "meant")


def choices(desk: Desk, issue: Issue) -> dict[str, Any]:
    """Return what a page shows of it: the segments that the issue may go to, by name, and a word for the audience that it has."""
    found = desk.parts.segmenting.all_of(issue.publication_id, by=desk.by)
    return {"segments": [(each.id, each.name) for each in found], "audience_key": key_of(issue)}


def _number(given: str) -> int | None:
    if not given:
        return None
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
