"""What a publication may choose for its look: each checked before it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from newsletter.errors import InputError
from newsletter.model.brand import FontChoice, SocialLink
from newsletter.model.images import EXTENSIONS, Image, address_of, digest_in
from newsletter.rendering.markdown import losses, to_html

LINES = {"tagline": 200, "sponsor_label": 80}
"""Fields of one line, which may be empty, with their most characters."""
MOST_FOOTER_CHARS = 2000
MOST_SOCIAL_LINKS = 8
MOST_SOCIAL_NAME_CHARS = 40
MOST_ADDRESS_CHARS = 500
LOGO_WIDTH, LOGO_HEIGHT = 240, 48
"""px at most of a logo as it is shown."""


def check_look(values: dict[str, Any]) -> None:
    """Raise InputError, naming the field, for a tagline, footer, font, social link or sponsor's label that will not do."""
    for field, most in LINES.items():
        if field in values:
            _check_line(field.replace("_", " "), values[field], most)
    if "footer" in values:
        _check_footer(values["footer"])
    if "font" in values and values["font"] not in list(FontChoice):
        raise InputError(f"{values['font']!r} is no choice", where="font", remedy=f"there are {', '.join(FontChoice)}")
    if "social" in values:
        _check_social(values["social"])
    if values.get("logo"):
        _check_logo(values["logo"])


def logo_of(light: str, size: tuple[int, int], dark: str = "") -> dict[str, Any]:
    """Return a logo as it is kept: addresses of images of the service, shown as large as the masthead has room for."""
    width, height = size
    scale = min(1.0, LOGO_WIDTH / width, LOGO_HEIGHT / height)
    shown = {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
    return {"url": light, "dark_url": dark, **shown}


def logo_of_images(light: Image, dark: Image | None = None) -> dict[str, Any]:
    """Return the logo that images of the publication make, as it is kept."""
    addresses = [address_of(each.digest, EXTENSIONS[each.media_type]) for each in (light, dark) if each is not None]
    return logo_of(addresses[0], (light.width, light.height), *addresses[1:])


def read_social(written: Sequence[str]) -> tuple[SocialLink, ...]:
    """Return social links of lines such as `Mastodon=https://example.social/@daily`. Raises InputError."""
    links = []
    for line in written:
        name, equals, url = line.partition("=")
        if not equals:
            raise InputError(
                f"{line[:60]!r} names no address",
                where="social",
                remedy="write it like Mastodon=https://example.social/@daily",
            )
        links.append(SocialLink(name.strip(), url.strip()))
    return tuple(links)


def _check_line(where: str, value: str, most: int) -> None:
    if len(value) > most or not value.isprintable():
        raise InputError(f"it must be one line of at most {most} characters", where=where, remedy="shorten it")


def _check_footer(text: str) -> None:
    if len(text) > MOST_FOOTER_CHARS:
        raise InputError(
            f"the footer is longer than {MOST_FOOTER_CHARS:,} characters", where="footer", remedy="shorten it"
        )
    html = to_html(text, where="footer")
    if text.strip() and (html.count("<p>") != 1 or not html.startswith("<p>") or not html.endswith("</p>")):
        raise InputError("the footer is more than one paragraph", where="footer", remedy="write it without empty lines")
    if lost := losses(text):
        raise InputError(
            f"{lost[0].what} would not reach readers", where="footer", remedy="write links with https:// and no HTML"
        )


def _check_logo(logo: dict[str, Any]) -> None:
    for address in filter(None, (logo["url"], logo["dark_url"])):
        if digest_in(address) is None:
            what = f"{address[:80]!r} is no image of this service"
            raise InputError(what, where="logo", remedy="`newsletter publication change SLUG --logo FILE` keeps one")


def _check_social(links: Sequence[dict[str, str]]) -> None:
    if len(links) > MOST_SOCIAL_LINKS:
        raise InputError(f"there are more than {MOST_SOCIAL_LINKS} links", where="social", remedy="keep the best")
    names = [link["name"].casefold() for link in links]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"{repeated!r} stands there twice", where="social", remedy="give each link its own name")
    for link in links:
        if not link["name"] or len(link["name"]) > MOST_SOCIAL_NAME_CHARS or not link["name"].isprintable():
            raise InputError(
                f"a name must be one line of 1 to {MOST_SOCIAL_NAME_CHARS} characters",
                where="social",
                remedy="shorten it",
            )
        if not _leads_somewhere(link["url"]):
            raise InputError(
                f"{link['url'][:80]!r} is no address on https", where="social", remedy="write it whole, with https://"
            )


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and len(url) <= MOST_ADDRESS_CHARS and _is_plain(url)
    except ValueError:
        return False


def _is_plain(url: str) -> bool:
    return url.isprintable() and not any(sign in url for sign in ' "<>\\')
