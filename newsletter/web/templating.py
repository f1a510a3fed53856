"""Pages from templates: autoescaped, strict about unknown names, in the language they are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from newsletter import __version__, resources
from newsletter.errors import InputError
from newsletter.model.brand import Brand
from newsletter.rendering.furniture.bylines import byline
from newsletter.rendering.headlines import headline
from newsletter.rendering.language import ENGLISH, Language, language_of
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_inline_html
from newsletter.rendering.speaking import speak
from newsletter.wall_clock import place_of
from newsletter.zones import zone

STATIC = Path(__file__).parent / "static"
_CODE = re.compile(r"`([^`<>\n]{1,200})`")


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
        long_date=long_date,
        short_date=short_date,
        moment=moment,
        told_in=told_in,
        ago=ago,
        byline=byline,
        direction=direction,
        headline=headline,
        softened=soften_line,
        inline_markdown=inline_markdown,
        begun=begun,
    )
    made.globals.update(static=static)
    speak(made)
    return made


def render(name: str, *, words: Language = ENGLISH, **values: Any) -> str:
    """Return template `name` filled with `values`, its own sentences in the language `words`: English at the desk."""
    return environment().get_template(name).render(words=words.spoken, **values)


def page(
    request: Request,
    name: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    words: Language = ENGLISH,
    **values: Any,
) -> HTMLResponse:
    """Return template `name` as a response; templates also see `request` and `base_url`."""
    base_url = request.app.state.parts.settings.base_url
    return HTMLResponse(render(name, words=words, request=request, base_url=base_url, **values), status, headers)


def readers_page(
    request: Request,
    name: str,
    brand: Brand,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return a page of a publication for its readers, in its language."""
    words = language_of(brand.language)
    return page(request, name, status=status, headers=headers, words=words, brand=brand, **values)


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
    """Return a word that changes when templates, style sheets or catalogues do: part of every page's ETag."""
    seen = sha256(__version__.encode())
    templates = [*(resources.TEMPLATES / "web").rglob("*.html"), *(resources.TEMPLATES / "issue").rglob("web_*")]
    catalogues = resources.LOCALE.rglob("*.po")
    for file in sorted([*templates, *STATIC.glob("*.css"), *catalogues]):
        seen.update(file.read_bytes())
    return seen.hexdigest()[:12]


def long_date(day: date, language: str = "en") -> str:
    """Return such as "Saturday, May 9, 2026", in `language` (BCP 47)."""
    return language_of(language).full_date(day)


def short_date(day: date, language: str = "en") -> str:
    """Return such as "May 9, 2026", in `language`."""
    return language_of(language).short_date(day)


def moment(at: datetime, language: str = "en", zone: tzinfo | None = None) -> str:
    """Return such as "May 9, 2026, 8:00 AM", in `language`, in UTC unless `zone` says otherwise."""
    return language_of(language).moment(at, zone)


def told_in(at: datetime | str, zone_name: str) -> str:
    """Return such as "Sat 9 May 2026, 08:00 Vienna", in a zone, for the desk; in UTC where there is none that this machine knows.

    `at` is a moment, or one as ISO 8601 has it.
    """
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    try:
        there, place = at.astimezone(zone(zone_name or "UTC")), place_of(zone_name or "UTC")
    except InputError:
        there, place = at.astimezone(UTC), "UTC"
    return f"{there:%a} {there.day} {there:%b} {there.year}, {there:%H:%M} {place}"


def ago(at: datetime, now: datetime) -> str:
    """Return such as "3 hours ago", for the desk; "just now" for less than a minute."""
    return "just now" if (now - at).total_seconds() < 60 else ENGLISH.ago(at, now)


def begun(text: str) -> Markup:
    """Return words of an error or a finding as they begin a sentence, with what stands between backticks set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text[:1].upper() + text[1:]))))  # noqa: S704 - escaped above


def inline_markdown(text: str) -> Markup:
    """Return one paragraph of a publication's own Markdown as clean HTML."""
    return to_inline_html(text, where="footer")


def direction(language: str) -> str:
    """Return "rtl" for a language written from right to left, else "ltr"."""
    return language_of(language).direction
