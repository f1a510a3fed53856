"""What is pasted into an issue and wants the service's help: HTML becomes Markdown, and a link an item. Nothing is stored."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from newsletter.errors import InputError
from newsletter.model.document import SectionKind
from newsletter.rendering.pasted_markdown import pasted_markdown
from newsletter.web.desk.pages import PRIVATE, Writes
from newsletter.web.parts import Number

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
    desk.load(issue_id)
    if kind not in [*SectionKind]:
        raise InputError("there is no such kind of section", where="kind", remedy="docs/issue-format.md lists them")
    return JSONResponse({"markdown": desk.parts.pasting_links.item(address, SectionKind(kind))}, headers=PRIVATE)
