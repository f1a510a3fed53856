"""What a source may be: each field checked before it is kept, with words that say how to mend it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult

from newsletter.errors import InputError
from newsletter.model.sources import SourceKind
from newsletter.model.texts import LINE
from newsletter.networks import url_parts
from newsletter.sources.mapped_kinds import mistakes

MOST_ADDRESS_CHARS = 2048
MOST_NAME_CHARS = 200
MOST_WISHES, MOST_WISH_CHARS = 50, 80
MOST_MAPPING_CHARS = 50_000
LEAST_MINUTES = 15
"""Nobody is asked more often than so: feeds change seldom, and their servers are small."""
BOUNDS = {"weight": (0, 10), "most": (1, 500), "keep_days": (1, 365)}
"""Numbers of a source, with the least and the most of each."""
MOST_MINUTES = 7 * 24 * 60
SECRET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")
_NOT_SENT = frozenset({"host", "cookie", "connection", "content-length", "transfer-encoding", "accept-encoding"})
"""Headers that say how we ask, and none that name a reader."""
_PATH_CHARS = re.compile(r"[\x00-\x20\x7f<>\"\\^`{|}]")


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a source as they are kept. `values` holds all of them. Raises InputError that names the field."""
    found = {**values, "kind": _kind(values["kind"])}
    found["address"] = checked_address(values["address"].strip(), found["kind"], plain_http=values["plain_http"])
    found["name"] = _name(values["name"] or name_of(found["address"]))
    _check_numbers(found)
    found |= _secret_header(values["header"].strip(), values["secret"].strip(), found["address"])
    found["wished"] = _wishes(values["wished"])
    found["mapping"] = _mapping(values["mapping"], found["kind"])
    return found


def kind_by_address(address: str, *, is_mapped: bool = False) -> SourceKind:
    """Return the kind of source that usually stands at an address: a feed, where nothing says otherwise, and a board where it has a mapping."""
    parts = url_parts(address)
    host, path = ((parts.hostname or "").lower(), parts.path) if parts is not None else ("", "")
    if host == "arxiv.org" or host.endswith(".arxiv.org"):
        return SourceKind.ARXIV
    if host == "huggingface.co" and path.startswith("/api/daily_papers"):
        return SourceKind.HF_PAPERS
    if host in ("hn.algolia.com", "hacker-news.firebaseio.com"):
        return SourceKind.HACKER_NEWS
    if host == "api.github.com":
        return SourceKind.GITHUB
    return SourceKind.TABLE if is_mapped or path.lower().endswith(".csv") else SourceKind.FEED


def checked_address(address: str, kind: SourceKind, *, plain_http: bool) -> str:
    """Return an address that may be asked; an empty one is a table that an editor uploads. Raises InputError."""
    if not address and kind is SourceKind.TABLE:
        return ""
    parts = url_parts(address)
    if parts is None or not parts.hostname or len(address) > MOST_ADDRESS_CHARS or _PATH_CHARS.search(address):
        raise InputError(
            f"{address[:80]!r} is no address that can be asked",
            where="address",
            remedy="write all of it, such as https://example.org/feed.xml",
        )
    _check_scheme(parts, plain_http=plain_http)
    if parts.username is not None or parts.password is not None:
        raise InputError(
            "a name or a password stands in the address",
            where="address",
            remedy="leave it out; a key goes into a header, and lies in the file of a secret",
        )
    return address


def _check_scheme(parts: SplitResult, *, plain_http: bool) -> None:
    if parts.scheme == "http" and not plain_http:
        raise InputError(
            "what comes by http: may be changed on its way",
            where="address",
            remedy="try https://, or let it be asked by plain http (--plain-http) where the server has nothing better",
        )
    if parts.scheme not in ("http", "https"):
        hint = " (feed: stands for https:)" if parts.scheme == "feed" else ""
        raise InputError(
            f"{parts.scheme[:20]!r} addresses are not asked{hint}", where="address", remedy="begin it with https://"
        )


def name_of(address: str) -> str:
    """Return how a source is called that nobody named: by its host."""
    parts = url_parts(address)
    host = (parts.hostname or "") if parts is not None else ""
    return host.removeprefix("www.")[:MOST_NAME_CHARS]


def _kind(word: str) -> SourceKind:
    try:
        return SourceKind(word)
    except ValueError:
        raise InputError(
            f"{word[:40]!r} is no kind of source", where="kind", remedy=f"there are: {', '.join(SourceKind)}"
        ) from None


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InputError(
            "neither an address nor a name is given",
            where="name",
            remedy="write where it is asked; a table that you upload needs a name alone",
        )
    if len(name) > MOST_NAME_CHARS or not re.fullmatch(LINE, name):
        raise InputError(
            f"a source has a name of one line and up to {MOST_NAME_CHARS} characters",
            where="name",
            remedy="give it another",
        )
    return name


def _check_numbers(values: Mapping[str, Any]) -> None:
    for field, (least, most) in BOUNDS.items():
        if not least <= values[field] <= most:
            raise InputError(
                f"{values[field]} is too little or too much",
                where=field.replace("_", " "),
                remedy=f"it may be {least} to {most}",
            )
    minutes = values["every_minutes"]
    if minutes and not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise InputError(
            f"a source cannot be asked every {minutes} minutes",
            where="every minutes",
            remedy=f"it may be {LEAST_MINUTES} to {MOST_MINUTES}, or 0: at the publication's hour",
        )


def _secret_header(header: str, secret: str, address: str) -> dict[str, str]:
    if not header and not secret:
        return {"header": "", "secret": ""}
    if not header or not secret:
        raise InputError(
            "a header and the name of its secret go together",
            where="header" if secret else "secret",
            remedy="name both, such as the header x-api-key and the secret example",
        )
    if not _HEADER.fullmatch(header) or header.lower() in _NOT_SENT:
        raise InputError(f"{header[:40]!r} is no header that may be set", where="header", remedy="such as x-api-key")
    if not SECRET_NAME.fullmatch(secret):
        raise InputError(
            "a secret is named here, and never written",
            where="secret",
            remedy="give the name of its file: a-z, 0-9, dots and hyphens (docs/sources.md)",
        )
    if address.startswith("http:"):
        raise InputError("a secret does not go by http:", where="secret", remedy="ask by https://")
    return {"header": header, "secret": secret}


def _wishes(words: Any) -> list[str]:
    wished = list(dict.fromkeys(" ".join(str(word).split()) for word in words if str(word).strip()))
    if len(wished) > MOST_WISHES or any(len(word) > MOST_WISH_CHARS or not re.fullmatch(LINE, word) for word in wished):
        raise InputError(
            f"there may be {MOST_WISHES} wished words of {MOST_WISH_CHARS} characters",
            where="wished",
            remedy="name categories or topics, such as cs.CL",
        )
    return wished


def _mapping(mapping: Any, kind: SourceKind) -> dict[str, Any] | None:
    if not mapping:
        return None
    if not isinstance(mapping, dict) or len(str(mapping)) > MOST_MAPPING_CHARS:
        raise InputError("a mapping is a JSON object", where="mapping", remedy="see docs/sources.md")
    if kind is SourceKind.TABLE:
        from newsletter.sources.mapping import as_mapping  # late: its libraries are for few

        as_mapping(mapping)
    if mistake := next(mistakes(kind, mapping), None):
        raise InputError(mistake.what, where=mistake.where, remedy=mistake.remedy)
    return mapping
