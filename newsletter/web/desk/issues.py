"""The issues of all publications in one list, and a new one."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Response

from newsletter.delivery.unattended import nobody_works
from newsletter.issues import catalogue
from newsletter.issues.addressing import every_publication
from newsletter.model.rights import Right
from newsletter.paging import IssueMark, cut, read_issue_mark, write_issue_mark
from newsletter.web.desk.pages import Changing, Reading, back_to, enter

router = APIRouter(prefix="/desk")
PAGE = 50


@router.get("")
def index(desk: Reading, publication: str = "", before: str = "") -> Response:
    """List issues newest first: those of every publication that the editor may see."""
    if publication:  # an address of before
        return back_to(f"/desk/{quote(publication, safe='')}/issues")
    mark, database = read_issue_mark(before), desk.parts.database
    owners = {owner.id: owner for owner in desk.readable(every_publication(database))}
    found, alerts = catalogue.page(database, list(owners), before=mark, limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda last: write_issue_mark(IssueMark(last.issue.dated, last.issue.id)))
    values = {
        "alerts": alerts,
        "rows": rows,
        "owners": owners,
        "writable": [owner for owner in owners.values() if desk.may(Right.WRITE, owner.id)],
        "more": more,
        "started": mark is not None,
        "nobody_works": nobody_works(desk.parts.database, clock=desk.parts.clock),
    }
    return desk.page("issues.html", values)


@router.post("/new")
def new(desk: Changing, publication: Annotated[str, Form()]) -> Response:
    """Begin an issue and open it."""
    home = enter(desk, publication, Right.WRITE)
    assert home.publication is not None, "it was just entered"
    issue = home.parts.editing.new(home.publication.id, by=home.by)
    return back_to(home.at(issue.id))
