"""Whom a draft goes to: everyone, or the readers of a segment."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError, NotFoundError
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


def segments_of(desk: Desk, publication_id: int) -> list[tuple[int, str]]:
    """Return the segments that an issue may go to, by name."""
    return [(each.id, each.name) for each in desk.parts.segmenting.all_of(publication_id, by=desk.by)]


def _number(given: str) -> int | None:
    if not given:
        return None
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
