"""`/u/{token}/tracking`: where a reader says whether their opens and clicks may be kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from newsletter.audience import wording
from newsletter.audience.said import Said
from newsletter.audience.tracking_consent import Tracked
from newsletter.bootstrap import Parts
from newsletter.model.brand import brand_of
from newsletter.model.states import Consent
from newsletter.web.parts import PartsOf, client_address, reader_here
from newsletter.web.templating import readers_page

router = APIRouter()

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/u/{token}/tracking")
def look(token: str, request: Request, parts: PartsOf) -> Response:
    """Show what was said, and two buttons; nothing changes."""
    return _page(request, parts, token, parts.tracking_consent.look_up(token))


@router.post("/u/{token}/tracking")
def decide(
    token: str,
    request: Request,
    parts: PartsOf,
    answer: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Record a yes or a no; anything but a yes is a no."""
    found = parts.tracking_consent.look_up(token)
    words, granted = wording.shown_in(found.publication, language), answer == "yes"
    agreed = wording.to_be_counted(words) if granted else wording.not_to_be_counted(words)
    said, by = Said("address page", client_address(request), agreed), reader_here(request, found.subscription_id)
    consent = Consent.GRANTED if granted else Consent.DENIED
    decided = parts.tracking_consent.decide(found.subscription_id, consent, said, by=by)
    return _page(request, parts, token, decided, saved=True)


def _page(request: Request, parts: Parts, token: str, tracked: Tracked, *, saved: bool = False) -> Response:
    standing = parts.preferences.look_up(token)
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
