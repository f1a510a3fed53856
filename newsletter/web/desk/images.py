"""The images of a publication: what there is, the line that shows each, and a form to add one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import JSONResponse

from newsletter.errors import InputError, UnavailableError
from newsletter.images import listing
from newsletter.images.keeping import Upload
from newsletter.model.rights import Right
from newsletter.web.desk.pages import PRIVATE, Desk, Sees, Writes, back_to
from newsletter.web.errors import wants_json
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/images")
PAGE = 24
Text = Annotated[str, Form()]
Given = Annotated[UploadFile | None, File()]


@router.get("")
def show(desk: Sees, before: Number = 2**53) -> Response:
    """List the images, newest first."""
    return _page(desk, before=before)


@router.post("")
def add(desk: Writes, *, image: Given = None, dark: Given = None, alt: Text = "", caption: Text = "") -> Response:
    """Add an image, and the one for a dark ground if there is one. A script is told the line that shows it."""
    assert desk.publication is not None
    by_script = wants_json(desk.request)
    try:
        upload = _upload(image, alt=alt, caption=caption, dark=_upload(dark, alt=alt) if dark and dark.size else None)
        kept = desk.parts.keeping_images.add(desk.publication.id, [upload], by=desk.by)
        if by_script:
            told = {"markdown": listing.markdown_of(kept[0].image), "told": list(kept[0].told)}
            return JSONResponse(told, headers=PRIVATE)
    except (InputError, UnavailableError) as error:
        if by_script:
            raise
        return _page(desk, mistake=error, alt=alt[:2000], caption=caption[:2000])
    return back_to(f"/desk/{desk.publication.slug}/images", "kept")


def _upload(file: UploadFile | None, *, alt: str = "", caption: str = "", dark: Upload | None = None) -> Upload:
    if file is None or not file.size:
        raise InputError("no image was chosen", where="image", remedy="choose a PNG, JPEG, GIF or WebP")
    return Upload(file.filename or "image", file.file.read(), alt=alt, caption=caption, dark=dark)


def _page(
    desk: Desk,
    *,
    before: int = 2**53,
    mistake: InputError | UnavailableError | None = None,
    alt: str = "",
    caption: str = "",
) -> Response:
    assert desk.publication is not None
    found = listing.page(desk.parts.database, desk.publication.id, before=before, size=PAGE)
    values = {
        "publication": desk.publication,
        "images": found.rows,
        "darks": found.darks,
        "more": found.more,
        "started": before < 2**53,
        "at": listing.reference_of,
        "markdown": listing.markdown_of,
        "may_write": desk.may(Right.WRITE),
        "mistake": mistake,
        "alt": alt,
        "caption": caption,
    }
    return desk.page("images.html", values, status=mistake.http_status if mistake else 200)
