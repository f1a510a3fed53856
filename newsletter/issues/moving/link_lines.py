"""What stands in the place of what a product draws by script: a line that links to it, a formula, or pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement  # type: ignore[import-untyped]

FORMULA = "formula"
"""Class of an element that holds LaTeX."""
_YOUTUBE = re.compile(r"(?:youtube(?:-nocookie)?\.com/(?:embed|shorts|v)/|youtu\.be/)([\w-]{6,20})")
_VIMEO = re.compile(r"player\.vimeo\.com/video/(\d{4,15})")


def seen_at(address: str) -> str:
    """Return where a person sees what a frame shows: the page of the film, not the player."""
    address = f"https:{address}" if address.startswith("//") else address
    if found := _YOUTUBE.search(address):
        return f"https://www.youtube.com/watch?v={found[1]}"
    if found := _VIMEO.search(address):
        return f"https://vimeo.com/{found[1]}"
    return address if address.startswith(("https://", "http://")) else ""


def put_link(element: HtmlElement, address: str, words: str, behind: str = "") -> None:
    """Put a paragraph with a link in the place of an element; its words alone where nothing is to be seen."""
    if not address and not words:
        element.drop_tree()
        return
    link = element.makeelement("a", {"href": address})
    link.text = words.strip() or _shown(address)
    link.tail = behind
    refill(element, "p", link)


def _shown(address: str) -> str:
    parts = urlsplit(address)
    return unquote(f"{parts.netloc.removeprefix('www.')}{parts.path}{'?' + parts.query if parts.query else ''}")


def put_formula(element: HtmlElement, formula: str) -> None:
    """Put a paragraph of LaTeX in the place of an element."""
    held = element.makeelement("span", {"class": FORMULA})
    held.text = " ".join(formula.split())
    refill(element, "p", held)


def put_gallery(element: HtmlElement, gallery: Mapping[str, Any]) -> None:
    """Put pictures with the words below them in the place of an element."""
    images = gallery.get("images") or ()
    found = [
        element.makeelement("img", {"src": each["src"], "alt": str(each.get("alt") or "")})
        for each in images
        if isinstance(each, dict) and isinstance(each.get("src"), str)
    ]
    caption = element.makeelement("figcaption")
    caption.text = str(gallery.get("caption") or "")
    refill(element, "figure", *found, *([caption] if caption.text.strip() else []))


def refill(element: HtmlElement, tag: str, *children: HtmlElement) -> None:
    """Make an element another one, with other children, where it stands."""
    tail = element.tail
    for name in list(element.attrib):
        del element.attrib[name]
    for child in list(element):
        element.remove(child)
    element.text, element.tail, element.tag = None, tail, tag
    element.extend(children)
