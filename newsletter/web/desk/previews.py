"""The pages inside the preview's frame. They run no script, load nothing but images, and are shown to this site alone.

Images from elsewhere are loaded when the editor asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from newsletter.issues import looking_over, preview_texts
from newsletter.issues.inbox_lines import inbox_lines
from newsletter.issues.previewed_charts import with_charts
from newsletter.issues.previewing import PREVIEW_READER, PreviewReader
from newsletter.model import Issue, Publication
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.model.rights import Right
from newsletter.rendering.language import spoken_languages
from newsletter.rendering.mail_views import VIEWS
from newsletter.rendering.renderer import TrackingForm
from newsletter.web.desk.drafts import NOTHING_KNOWN, Draft, Drafts, read, rendered
from newsletter.web.desk.pages import Desk, Sees
from newsletter.web.framing import frame_headers, opening_links_outside
from newsletter.web.parts import Number
from newsletter.web.templating import render

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}/previews")
DRAFTS = Drafts()
KINDS = (*VIEWS, "text", "web", "inbox")
"""Ways to look at an issue: the mail in several, its plain text, its web page, and its line in an inbox."""
EMPTY = "empty"
"""Goes for a frame without anything in it: a script fills it, and what it may load is said already."""
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""Same origin, so that the desk can keep the frame's place while one types; without scripts that gives the frame nothing."""
_BODY = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_OLD = '<p style="margin:0;padding:8px 16px;background:#fff3cd;color:#5c4500;font:14px/1.5 sans-serif">This is the draft as last saved.</p>'


def asked_of(reader: PreviewReader, *, images: bool) -> str:
    """Return the query of a frame's address. A reader's address stands in none, for addresses are logged: another process shows anybody's."""
    tracking = "" if reader.tracking is TrackingForm.NONE else reader.tracking.value
    told = {"images": "1" if images else "", "language": reader.language, "tracking": tracking}
    query = urlencode({name: value for name, value in told.items() if value})
    return f"?{query}" if query else ""


def reader_of(address: str, language: str, tracking: str) -> PreviewReader:
    """Return whose mail is shown; what is no choice is as it is for anybody."""
    known = language if language in dict(spoken_languages()) else ""
    form = TrackingForm(tracking) if tracking in [*TrackingForm] else TrackingForm.NONE
    return PreviewReader(address or PREVIEW_READER, known, form)


def known_of(desk: Desk, reader: PreviewReader) -> Mapping[str, str]:
    """Return what merge fields show of the reader whose mail is shown, to whoever may see readers; of nobody in particular nothing."""
    assert desk.publication is not None
    if reader.address == PREVIEW_READER or not desk.may(Right.SEE_PEOPLE):
        return NOTHING_KNOWN
    return desk.parts.describing_readers.merged_for(desk.publication.id, reader.address, by=desk.by)


def _reader(language: str = "", tracking: str = "") -> PreviewReader:
    return reader_of("", language, tracking)


@router.get("/{name}/{kind}")
def frame(
    issue_id: Number,
    name: str,
    kind: str,
    desk: Sees,
    reader: Annotated[PreviewReader, Depends(_reader)],
    *,
    images: bool = False,
) -> Response:
    """Show the draft that goes by `name`; where its text is kept no more, the one last saved, and say so."""
    issue, publication = desk.load(issue_id)
    if name == EMPTY:
        return HTMLResponse(
            "<!DOCTYPE html><html><head></head><body></body></html>", headers=headers_of(kind, images=images)
        )
    draft = DRAFTS.find(issue_id, name)
    with desk.turn("frame"):
        if draft is None and name != "saved":
            draft = _read_again(desk, issue, publication, name, reader)
        saved = draft is None and name != "saved"
        if draft is None:
            draft = rendered(desk.parts, publication, Document.model_validate(issue.content), issue.source)
        return _framed(desk, publication, draft, kind, saved=saved, images=images)


def _read_again(desk: Desk, issue: Issue, publication: Publication, name: str, reader: PreviewReader) -> Draft | None:
    """Another process rendered it, or this one a while ago."""
    text = preview_texts.find(desk.parts.database, issue=issue, name=name)
    known = known_of(desk, reader)
    found = read(desk.parts, publication, text, reader=reader, known=known) if text is not None else None
    if not isinstance(found, Draft):
        return None
    if reader.is_anybody:
        DRAFTS.keep(issue.id, name, found)
    return found


def _framed(desk: Desk, publication: Publication, draft: Draft, kind: str, *, saved: bool, images: bool) -> Response:
    return HTMLResponse(page_of(desk, publication, draft, kind, saved=saved), headers=headers_of(kind, images=images))


def headers_of(kind: str, *, images: bool) -> dict[str, str]:
    """Return what a frame of a kind may do: a mail has its styles in it, the others have the site's own."""
    return frame_headers("'unsafe-inline'" if kind in VIEWS else "'self'", SANDBOX, images=images)


def page_of(desk: Desk, publication: Publication, draft: Draft, kind: str, *, saved: bool = False) -> str:
    """Return the page in the frame: the mail itself, or text, web page or inbox in the site's own look."""
    if kind in VIEWS:
        html = VIEWS[kind](opening_links_outside(draft.mail.html))
        return _BODY.sub(lambda found: found[0] + _OLD, html, count=1) if saved else html
    brand = brand_of(publication, desk.parts.settings.base_url)
    body = ""
    if kind == "web":
        around = looking_over.around(desk.parts.database, publication.id, draft.document)
        body = with_charts(desk.parts.renderer.web(draft.document, brand, around), draft.document, brand)
    return render(
        "desk/frame.html",
        request=desk.request,
        brand=brand,
        document=draft.document,
        body=body,
        text=draft.mail.text if kind == "text" else "",
        inbox=inbox_lines(draft.mail, publication.from_name) if kind == "inbox" else [],
        saved=saved,
    )
