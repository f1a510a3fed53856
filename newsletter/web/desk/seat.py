"""Who sits at the desk, for a page that was opened before: its forms take the token of the session that there is now."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from newsletter.web.desk.pages import PRIVATE, Reading

router = APIRouter(prefix="/desk")


@router.get("/seat")
def seat(desk: Reading) -> Response:
    """Return the token of this session's forms, and whose session it is; another site cannot read it (Fetch, CORS)."""
    editor = desk.seat.editor
    told = {"csrf": desk.seat.csrf, "editor": editor.id, "address": editor.address}
    return JSONResponse(told, headers=PRIVATE)
