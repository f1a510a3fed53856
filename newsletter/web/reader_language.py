"""In which language a page speaks that belongs to no publication, or whose publication was not found by then."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request

from newsletter.errors import StoreError
from newsletter.issues.addressing import known_by
from newsletter.model import Publication
from newsletter.rendering.language import ENGLISH, Language, language_of, wished, wished_among

_NOT_FOR_READERS = ("/desk", "/inbox", "/hooks", "/metrics", "/healthz")


def is_for_readers(request: Request) -> bool:
    """Tell whether an address is one of readers: the desk, the inbox and what machines ask speak English."""
    path = request.scope["path"]
    return not any(path == place or path.startswith(f"{place}/") for place in _NOT_FOR_READERS)


def language_wished(request: Request) -> Language:
    """Return the language that the browser wishes, for an address of readers; else English. Asks nobody."""
    wishes = ",".join(request.headers.getlist("accept-language"))  # a list: RFC 9110 section 5.3
    return wished(wishes) if is_for_readers(request) else ENGLISH


def language_here(request: Request) -> Language:
    """Return the language of the publication that the address names; where it names none, the one that the browser wishes."""
    named = request.path_params.get("pub", "") if is_for_readers(request) else ""
    publication = _found(request, named) if named else None
    return language_of(publication.language) if publication else language_wished(request)


def tag_for(request: Request, publication: Publication) -> str:
    """Return that language of a publication which the browser wishes most; its own where it wishes none of them."""
    wishes = ",".join(request.headers.getlist("accept-language"))
    return wished_among(wishes, (publication.language, *publication.further_languages))


def language_among(request: Request, of: Iterable[Publication]) -> Language:
    """Return the language that all these publications share; where they share none, the one that the browser wishes."""
    tags = {publication.language for publication in of}
    return language_of(tags.pop()) if len(tags) == 1 else language_wished(request)


def _found(request: Request, slug: str) -> Publication | None:
    try:
        return known_by(request.app.state.parts.database, slug)[0]
    except StoreError:
        return None
