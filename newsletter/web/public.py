"""What a reader does: subscribe, confirm, leave. Changes happen on POST only (law 7); a token is its own permission."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from pydantic import BaseModel

from newsletter.archive.pages import publication_named
from newsletter.audience import asking, confirming, declining, preferences
from newsletter.audience.asking import UsedFormError
from newsletter.bootstrap import Parts
from newsletter.errors import InputError, NewsletterError, TokenError
from newsletter.model import Publication
from newsletter.model.brand import Brand, brand_of
from newsletter.web.errors import trouble_of
from newsletter.web.parts import PartsOf, client_address
from newsletter.web.templating import page

router = APIRouter()

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""Pages whose address holds a token: not kept, not indexed, not passed on."""
_STALE_FORM = "This form was open for very long, or came back very fast. Please press the button once more."
_USED_FORM = "Almost done: this copy of the form was used already, so please press the button once more."
_ONE_CLICK = "One-Click"  # RFC 8058 section 3.2


@dataclass(frozen=True)
class SubscribeForm:
    """What the form shows: the token that says when it was made, the words agreed to, and what was typed before."""

    token: str
    wording: str
    address: str = ""
    name: str = ""
    error: str = ""
    address_error: str = ""


class Asked(BaseModel):
    """What the form sends. `website` is the field a person never sees."""

    address: str = ""
    name: str = ""
    website: str = ""
    token: str = ""


def blank_form(parts: Parts, publication: Publication, *, waited: bool = False) -> SubscribeForm:
    """Return a form as it is first shown; after one that was used, to somebody who has `waited` once."""
    token = asking.form_token(parts.signer, parts.clock, publication.id, waited=waited)
    return SubscribeForm(token, consent_wording(publication))


def consent_wording(publication: Publication) -> str:
    """Return the words a reader agrees to; the same are kept in the consent record."""
    return (
        f"Send me {publication.name} by email. I can leave at any time with the link in every mail. "
        "My address is used for this and nothing else."
    )


@router.get("/{pub}/subscribe")
def subscribe_form(pub: str, request: Request, parts: PartsOf) -> Response:
    """Show the form."""
    publication = publication_named(parts.database, slug=pub)
    return _form_page(request, parts, publication, blank_form(parts, publication))


@router.post("/{pub}/subscribe")
def subscribe(pub: str, request: Request, parts: PartsOf, asked: Annotated[Asked, Form()]) -> Response:
    """Ask for a confirmation mail. The answer is the same whether the address is known or not, person or robot."""
    publication = publication_named(parts.database, slug=pub)
    try:
        if asking.check_form(parts.signer, parts.clock, publication.id, asked.token, honeypot=asked.website):
            _ask(request, parts, publication, asked)
    except (InputError, TokenError) as error:
        form = _corrected(blank_form(parts, publication, waited=isinstance(error, UsedFormError)), asked, error)
        return _form_page(request, parts, publication, form, status=error.http_status)
    return RedirectResponse(f"/{publication.slug}/subscribe/sent", 303)


@router.get("/{pub}/subscribe/sent")
def subscribe_sent(pub: str, request: Request, parts: PartsOf) -> Response:
    """Say that a mail is on its way, to everyone alike."""
    publication = publication_named(parts.database, slug=pub)
    return page(request, "public/sent.html", brand=_brand(parts, publication), headers={"X-Robots-Tag": "noindex"})


@router.get("/confirm/{token}")
def confirm_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show the button that confirms; nothing changes, for mail scanners follow links too."""
    found = confirming.look_up(parts.database, clock=parts.clock, signer=parts.signer, token=token)
    brand = _brand(parts, found.publication)
    return page(request, "public/confirm.html", headers=_PRIVATE, brand=brand, token=token, found=found)


@router.post("/confirm/{token}")
def confirm(token: str, request: Request, parts: PartsOf) -> Response:
    """Confirm the subscription; doing it twice changes nothing."""
    ip = client_address(request)
    done = confirming.confirm(parts.database, clock=parts.clock, signer=parts.signer, token=token, ip=ip)
    brand = _brand(parts, done.publication)
    return page(request, "public/confirmed.html", headers=_PRIVATE, brand=brand, already=done.already)


@router.get("/confirm/{token}/never")
def never_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show the button that says no to an invitation for good; nothing changes."""
    found = declining.look_up(parts.database, clock=parts.clock, signer=parts.signer, token=token)
    brand = _brand(parts, found.publication)
    return page(request, "public/never.html", headers=_PRIVATE, brand=brand, token=token, found=found)


