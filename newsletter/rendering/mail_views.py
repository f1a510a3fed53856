"""A finished mail as programs show it that do something to it: in the dark, without images, without its style sheets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

_DARK = re.compile(r"\(prefers-color-scheme: ?dark\)")
_SCHEMES = re.compile(r'(<meta name="(?:supported-)?color-schemes?" content=")light dark"')
_ROOT = re.compile(r"color-scheme: ?light dark")
_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_SOURCE = re.compile(r' (?:src|srcset)="[^"<>]*"', re.IGNORECASE)
_SHEET = re.compile(r"<style\b[^<>]*>[^<]*</style>", re.IGNORECASE)


def in_the_dark(html: str) -> str:
    """Return a mail as a program in dark mode shows it that heeds the mail's own dark colours (Media Queries 5, section 12.5)."""
    return _ROOT.sub("color-scheme:dark", _SCHEMES.sub(r'\1dark"', _DARK.sub("(min-width:0)", html)))


def without_images(html: str) -> str:
    """Return a mail whose images are not loaded: their words stand there."""
    return _IMAGE.sub(lambda found: _SOURCE.sub("", found[0]), html)


def without_style_sheets(html: str) -> str:
    """Return a mail as programs show it that take its style sheets out, and leave the styles of single elements."""
    return _SHEET.sub("", html)


VIEWS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"email": str, "phone": str, "dark": in_the_dark, "no-images": without_images, "no-styles": without_style_sheets}
)
"""Each way to look at a mail, by its name in addresses."""
