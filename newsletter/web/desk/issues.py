"""The list of issues, and a new one."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Response
from pydantic import TypeAdapter

from newsletter.delivery.unattended import nobody_works
from newsletter.errors import InputError
from newsletter.issues import editing
from newsletter.store import breakers, issues, publications
from newsletter.web.desk.pages import Changing, Reading, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk")
PAGE = 50
_NUMBER: TypeAdapter[int] = TypeAdapter(Number)


@router.get("")
def index(desk: Reading, publication: str = "", before: str = "") -> Response:
    """List issues newest first: all of them, or those of one publication."""
    mark = _mark(before)
    with desk.parts.database.read() as session:
        owners = {owner.id: owner for owner in publications.all_of(session)}
        chosen = publications.get(session, publication) if publication else None
        rows = issues.shelf(session, chosen.id if chosen else None, before=mark, limit=PAGE + 1)
        alerts = breakers.trips_of(session, [row.issue.id for row in rows])
    more = f"{rows[PAGE - 1].issue.dated}_{rows[PAGE - 1].issue.id}" if len(rows) > PAGE else ""
    values = {
        "alerts": alerts,
        "rows": rows[:PAGE],
        "owners": owners,
        "chosen": chosen,
        "more": more,
        "started": mark is not None,
        "nobody_works": nobody_works(desk.parts.database, clock=desk.parts.clock),
    }
    return desk.page("issues.html", values)


@router.post("/new")
def new(desk: Changing, publication: Annotated[str, Form()]) -> Response:
    """Begin an issue and open it."""
    issue = editing.new(desk.parts.database, clock=desk.parts.clock, publication=publication)
    return back_to(f"/desk/issues/{issue.id}")


def _mark(before: str) -> tuple[date, int] | None:
    if not before:
        return None
    day, _, issue_id = before.partition("_")
    try:
        return date.fromisoformat(day), _NUMBER.validate_strings(issue_id)
    except ValueError:  # pydantic's is one too
        raise InputError("this is no place in the list", remedy="begin at its first page") from None
