"""Conditional requests (RFC 9110 section 13) for pages anyone may keep."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from fastapi import Request, Response

from newsletter.web.templating import look

PUBLIC = "public, max-age=60"
"""A minute: long enough for a rush, short enough that nobody notices."""


def etag(*parts: object) -> str:
    """Return a weak entity tag over `parts` and the look of the pages."""
    seen = "\0".join((look(), *map(str, parts)))
    return f'W/"{sha256(seen.encode()).hexdigest()[:24]}"'


def cache_headers(tag: str, modified: datetime | None = None) -> dict[str, str]:
    """Return the headers of an answer that may be kept."""
    headers = {"Cache-Control": PUBLIC, "ETag": tag}
    if modified is not None:
        headers["Last-Modified"] = format_datetime(modified.astimezone(UTC), usegmt=True)
    return headers


def unchanged(request: Request, tag: str, modified: datetime | None = None) -> Response | None:
    """Return 304 when the client's copy is still good, else None."""
    if not is_fresh(request, tag, modified):
        return None
    return Response(status_code=304, headers=cache_headers(tag, modified))


def is_fresh(request: Request, tag: str, modified: datetime | None = None) -> bool:
    """Tell whether the client's copy is still good."""
    wanted = request.headers.get("if-none-match")
    if wanted is not None:  # section 13.2.2: it goes before If-Modified-Since
        known = [candidate.strip().removeprefix("W/") for candidate in wanted.split(",")]
        return "*" in known or tag.removeprefix("W/") in known
    since = request.headers.get("if-modified-since")
    if since is None or modified is None:
        return False
    try:
        return modified.replace(microsecond=0) <= parsedate_to_datetime(since).astimezone(UTC)
    except ValueError:
        return False
