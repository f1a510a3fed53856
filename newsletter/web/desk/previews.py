"""The pages inside the preview's frame. They run no script, load nothing but images, and are shown to this site alone.

Images from elsewhere are loaded when the editor asks for them.
"""

from __future__ import annotations

import re

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from newsletter.issues import looking_over, preview_texts
from newsletter.issues.previewed_charts import with_charts
from newsletter.model import Issue, Publication
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.web.desk.drafts import Draft, Drafts, read, rendered
from newsletter.web.desk.pages import Desk, Sees
from newsletter.web.framing import frame_headers, opening_links_outside
from newsletter.web.parts import Number
from newsletter.web.templating import page

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/previews")
DRAFTS = Drafts()
KINDS = ("email", "text", "web")
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""Same origin, so that the desk can keep the frame's place while one types; without scripts that gives the frame nothing."""
_BODY = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_OLD = '<p style="margin:0;padding:8px 16px;background:#fff3cd;color:#5c4500;font:14px/1.5 sans-serif">This is the draft as last saved.</p>'


@router.get("/{name}/{kind}")
def frame(issue_id: Number, name: str, kind: str, desk: Sees, *, images: bool = False) -> Response:
    """Show the draft that goes by `name`; where its text is kept no more, the one last saved, and say so."""
    issue, publication = desk.load(issue_id)
    draft = DRAFTS.find(issue_id, name)
    with desk.turn("frame"):
        if draft is None and name != "saved":
            draft = _read_again(desk, issue, publication, name)
        saved = draft is None and name != "saved"
        if draft is None:
            draft = rendered(desk.parts, publication, Document.model_validate(issue.content), issue.source)
        return _framed(desk, publication, draft, kind, saved=saved, images=images)


def _read_again(desk: Desk, issue: Issue, publication: Publication, name: str) -> Draft | None:
    """Another process rendered it, or this one a while ago."""
    text = preview_texts.find(desk.parts.database, issue=issue, name=name)
    found = read(desk.parts, publication, text) if text is not None else None
    if not isinstance(found, Draft):
        return None
    DRAFTS.keep(issue.id, name, found)
    return found


def _framed(desk: Desk, publication: Publication, draft: Draft, kind: str, *, saved: bool, images: bool) -> Response:
    """Return the page in the frame: the mail itself, or text or web page in the site's own look."""
    if kind == "email":
        html = opening_links_outside(draft.mail.html)
        if saved:
            html = _BODY.sub(lambda found: found[0] + _OLD, html, count=1)
        return HTMLResponse(html, headers=frame_headers("'unsafe-inline'", SANDBOX, images=images))
    brand = brand_of(publication, desk.parts.settings.base_url)
    around = looking_over.around(desk.parts.database, publication.id, draft.document)
    body = ""
    if kind == "web":
        body = with_charts(desk.parts.renderer.web(draft.document, brand, around), draft.document, brand)
    text = draft.mail.text if kind == "text" else ""
    return page(
        desk.request,
        "desk/frame.html",
        headers=frame_headers("'self'", SANDBOX, images=images),
        brand=brand,
        document=draft.document,
        body=body,
        text=text,
        saved=saved,
    )
