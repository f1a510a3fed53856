"""Leave, and come back. Changes happen on POST only (law 7); a token is its own permission."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from newsletter.audience import wording
from newsletter.audience.said import Said
from newsletter.rendering.language import language_of
from newsletter.sentences import sentence
from newsletter.web.parts import PartsOf, client_address, reader_here
from newsletter.web.public.subscribe import _by_machine, _goodbye
from newsletter.web.public.token_pages import ONE_CLICK, PRIVATE, look_of
from newsletter.web.templating import readers_page

router = APIRouter()


@router.get("/u/{token}")
def unsubscribe_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show whose subscription this is, masked, and the button that ends it."""
    standing = parts.preferences.look_up(token)
    if standing.active:
        return readers_page(
            request,
            "public/unsubscribe.html",
            look_of(parts, standing.publication, request),
            headers=PRIVATE,
            token=token,
            standing=standing,
        )
    return _goodbye(request, parts, token, standing)


@router.post("/u/{token}")
def unsubscribe(
    token: str,
    request: Request,
    parts: PartsOf,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
) -> Response:
    """End the subscription: from the page's button, or in one click from a mail program (RFC 8058 section 3.2)."""
    by_machine = one_click == ONE_CLICK
    found = parts.preferences.look_up(token).subscription_id
    said = Said("one-click" if by_machine else "address page", client_address(request))
    standing = parts.preferences.unsubscribe(found, said, by=reader_here(request, found))
    if by_machine:
        return _by_machine(sentence("You are unsubscribed."), language_of(standing.publication.language))
    return _goodbye(request, parts, token, standing)


@router.post("/u/{token}/again")
def return_again(token: str, request: Request, parts: PartsOf, language: Annotated[str, Form()] = "") -> Response:
    """Take a goodbye back with one press."""
    standing = parts.preferences.look_up(token)
    words = wording.to_subscribe(standing.publication, wording.shown_in(standing.publication, language))
    said, by = Said("address page", client_address(request), words), reader_here(request, standing.subscription_id)
    returned = parts.preferences.return_again(standing.subscription_id, said, by=by)
    brand = look_of(parts, returned.publication, request)
    return readers_page(request, "public/confirmed.html", brand, headers=PRIVATE, already=standing.active)
