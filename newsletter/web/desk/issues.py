"""The list of issues, and a new one."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Response
from pydantic import TypeAdapter

from newsletter.delivery.unattended import nobody_works
from newsletter.errors import InputError
from newsletter.issues import catalogue, editing
from newsletter.issues.addressing import every_publication
from newsletter.model.rights import Right
from newsletter.web.desk.pages import Changing, Desk, Reading, Sees, back_to, enter
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk")
_HOME = "/{publication}"
PAGE = 50
_NUMBER: TypeAdapter[int] = TypeAdapter(Number)


@router.get("")
def index(desk: Reading, publication: str = "", before: str = "") -> Response:
    """List issues newest first: those of every publication that the editor may see."""
    if publication:  # an address of before
        return back_to(f"/desk/{quote(publication, safe='')}/issues")
    return _page(desk, before)


@router.get(f"{_HOME}/issues")
def of_one(desk: Sees, before: str = "") -> Response:
    """List the issues of one publication."""
    return _page(desk, before)


def _page(desk: Desk, before: str) -> Response:
    mark, chosen = _mark(before), desk.publication
    database = desk.parts.database
    owners = {owner.id: owner for owner in desk.readable(every_publication(database))}
    those = [chosen.id] if chosen else list(owners)
    rows, alerts = catalogue.page(database, those, before=mark, limit=PAGE + 1)
    more = f"{rows[PAGE - 1].issue.dated}_{rows[PAGE - 1].issue.id}" if len(rows) > PAGE else ""
    values = {
        "alerts": alerts,
        "rows": rows[:PAGE],
        "owners": owners,
        "writable": [owner for owner in owners.values() if desk.may(Right.WRITE, owner.id)],
        "chosen": chosen,
        "at": f"/desk/{chosen.slug}/issues" if chosen else "/desk",
        "more": more,
        "started": mark is not None,
        "nobody_works": nobody_works(desk.parts.database, clock=desk.parts.clock),
    }
    return desk.page("issues.html", values)


@router.post("/new")
def new(desk: Changing, publication: Annotated[str, Form()]) -> Response:
    """Begin an issue and open it."""
    home = enter(desk, publication, Right.WRITE)
    issue = editing.new(desk.parts.database, clock=desk.parts.clock, publication=publication, by=desk.by)
    return back_to(home.at(issue.id))


def _mark(before: str) -> tuple[date, int] | None:
    if not before:
        return None
    day, _, issue_id = before.partition("_")
    try:
        return date.fromisoformat(day), _NUMBER.validate_strings(issue_id)
    except ValueError:  # pydantic's is one too
        raise InputError("this is no place in the list", remedy="begin at its first page") from None
