"""Addresses of before, when no publication stood in them: bookmarks and mails lead to them still."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from newsletter.accounts import permissions
from newsletter.errors import NotFoundError
from newsletter.issues import addressing
from newsletter.model.rights import Right
from newsletter.web.desk.pages import PRIVATE, Desk, Reading
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk")


@router.get("/issues/{issue_id}")
def issue(issue_id: Number, desk: Reading) -> Response:
    """Lead to an issue below its publication; one that the editor may not see is none."""
    return _lead(desk, issue_id, "")


@router.get("/issues/{issue_id}/{rest:path}")
def below_issue(issue_id: Number, rest: str, desk: Reading) -> Response:
    """Lead to a page of an issue; there it is asked who may see it."""
    return _lead(
        desk, issue_id, f"/{rest}" if rest.replace("/", "").replace("-", "").replace(".", "").isalnum() else ""
    )


@router.get("/readers")
def readers(desk: Reading) -> Response:
    """Lead to the readers of the first publication whose readers the editor may see."""
    return _permanent(desk, f"/desk/{_with_readers(desk)}/readers")


@router.get("/readers/{subscriber_id}")
def reader(subscriber_id: Number, desk: Reading) -> Response:
    """Lead to a reader's page there."""
    return _permanent(desk, f"/desk/{_with_readers(desk)}/readers/{subscriber_id}")


def _lead(desk: Desk, issue_id: int, rest: str) -> Response:
    _, home = addressing.issue_by_id(desk.parts.database, issue_id)
    if not permissions.may(desk.by, Right.READ, home.id):
        raise addressing.no_such_issue(issue_id)
    return _permanent(desk, f"/desk/{home.slug}/issues/{issue_id}{rest}")


def _with_readers(desk: Desk) -> str:
    every = addressing.every_publication(desk.parts.database)
    mine = [each.slug for each in every if desk.may(Right.SEE_PEOPLE, each.id)]
    if not mine:
        raise NotFoundError("there is no publication whose readers you may see", remedy="an owner can grant the right")
    return mine[0]


def _permanent(desk: Desk, path: str) -> Response:
    """Lead on with the query as it came; another editor may see other things, so nobody keeps it (RFC 9110 section 15.4.2)."""
    query = desk.request.url.query
    return RedirectResponse(f"{path}?{query}" if query else path, 301, PRIVATE)
