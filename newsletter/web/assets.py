"""Style sheets and scripts: for ever when asked for by content hash, else checked each time."""

from __future__ import annotations

import os
from urllib.parse import parse_qs

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from newsletter.web.accent import accent_css
from newsletter.web.templating import STATIC

FOR_EVER = "public, max-age=31536000, immutable"
"""RFC 8246: what is other has another address."""
_CHECKED = "public, no-cache"

router = APIRouter()


class Assets(StaticFiles):
    """Files of `newsletter/web/static/`."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        hashed = b"v" in parse_qs(scope["query_string"])
        response.headers["Cache-Control"] = FOR_EVER if hashed else _CHECKED
        return response


@router.get("/static/accent/{digits}.css")
def accent(digits: str) -> Response:
    """Return the style sheet of one accent colour: the policy forbids inline styles."""
    css = accent_css(digits)
    if css is None:
        raise HTTPException(404)
    return Response(css, media_type="text/css", headers={"Cache-Control": FOR_EVER})


@router.get("/favicon.ico")
def favicon() -> Response:
    """Return the icon to browsers that ask for it unbidden."""
    return Response((STATIC / "icon.svg").read_bytes(), media_type="image/svg+xml", headers={"Cache-Control": _CHECKED})
