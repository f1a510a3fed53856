"""Confirm a sign-up or an invitation, or say no to it for good. Changes happen on POST only (law 7); a token is its own permission."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from newsletter.audience import wording
from newsletter.audience.said import Said
from newsletter.sentences import sentence
from newsletter.web.parts import PartsOf, client_address, reader_here
from newsletter.web.public.subscribe import _by_machine
from newsletter.web.public.token_pages import ONE_CLICK, PRIVATE, look_of
from newsletter.web.templating import readers_page

router = APIRouter()


@router.get("/confirm/{token}")
def confirm_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show the button that confirms; nothing changes, for mail scanners follow links too."""
    found = parts.confirming.look_up(token)
    brand = look_of(parts, found.publication, request)
    return readers_page(request, "public/confirm.html", brand, headers=PRIVATE, token=token, found=found)


@router.post("/confirm/{token}")
def confirm(token: str, request: Request, parts: PartsOf, language: Annotated[str, Form()] = "") -> Response:
    """Confirm the subscription; doing it twice changes nothing."""
    found = parts.confirming.look_up(token)
    words = wording.to_confirm(found.publication, wording.shown_in(found.publication, language))
    said = Said("confirm page", client_address(request), words)
    done = parts.confirming.confirm(token, said, by=reader_here(request, found.subscription_id))
    brand = look_of(parts, done.publication, request)
    return readers_page(request, "public/confirmed.html", brand, headers=PRIVATE, already=done.already)


@router.get("/confirm/{token}/never")
def never_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show the button that says no to an invitation for good; nothing changes."""
    found = parts.declining.look_up(token)
    brand = look_of(parts, found.publication, request)
    return readers_page(request, "public/never.html", brand, headers=PRIVATE, token=token, found=found)


@router.post("/confirm/{token}/never")
def never(
    token: str,
    request: Request,
    parts: PartsOf,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
    language: str = "",
) -> Response:
    """Say no for good: from the page's button, or in one click from a mail program (RFC 8058 section 3.2)."""
    by_machine = one_click == ONE_CLICK
    found = parts.declining.look_up(token)
    words = wording.shown_in(found.publication, language)
    place, pressed = ("one-click", "") if by_machine else ("invitation page", wording.never_again(words))
    said, by = Said(place, client_address(request), pressed), reader_here(request, found.subscription_id)
    done = parts.declining.decline(token, said, by=by)
    if by_machine:
        return _by_machine(sentence("You will not be asked again."), words)
    brand = look_of(parts, done.publication, request)
    return readers_page(request, "public/never.html", brand, headers=PRIVATE, found=replace(done, already=True))
