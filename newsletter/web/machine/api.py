"""The HTTP API: readers of a publication for programs that bear an API key (RFC 6750). What is sent and answered is JSON.

Every call is a POST, also one that only asks, so that no address of a person stands in an address or in a log (law 8).
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from newsletter.audience.field_values import MOST_VALUE_CHARS
from newsletter.audience.one_reader import AddedReader
from newsletter.audience.readers_api import KnownReader
from newsletter.errors import InputError
from newsletter.issues.addressing import publication_named
from newsletter.model.actor import Actor
from newsletter.networks import network_of
from newsletter.web.machine.hooks import Body
from newsletter.web.parts import PartsOf, bearer, client_address

router = APIRouter(prefix="/api/{publication}/readers")

_NO_STORE = {"Cache-Control": "no-store"}
_MOST = 100
Text = Annotated[str, Field(max_length=2_000)]
Values = Annotated[dict[Text, Annotated[str, Field(max_length=MOST_VALUE_CHARS)]], Field(max_length=_MOST)]
Tags = Annotated[list[Text], Field(max_length=_MOST)]


class Asked(BaseModel):
    """What a call says; a name that none of ours is, is a mistake and no wish."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Named(Asked):
    """A reader, by address."""

    address: Text


class Described(Named):
    """What is known of a reader: an empty text takes a value away, `tags` are all that the reader bears, and what is not said stays."""

    fields: Values = {}
    tags: Tags | None = None


class Proof(Asked):
    """How a reader agreed: to which sentence, when (`2026-05-09`) and how."""

    sentence: Text
    day: Text
    way: Text = "by another form"


class Added(Named):
    """A reader to add; unless `proven` says that you can prove the consent, one mail asks them."""

    consent: Proof
    name: Text = ""
    fields: Values = {}
    tags: Tags = []
    proven: bool = False


def who_asks(request: Request, parts: PartsOf) -> Actor:
    """Return who acts by the key that the request bears. Raises HTTPException 401."""
    actor = parts.accounts.api_keys.authenticate(bearer(request), network=network_of(client_address(request)))
    if actor is None:
        raise HTTPException(401, "An API key belongs here.", headers={"WWW-Authenticate": "Bearer"})
    return actor


def publication_meant(publication: str, parts: PartsOf, _: Annotated[Actor, Depends(who_asks)]) -> int:
    """Return the publication in the address, to whoever bears a key. Raises NotFoundError."""
    return publication_named(parts.database, publication).id


By = Annotated[Actor, Depends(who_asks)]
Home = Annotated[int, Depends(publication_meant)]
_A = TypeVar("_A", bound=Asked)


@router.post("/find")
def find(home: Home, by: By, parts: PartsOf, body: Body) -> Response:
    """Tell how a reader stands, and what is known of them."""
    return _told(parts.readers_api.find(home, _read(Named, body).address, by=by))


@router.post("")
def add(home: Home, by: By, parts: PartsOf, body: Body) -> Response:
    """Add a reader; say what became of them."""
    asked = _read(Added, body)
    proof = asked.consent
    wanted = AddedReader(asked.address, asked.name, proof.sentence, proof.day, proof.way, asked.proven)
    became = parts.readers_api.add(home, wanted, asked.fields, asked.tags, by=by)
    return JSONResponse({"became": became}, 201 if became in ("added", "asked", "waits") else 200, _NO_STORE)


@router.post("/describe")
def describe(home: Home, by: By, parts: PartsOf, body: Body) -> Response:
    """Note fields and tags of a reader."""
    asked = _read(Described, body)
    parts.readers_api.describe(home, asked.address, asked.fields, asked.tags, by=by)
    return JSONResponse({"became": "described"}, 200, _NO_STORE)


@router.post("/unsubscribe")
def unsubscribe(home: Home, by: By, parts: PartsOf, body: Body) -> Response:
    """Unsubscribe a reader."""
    parts.readers_api.unsubscribe(home, _read(Named, body).address, by=by)
    return JSONResponse({"became": "unsubscribed"}, 200, _NO_STORE)


def _read(kind: type[_A], body: bytes) -> _A:
    """Return what a body says. Raises InputError, by the name of what is wrong."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(each) for each in first["loc"])[:80] or "body"
        raise InputError(first["msg"][:200], where=where, remedy="see docs/api.md for what a call may say") from None


def _told(reader: KnownReader) -> Response:
    told = reader._asdict() | {
        "state": reader.state.value,
        "since": reader.since.isoformat(),
        "fields": dict(reader.fields),
    }
    return JSONResponse(told | {"tags": list(reader.tags)}, 200, _NO_STORE)
