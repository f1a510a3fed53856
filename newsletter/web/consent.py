"""`/u/{token}/tracking`: where a reader says whether their opens and clicks may be kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from newsletter.audience import preferences, tracking, wording
from newsletter.audience.tracking import Tracked
from newsletter.bootstrap import Parts
from newsletter.model.brand import brand_of
from newsletter.web.parts import PartsOf, client_address
from newsletter.web.templating import readers_page

router = APIRouter()

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/u/{token}/tracking")
def look(token: str, request: Request, parts: PartsOf) -> Response:
    """Show what was said, and two buttons; nothing changes."""
    return _page(request, parts, token, tracking.look_up(parts.database, signer=parts.signer, token=token))


@router.post("/u/{token}/tracking")
def decide(
    token: str,
    request: Request,
    parts: PartsOf,
    answer: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Record a yes or a no; anything but a yes is a no."""
    found = tracking.look_up(parts.database, signer=parts.signer, token=token)
    words, granted = wording.shown_in(found.publication, language), answer == "yes"
    decided = tracking.decide(
        parts.database,
        clock=parts.clock,
        signer=parts.signer,
        token=token,
        granted=granted,
        ip=client_address(request),
        wording=wording.to_be_counted(words) if granted else wording.not_to_be_counted(words),
    )
    return _page(request, parts, token, decided, saved=True)


def _page(request: Request, parts: Parts, token: str, tracked: Tracked, *, saved: bool = False) -> Response:
    standing = preferences.look_up(parts.database, clock=parts.clock, signer=parts.signer, token=token)
    brand = brand_of(tracked.publication, parts.settings.base_url)
    words = wording.shown_in(tracked.publication)
    return readers_page(
        request,
        "public/tracking.html",
        brand,
        headers=_PRIVATE,
        tracked=tracked,
        standing=standing,
        token=token,
        wording=wording.to_be_counted(words),
        consent=wording.to_subscribe(tracked.publication, words),
        saved=saved,
    )
