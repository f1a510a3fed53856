"""Which address of a picture is the picture: the widest that is offered, without the service that makes it small."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

from lxml.html import HtmlElement  # type: ignore[import-untyped]

_ORDERS = ("/image/fetch/", "/image/upload/")
"""Substack's and Cloudinary's: the address of the picture stands behind their orders, encoded."""
_MOST_ORDERS = 300
_BEGINS = re.compile(r"https?(?:%3A%2F%2F|://)")
_RESIZED = re.compile(r"(/cdn-cgi/image/[^/]{1,200}/)")
_GHOST_SIZE = re.compile(r"/content/images/size/w\d{1,5}(?:h\d{1,5})?/(?:format/\w{1,5}/)?")
_WIDTH = re.compile(r"\s(\d{1,5})w\Z")
_MOST = 4_000


def picture_of(image: HtmlElement) -> str:
    """Return the address of a picture as it was put there, as wide as it is to be had."""
    told = _told(image.get("data-attrs") or "")
    offered = told or _widest(image) or image.get("src") or image.get("data-src") or ""
    return unwrapped(offered.strip()[:_MOST])


def unwrapped(address: str) -> str:
    """Return an address without the services that are put before it."""
    address = f"https:{address}" if address.startswith("//") else address
    for _ in range(3):
        within = _behind_orders(address)
        if not within:
            break
        address = unquote(within) if "%3A" in within[:12] else within
    address = _RESIZED.sub("/", address)
    return _GHOST_SIZE.sub("/content/images/", address)


def _behind_orders(address: str) -> str:
    for word in _ORDERS:
        _, _, behind = address.partition(word)
        found = _BEGINS.search(behind[: _MOST_ORDERS + len("https%3A%2F%2F")])
        if found is not None and len(behind.split()) == 1:
            return behind[found.start() :]
    return ""


def _told(text: str) -> str:
    try:
        told = json.loads(text) if 0 < len(text) <= 100_000 else {}
    except (ValueError, RecursionError):
        return ""
    source = told.get("src") if isinstance(told, dict) else ""
    return source if isinstance(source, str) and source.startswith(("https://", "http://")) else ""


def _widest(image: HtmlElement) -> str:
    """Return the widest picture of `srcset`, where it is wider than what `src` shows by its name."""
    offered = [each.strip() for each in (image.get("srcset") or "")[: 4 * _MOST].split(", ")]
    candidates = [(int(found[1]), each[: found.start()].rstrip()) for each in offered if (found := _WIDTH.search(each))]
    widest = max(candidates, default=(0, ""))
    shown = image.get("src") or ""
    width = image.get("width") or ""
    return widest[1] if not shown or (width.isdecimal() and widest[0] > int(width)) else shown
