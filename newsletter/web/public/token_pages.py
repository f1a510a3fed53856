"""What pages behind a token share: the address holds the token, and the token is its own permission."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request

from newsletter.bootstrap import Parts
from newsletter.model import Publication
from newsletter.model.brand import Brand, brand_of
from newsletter.web.reader_language import tag_for

PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""Pages whose address holds a token: not kept, not indexed, not passed on."""


ONE_CLICK = "One-Click"  # RFC 8058 section 3.2


def look_of(parts: Parts, publication: Publication, request: Request) -> Brand:
    """Return how a publication's pages look, in that of its languages which the browser wishes most."""
    return replace(brand_of(publication, parts.settings.base_url), language=tag_for(request, publication))