@router.post("/confirm/{token}/never")
def never(
    token: str,
    request: Request,
    parts: PartsOf,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
) -> Response:
    """Say no for good: from the page's button, or in one click from a mail program (RFC 8058 section 3.2)."""
    by_machine = one_click == _ONE_CLICK
    done = declining.decline(
        parts.database,
        clock=parts.clock,
        signer=parts.signer,
        token=token,
        ip=client_address(request),
        place="one-click" if by_machine else "invitation page",
    )
    if by_machine:
        return PlainTextResponse("You will not be asked again.\n", headers=_PRIVATE)
    brand = _brand(parts, done.publication)
    return page(request, "public/never.html", headers=_PRIVATE, brand=brand, found=replace(done, already=True))


@router.get("/u/{token}")
def unsubscribe_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show whose subscription this is, masked, and the button that ends it."""
    standing = preferences.look_up(parts.database, clock=parts.clock, signer=parts.signer, token=token)
    brand = _brand(parts, standing.publication)
    template = "public/unsubscribe.html" if standing.active else "public/unsubscribed.html"
    return page(request, template, headers=_PRIVATE, brand=brand, token=token, standing=standing)


@router.post("/u/{token}")
def unsubscribe(
    token: str,
    request: Request,
    parts: PartsOf,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
) -> Response:
    """End the subscription: from the page's button, or in one click from a mail program (RFC 8058 section 3.2)."""
    by_machine = one_click == _ONE_CLICK
    standing = preferences.unsubscribe(
        parts.database,
        clock=parts.clock,
        signer=parts.signer,
        token=token,
        ip=client_address(request),
        place="one-click" if by_machine else "address page",
    )
    if by_machine:
        return PlainTextResponse("You are unsubscribed.\n", headers=_PRIVATE)
    brand = _brand(parts, standing.publication)
    return page(request, "public/unsubscribed.html", headers=_PRIVATE, brand=brand, token=token, standing=standing)


@router.post("/u/{token}/again")
def return_again(token: str, request: Request, parts: PartsOf) -> Response:
    """Take a goodbye back with one press."""
    standing = preferences.look_up(parts.database, clock=parts.clock, signer=parts.signer, token=token)
    returned = preferences.return_again(
        parts.database,
        clock=parts.clock,
        signer=parts.signer,
        token=token,
        ip=client_address(request),
        place="address page",
        wording=consent_wording(standing.publication),
    )
    brand = _brand(parts, returned.publication)
    return page(request, "public/confirmed.html", headers=_PRIVATE, brand=brand, already=standing.active)


def _ask(request: Request, parts: Parts, publication: Publication, asked: Asked) -> None:
    asking.ask(
        parts.database,
        clock=parts.clock,
        queue=parts.queue,
        buckets=parts.buckets,
        publication=publication.slug,
        address=asked.address,
        name=asked.name,
        ip=client_address(request),
        form=asking.Form(asked.token, consent_wording(publication)),
    )


def _corrected(blank: SubscribeForm, asked: Asked, error: NewsletterError) -> SubscribeForm:
    """Return the form with what was typed and what is wrong with it."""
    typed = replace(blank, address=asked.address[:320], name=asked.name[:200])
    if isinstance(error, TokenError):
        return replace(typed, error=_USED_FORM if isinstance(error, UsedFormError) else _STALE_FORM)
    trouble = trouble_of(error)
    return replace(typed, address_error=f"{trouble.what} {trouble.remedy}".strip())


def _form_page(
    request: Request, parts: Parts, publication: Publication, form: SubscribeForm, status: int = 200
) -> Response:
    headers = {"Cache-Control": "no-store"}  # the form's token counts time from now
    brand = _brand(parts, publication)
    return page(request, "public/subscribe.html", status=status, headers=headers, brand=brand, form=form)


def _brand(parts: Parts, publication: Publication) -> Brand:
    return brand_of(publication, parts.settings.base_url)
