"""Where a POST comes from: a page of this site, another site, or nobody says (Fetch, `Origin`; Fetch Metadata, `Sec-Fetch-Site`)."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException


def check_origin(request: Request) -> None:
    """Refuse a POST that another site made."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    foreign = origin is not None and not _is_ours(request, origin)
    if foreign or site not in {"same-origin", "none"}:
        raise HTTPException(403, "this form was sent from another site")


def is_from_here(request: Request) -> bool:
    """Tell whether the browser says that a page of this site sent it: more than that no other site did."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is None and site is None:
        return False
    return (origin is None or _is_ours(request, origin)) and site in {None, "same-origin"}


def _is_ours(request: Request, origin: str) -> bool:
    # A proxy may ask by another name: what the browser's address bar shows is Host, or the public address, or both.
    ours = {request.headers.get("host", "").lower(), request.app.state.parts.settings.public_host} - {""}
    return _host_in(origin) in ours


def _host_in(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
