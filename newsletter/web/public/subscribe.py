"""Subscribe: the form, and what it sends. Changes happen on POST only (law 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict

from newsletter.archive.pages import publication_named
from newsletter.audience import asking, wording
from newsletter.audience.asking import UsedFormError
from newsletter.audience.field_values import MOST_VALUE_CHARS
from newsletter.audience.told_at_sign_up import ToldFieldsError
from newsletter.audience.unsubscribing import ReaderStanding
from newsletter.bootstrap import Parts
from newsletter.errors import InputError, NewsletterError, TokenError
from newsletter.model import FieldKind, Publication
from newsletter.rendering.language import Language, language_of
from newsletter.sentences import Sentence, sentence
from newsletter.web.errors import trouble_of
from newsletter.web.parts import PartsOf, client_address
from newsletter.web.public.token_pages import PRIVATE, look_of
from newsletter.web.reader_language import tag_for
from newsletter.web.templating import readers_page

router = APIRouter()

_STALE_FORM = sentence("This form was open for very long, or came back very fast. Please press the button once more.")


_FIELD = "field-"
"""Begins the names of inputs that ask for fields of readers."""
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_USED_FORM = sentence("Almost done: this copy of the form was used already, so please press the button once more.")


@dataclass(frozen=True)
class SubscribeForm:
    """What the form shows: the token that says when it was made, the words agreed to, and what was typed before."""

    token: str
    wording: str
    address: str = ""
    name: str = ""
    error: str = ""
    address_error: str = ""
    source: str = ""
    """Where the form stands, in a word that the ledger keeps with the sign-up: see `source_word`."""
    fields: tuple[FormField, ...] = ()
    """What else it asks for."""


@dataclass(frozen=True)
class FormField:
    """A field of readers as the form asks for it, with what was typed before and what is wrong with that."""

    key: str
    title: str
    kind: FieldKind
    choices: tuple[str, ...]
    required: bool
    value: str = ""
    error: str = ""

    @property
    def input_id(self) -> str:
        """What its input is called."""
        return f"{_FIELD}{self.key}"


class Asked(BaseModel):
    """What the form sends. `website` is the field a person never sees; fields of readers stand beside under names of their own."""

    model_config = ConfigDict(extra="allow")

    address: str = ""
    name: str = ""
    website: str = ""
    token: str = ""
    language: str = ""
    source: str = ""

    @property
    def told(self) -> dict[str, str]:
        """What was typed into the fields of readers, by key."""
        beside = (self.model_extra or {}).items()
        return {name.removeprefix(_FIELD): str(text) for name, text in beside if name.startswith(_FIELD)}


def source_word(written: str, otherwise: str) -> str:
    """Return the word of a place that leads to sign-ups (`/{pub}/subscribe?from=podcast`), or another where it is none."""
    return written if _SOURCE.fullmatch(written) else otherwise


def blank_form(
    parts: Parts, publication: Publication, language: str = "", *, source: str = "archive", waited: bool = False
) -> SubscribeForm:
    """Return a form as it is first shown, in `language` or the publication's own; after one that was used, to somebody who has `waited` once."""
    token = asking.form_token(parts.signer, parts.clock, publication.id, waited=waited)
    words = wording.to_subscribe(publication, wording.shown_in(publication, language))
    fields = (
        FormField(each.key, each.title, each.kind, tuple(each.choices.splitlines()), each.required)
        for each in parts.asking.fields_of(publication.id)
    )
    return SubscribeForm(token, words, source=source, fields=tuple(fields))


@router.get("/{pub}/subscribe")
def subscribe_form(
    pub: str, request: Request, parts: PartsOf, came_from: Annotated[str, Query(alias="from")] = ""
) -> Response:
    """Show the form; `from` is a word for the place that led here, such as podcast."""
    publication = publication_named(parts.database, slug=pub)
    parts.asking.see_open(publication.id)
    source = source_word(came_from, "subscribe")
    form = blank_form(parts, publication, tag_for(request, publication), source=source)
    return _form_page(request, parts, publication, form)


@router.post("/{pub}/subscribe")
def subscribe(pub: str, request: Request, parts: PartsOf, asked: Annotated[Asked, Form()]) -> Response:
    """Ask for a confirmation mail. The answer is the same whether the address is known or not, person or robot."""
    publication = publication_named(parts.database, slug=pub)
    try:
        if asking.check_form(parts.signer, parts.clock, publication.id, asked.token, honeypot=asked.website):
            _ask(request, parts, publication, asked)
    except (InputError, TokenError) as error:
        tag = tag_for(request, publication)
        source, waited = source_word(asked.source, "subscribe"), isinstance(error, UsedFormError)
        blank = blank_form(parts, publication, tag, source=source, waited=waited)
        form = _corrected(blank, asked, error, language_of(tag))
        return _form_page(request, parts, publication, form, status=error.http_status)
    return RedirectResponse(f"/{publication.slug}/subscribe/sent", 303)


@router.get("/{pub}/subscribe/sent")
def subscribe_sent(pub: str, request: Request, parts: PartsOf) -> Response:
    """Say that a mail is on its way, to everyone alike."""
    publication = publication_named(parts.database, slug=pub)
    return readers_page(
        request, "public/sent.html", look_of(parts, publication, request), headers={"X-Robots-Tag": "noindex"}
    )


def _by_machine(told: Sentence, words: Language) -> Response:
    return PlainTextResponse(f"{words.say(told)}\n", headers=PRIVATE)


def _goodbye(request: Request, parts: Parts, token: str, standing: ReaderStanding) -> Response:
    brand = look_of(parts, standing.publication, request)
    agreed = wording.to_subscribe(standing.publication, wording.shown_in(standing.publication, brand.language))
    return readers_page(
        request, "public/unsubscribed.html", brand, headers=PRIVATE, token=token, standing=standing, wording=agreed
    )


def _ask(request: Request, parts: Parts, publication: Publication, asked: Asked) -> None:
    words = wording.shown_in(publication, asked.language)
    is_offered = words.tag in publication.further_languages
    place, source = "form", source_word(asked.source, "")
    form = asking.SignUpForm(
        asked.token,
        wording.to_subscribe(publication, words),
        place=f"{place}:{source}" if source else place,
        language=words.tag if is_offered else "",
        told=asked.told,
    )
    ip = client_address(request)
    parts.asking.ask(publication.id, form, address=asked.address, name=asked.name, ip=ip)


def _corrected(blank: SubscribeForm, asked: Asked, error: NewsletterError, words: Language) -> SubscribeForm:
    """Return the form with what was typed and what is wrong with it."""
    told, faults = asked.told, error.faults if isinstance(error, ToldFieldsError) else {}
    fields = (
        replace(
            each,
            value=told.get(each.key, "")[:MOST_VALUE_CHARS],
            error=words.say(faults[each.key]) if each.key in faults else "",
        )
        for each in blank.fields
    )
    typed = replace(blank, address=asked.address[:320], name=asked.name[:200], fields=tuple(fields))
    if faults:
        return typed
    if isinstance(error, TokenError):
        return replace(typed, error=words.say(_USED_FORM if isinstance(error, UsedFormError) else _STALE_FORM))
    trouble = trouble_of(error).said_in(words)
    return replace(typed, address_error=words.spoken.joined([trouble.what, trouble.remedy]))


def _form_page(
    request: Request, parts: Parts, publication: Publication, form: SubscribeForm, status: int = 200
) -> Response:
    headers = {"Cache-Control": "no-store"}  # the form's token counts time from now
    brand = look_of(parts, publication, request)
    return readers_page(request, "public/subscribe.html", brand, status=status, headers=headers, form=form)
