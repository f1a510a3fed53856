"""Pages from templates: autoescaped, strict about unknown names, with dates in the publication's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from fastapi import Request
from fastapi.responses import HTMLResponse

from newsletter import __version__, resources
from newsletter.archive.headlines import headline

STATIC = Path(__file__).parent / "static"
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


@cache
def environment() -> jinja2.Environment:
    """Return the environment of `templates/web/`."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.TEMPLATES / "web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        long_date=long_date, short_date=short_date, moment=moment, ago=ago, direction=direction, headline=headline
    )
    made.globals.update(static=static)
    return made


def render(name: str, **values: Any) -> str:
    """Return template `name` filled with `values`."""
    return environment().get_template(name).render(values)


def page(
    request: Request, name: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """Return template `name` as a response; templates also see `request` and `base_url`."""
    base_url = request.app.state.parts.settings.base_url
    return HTMLResponse(render(name, request=request, base_url=base_url, **values), status, headers)


def static(path: str) -> str:
    """Return the address of a static file, with its content's hash so that it may be cached for ever."""
    file = STATIC / path
    try:
        return f"/static/{path}?v={_content_hash(file, file.stat().st_mtime_ns)}"
    except FileNotFoundError:
        return f"/static/{path}"


@lru_cache(maxsize=64)
def _content_hash(file: Path, changed: int) -> str:  # noqa: ARG001 - part of the cache's key
    return sha256(file.read_bytes()).hexdigest()[:10]


@cache
def look() -> str:
    """Return a word that changes when templates or style sheets do: part of every page's ETag."""
    seen = sha256(__version__.encode())
    templates = [*(resources.TEMPLATES / "web").rglob("*.html"), *(resources.TEMPLATES / "issue").glob("web_*")]
    for file in sorted([*templates, *STATIC.glob("*.css")]):
        seen.update(file.read_bytes())
    return seen.hexdigest()[:12]


def long_date(day: date, language: str = "en") -> str:
    """Return such as "Saturday, May 9, 2026", in `language` (BCP 47)."""
    return format_date(day, "full", locale=_locale(language))


def short_date(day: date, language: str = "en") -> str:
    """Return such as "May 9, 2026", in `language`."""
    return format_date(day, "medium", locale=_locale(language))


def moment(at: datetime, language: str = "en", zone: tzinfo | None = None) -> str:
    """Return such as "May 9, 2026, 8:00 AM", in `language`, in UTC unless `zone` says otherwise."""
    return format_datetime(at, "medium", tzinfo=zone, locale=_locale(language))


def ago(at: datetime, now: datetime, language: str = "en") -> str:
    """Return such as "3 hours ago", in `language`; "just now" for less than a minute."""
    if (now - at).total_seconds() < 60:
        return "just now"
    return format_timedelta(at - now, add_direction=True, locale=_locale(language))


def direction(language: str) -> str:
    """Return "rtl" for a language written from right to left, else "ltr"."""
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
