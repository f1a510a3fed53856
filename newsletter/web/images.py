"""Images of issues, for whoever has their address: mails are read by people who are signed in nowhere.

The address is the digest of what is in it. That of an image in a draft nobody can guess who does not have the image already.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from newsletter.errors import NotFoundError
from newsletter.model.images import address_of, digest_in
from newsletter.web.assets import FOR_EVER
from newsletter.web.caching import is_fresh
from newsletter.web.parts import PartsOf

_HEADERS = {
    "Cache-Control": FOR_EVER,
    "Cross-Origin-Resource-Policy": "cross-origin",  # mail programs in browsers show it on their own pages
}
router = APIRouter()


@router.get("/images/{digest}.{extension}")
def image(digest: str, extension: str, request: Request, parts: PartsOf) -> Response:
    """Return an image, in pieces, or 304 to who has it."""
    if digest_in(address_of(digest, extension)) is None:
        raise HTTPException(404)
    tag = f'"{digest}"'  # strong: the same octets for ever
    headers = {**_HEADERS, "ETag": tag}
    try:
        served = parts.serving_images.open(digest, extension)
    except NotFoundError:
        raise HTTPException(404) from None
    if is_fresh(request, tag):
        return Response(status_code=304, headers=headers)
    octets = {"Content-Length": str(served.file.octets)}
    return StreamingResponse(served.file.pieces, media_type=served.media_type, headers={**headers, **octets})
