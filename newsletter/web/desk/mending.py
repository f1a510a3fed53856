"""At the review of an issue: look outside, at links and what others say, and mend what preflight can mend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import InputError
from newsletter.issues.preflight import Fix
from newsletter.web.desk.pages import Desk, Writes, back_to
from newsletter.web.desk.reviewing import review_page
from newsletter.web.desk.turns import Turns
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}")
_OUTSIDE = Turns(at_once=3, patience=2.0)
"""Who waits for others takes none of the turns at rendering."""


@router.post("/outside")
def look_outside(issue_id: Number, desk: Writes) -> Response:
    """Try the links of the issue as last saved, ask for its spam score and its domain's records, and show what came of it."""
    issue, _ = desk.load(issue_id)
    with _OUTSIDE.take(desk.seat.editor.id, "outside"):
        desk.parts.looking_outside.look(issue.id)
    return review_page(desk, issue_id)


@router.post("/mend")
def mend(
    issue_id: Number,
    desk: Writes,
    revision: Annotated[Number, Form()] = 0,
    fix: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Make the fixes that were shown, each as JSON `[line, old, new]`, in the revision they were shown of."""
    return _mended(desk, issue_id, revision, list(_fixes(fix or ())))


def _mended(desk: Desk, issue_id: int, revision: int, fixes: list[Fix]) -> Response:
    issue, _ = desk.load(issue_id)
    done = desk.parts.mending.mend(issue.id, fixes, revision=revision, by=desk.by)
    return back_to(desk.at(issue_id, "review"), "mended" if done.fixes else "")


def _fixes(written: list[str] | tuple[str, ...]) -> Iterator[Fix]:
    for each in written:
        try:
            line, old, new = json.loads(each)
        except (ValueError, TypeError, RecursionError):
            line = old = new = None
        if not (isinstance(line, int) and isinstance(old, str) and isinstance(new, str)):
            raise InputError("this is no fix", where="fix", remedy="load the review again")
        yield Fix(line, old, new)
