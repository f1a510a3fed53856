"""What a reader does: subscribe, confirm, leave. Changes happen on POST only (law 7); a token is its own permission."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from pydantic import BaseModel

from newsletter.archive.pages import publication_named
from newsletter.audience import asking, wording
from newsletter.audience.asking import UsedFormError
from newsletter.audience.preferences import Standing
from newsletter.audience.said import Said
from newsletter.bootstrap import Parts
from newsletter.errors import InputError, NewsletterError, TokenError
from newsletter.model import Publication
from newsletter.model.brand import Brand, brand_of
from newsletter.rendering.language import Language, language_of
from newsletter.sentences import Sentence, sentence
from newsletter.web.errors import trouble_of
from newsletter.web.parts import PartsOf, client_address, reader_here
from newsletter.web.templating import readers_page

router = APIRouter()

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""Pages whose address holds a token: not kept, not indexed, not passed on."""
_STALE_FORM = sentence("This form was open for very long, or came back very fast. Please press the button once more.")
_USED_FORM = sentence("Almost done: this copy of the form was used already, so please press the button once more.")
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
    language: str = ""


def blank_form(parts: Parts, publication: Publication, *, waited: bool = False) -> SubscribeForm:
    """Return a form as it is first shown; after one that was used, to somebody who has `waited` once."""
    token = asking.form_token(parts.signer, parts.clock, publication.id, waited=waited)
    return SubscribeForm(token, wording.to_subscribe(publication, wording.shown_in(publication)))


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
        blank = blank_form(parts, publication, waited=isinstance(error, UsedFormError))
        form = _corrected(blank, asked, error, language_of(publication.language))
        return _form_page(request, parts, publication, form, status=error.http_status)
    return RedirectResponse(f"/{publication.slug}/subscribe/sent", 303)


@router.get("/{pub}/subscribe/sent")
def subscribe_sent(pub: str, request: Request, parts: PartsOf) -> Response:
    """Say that a mail is on its way, to everyone alike."""
    publication = publication_named(parts.database, slug=pub)
    return readers_page(request, "public/sent.html", _brand(parts, publication), headers={"X-Robots-Tag": "noindex"})


@router.get("/confirm/{token}")
def confirm_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show the button that confirms; nothing changes, for mail scanners follow links too."""
    found = parts.confirming.look_up(token)
    brand = _brand(parts, found.publication)
    return readers_page(request, "public/confirm.html", brand, headers=_PRIVATE, token=token, found=found)


@router.post("/confirm/{token}")
def confirm(token: str, request: Request, parts: PartsOf, language: Annotated[str, Form()] = "") -> Response:
    """Confirm the subscription; doing it twice changes nothing."""
    found = parts.confirming.look_up(token)
    words = wording.to_confirm(found.publication, wording.shown_in(found.publication, language))
    said = Said("confirm page", client_address(request), words)
    done = parts.confirming.confirm(token, said, by=reader_here(request, found.subscription_id))
    brand = _brand(parts, done.publication)
    return readers_page(request, "public/confirmed.html", brand, headers=_PRIVATE, already=done.already)


@router.get("/confirm/{token}/never")
def never_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show the button that says no to an invitation for good; nothing changes."""
    found = parts.declining.look_up(token)
    brand = _brand(parts, found.publication)
    return readers_page(request, "public/never.html", brand, headers=_PRIVATE, token=token, found=found)


@router.post("/confirm/{token}/never")
def never(
    token: str,
    request: Request,
    parts: PartsOf,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
    language: str = "",
) -> Response:
    """Say no for good: from the page's button, or in one click from a mail program (RFC 8058 section 3.2)."""
    by_machine = one_click == _ONE_CLICK
    found = parts.declining.look_up(token)
    words = wording.shown_in(found.publication, language)
    place, pressed = ("one-click", "") if by_machine else ("invitation page", wording.never_again(words))
    said, by = Said(place, client_address(request), pressed), reader_here(request, found.subscription_id)
    done = parts.declining.decline(token, said, by=by)
    if by_machine:
        return _by_machine(sentence("You will not be asked again."), words)
    brand = _brand(parts, done.publication)
    return readers_page(request, "public/never.html", brand, headers=_PRIVATE, found=replace(done, already=True))


@router.get("/u/{token}")
def unsubscribe_page(token: str, request: Request, parts: PartsOf) -> Response:
    """Show whose subscription this is, masked, and the button that ends it."""
    standing = parts.preferences.look_up(token)
    if standing.active:
        return readers_page(
            request,
            "public/unsubscribe.html",
            _brand(parts, standing.publication),
            headers=_PRIVATE,
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
    by_machine = one_click == _ONE_CLICK
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
    brand = _brand(parts, returned.publication)
    return readers_page(request, "public/confirmed.html", brand, headers=_PRIVATE, already=standing.active)


def _by_machine(told: Sentence, words: Language) -> Response:
    return PlainTextResponse(f"{words.say(told)}\n", headers=_PRIVATE)


def _goodbye(request: Request, parts: Parts, token: str, standing: Standing) -> Response:
    agreed = wording.to_subscribe(standing.publication, wording.shown_in(standing.publication))
    brand = _brand(parts, standing.publication)
    return readers_page(
        request, "public/unsubscribed.html", brand, headers=_PRIVATE, token=token, standing=standing, wording=agreed
    )


def _ask(request: Request, parts: Parts, publication: Publication, asked: Asked) -> None:
    agreed = wording.to_subscribe(publication, wording.shown_in(publication, asked.language))
    form, ip = asking.Form(asked.token, agreed), client_address(request)
    parts.asking.ask(publication.id, form, address=asked.address, name=asked.name, ip=ip)


def _corrected(blank: SubscribeForm, asked: Asked, error: NewsletterError, words: Language) -> SubscribeForm:
    """Return the form with what was typed and what is wrong with it."""
    typed = replace(blank, address=asked.address[:320], name=asked.name[:200])
    if isinstance(error, TokenError):
        return replace(typed, error=words.say(_USED_FORM if isinstance(error, UsedFormError) else _STALE_FORM))
    trouble = trouble_of(error).said_in(words)
    return replace(typed, address_error=words.spoken.joined([trouble.what, trouble.remedy]))


def _form_page(
    request: Request, parts: Parts, publication: Publication, form: SubscribeForm, status: int = 200
) -> Response:
    headers = {"Cache-Control": "no-store"}  # the form's token counts time from now
    brand = _brand(parts, publication)
    return readers_page(request, "public/subscribe.html", brand, status=status, headers=headers, form=form)


def _brand(parts: Parts, publication: Publication) -> Brand:
    return brand_of(publication, parts.settings.base_url)
