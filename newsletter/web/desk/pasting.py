"""What is pasted into an issue and wants the service's help: HTML becomes Markdown, and a link an item.

Of an item it is said when the publication sent it before. Nothing is stored.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from newsletter.errors import InputError
from newsletter.model.document import SectionKind
from newsletter.model.states import IssueState
from newsletter.rendering.pasted_markdown import pasted_markdown
from newsletter.sources.pasting_links import PastedLink
from newsletter.web.desk.pages import PRIVATE, Writes
from newsletter.web.parts import Number
from newsletter.web.templating import short_date

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/pasted")


@router.post("/html")
def html_pasted(issue_id: Number, desk: Writes, html: Annotated[str, Form()] = "") -> Response:
    """Answer with HTML of another program as Markdown."""
    desk.load(issue_id)
    with desk.turn("paste"):
        return JSONResponse({"markdown": pasted_markdown(html)}, headers=PRIVATE)


@router.post("/link")
def link_pasted(
    issue_id: Number, desk: Writes, address: Annotated[str, Form()] = "", kind: Annotated[str, Form()] = "links"
) -> Response:
    """Answer with a link as an item of a section of this kind: the page at the other end is asked, within a few seconds."""
    _, publication = desk.load(issue_id)
    if kind not in [*SectionKind]:
        raise InputError("there is no such kind of section", where="kind", remedy="docs/issue-format.md lists them")
    pasted = desk.parts.pasting_links.item(publication.id, address, SectionKind(kind))
    return JSONResponse({"markdown": pasted.markdown, "before": _told(pasted)}, headers=PRIVATE)


def _told(pasted: PastedLink) -> str:
    if pasted.before is None:
        return ""
    day = short_date(pasted.before.dated)
    if pasted.before.state is IssueState.SCHEDULED:
        return f"In the issue of {day} too, which is scheduled"
    return f"Sent before on {day}"
