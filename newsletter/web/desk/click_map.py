"""The clicks on an issue drawn on its mail: after each link how often people followed it, machines apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from newsletter.feedback import statistics
from newsletter.model.document import Document
from newsletter.web.desk.drafts import rendered
from newsletter.web.desk.pages import SeesNumbers
from newsletter.web.desk.previews import SANDBOX
from newsletter.web.framing import frame_headers, opening_links_outside
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/clicks")
_LINK = re.compile(r"<a\b[^<>]{0,4000}>")
_ADDRESS = re.compile(r'\bhref="([^"<>]{1,4000})"')


@router.get("")
def around(issue_id: Number, desk: SeesNumbers) -> Response:
    """Show the mail with its clicks in a frame."""
    issue, publication = desk.load(issue_id)
    return desk.page("clicks.html", {"issue": issue, "publication": publication})


@router.get("/mail")
def mail(issue_id: Number, desk: SeesNumbers) -> Response:
    """Return the mail itself, with a mark after each link."""
    issue, publication = desk.load(issue_id)
    clicks = statistics.clicks_on(desk.parts.database, issue_id=issue.id)
    with desk.turn("frame"):
        draft = rendered(desk.parts, publication, Document.model_validate(issue.content), issue.source)
    html = opening_links_outside(marked(draft.mail.html, clicks))
    return HTMLResponse(html, headers=frame_headers("'unsafe-inline'", SANDBOX, images=False))


def marked(html: str, clicks: Mapping[str, tuple[int, int]]) -> str:
    """Return a mail with a mark at the end of each link that was followed; a mark has no style of its own.

    `clicks` are those of people and of machines, by address.
    """
    out, place = [], 0
    for tag in _LINK.finditer(html):
        address = _ADDRESS.search(tag[0])
        found = clicks.get(unescape(address[1])) if address else None
        end = html.find("</a>", tag.end())
        if found is None or end < 0 or tag.end() < place:
            continue
        out += [html[place:end], _mark(*found)]
        place = end
    return "".join(out) + html[place:]


def _mark(people: int, machines: int) -> str:
    beside = f", {machines:,} by machines" if machines else ""
    return f' <mark title="{people:,} clicks by people{beside}">{people:,}</mark>'
