"""A finished mail as programs show it that do something to it: in the dark, without images, without its style sheets, without any style."""

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
_TAG = re.compile(r"<[a-z][^<>]*>", re.IGNORECASE)
_SIZES = ("width", "height")
_LOOKS = re.compile(
    r"""\s(style|class|bgcolor|background|color|face|size|align|valign|border|cellpadding|cellspacing|width|height|text|link|vlink|alink)"""
    r"""\s?=\s?(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)""",
    re.IGNORECASE,
)
"""Attributes that only say how something looks (HTML, 16.2 and 15.3)."""


def in_the_dark(html: str) -> str:
    """Return a mail as a program in dark mode shows it that heeds the mail's own dark colours (Media Queries 5, section 12.5)."""
    return _ROOT.sub("color-scheme:dark", _SCHEMES.sub(r'\1dark"', _DARK.sub("(min-width:0)", html)))


def without_images(html: str) -> str:
    """Return a mail whose images are not loaded: their words stand there."""
    return _IMAGE.sub(lambda found: _SOURCE.sub("", found[0]), html)


def without_style_sheets(html: str) -> str:
    """Return a mail as programs show it that take its style sheets out, and leave the styles of single elements."""
    return _SHEET.sub("", html)


def without_styles(html: str) -> str:
    """Return a mail as the poorest program shows it: no style sheet, no style of an element, no attribute that only says how it looks.

    Sizes of images stay, for they are of the image (HTML, 4.8.18); so does `hidden`. A program may leave out more: this shows no program in particular.
    """
    return _TAG.sub(_undressed, without_style_sheets(html))


def _undressed(tag: re.Match[str]) -> str:
    is_image = tag[0][:4].lower() == "<img"
    return _LOOKS.sub(lambda found: found[0] if is_image and found[1].lower() in _SIZES else "", tag[0])


VIEWS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "email": str,
        "phone": str,
        "dark": in_the_dark,
        "no-images": without_images,
        "no-styles": without_style_sheets,
        "bare": without_styles,
    }
)
"""Each way to look at a mail, by its name in addresses."""
