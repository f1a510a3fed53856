"""Films, posts of others, cards and formulas that a product draws by script: what is left of each is a line that links to it, or its words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.rendering.sanitising import EMBEDDED

FORMULA = "formula"
"""Class of an element that holds LaTeX."""
_YOUTUBE = re.compile(r"(?:youtube(?:-nocookie)?\.com/(?:embed|shorts|v)/|youtu\.be/)([\w-]{6,20})")
_VIMEO = re.compile(r"player\.vimeo\.com/video/(\d{4,15})")
_MOST_JSON = 100_000


def replace_embeds(root: HtmlElement) -> None:
    """Put links, words and pictures into the places of what a product's scripts would draw."""
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        classes = (element.get("class") or "").split()
        if element.tag in EMBEDDED:
            _frame(element)
        elif element.get("data-attrs"):
            _by_attributes(element, classes)
        elif "kg-bookmark-card" in classes:
            _bookmark(element)
        elif {"kg-audio-card", "kg-video-card", "kg-file-card"} & set(classes):
            _file_card(element)


def _frame(element: HtmlElement) -> None:
    sources = [element.get("src"), element.get("data-src"), *(each.get("src") for each in element.iter("source"))]
    address = seen_at(next((each for each in sources if each), ""))
    _put_link(element, address, element.get("title") or "")


def seen_at(address: str) -> str:
    """Return where a person sees what a frame shows: the page of the film, not the player."""
    address = f"https:{address}" if address.startswith("//") else address
    if found := _YOUTUBE.search(address):
        return f"https://www.youtube.com/watch?v={found[1]}"
    if found := _VIMEO.search(address):
        return f"https://vimeo.com/{found[1]}"
    return address if address.startswith(("https://", "http://")) else ""


def _by_attributes(element: HtmlElement, classes: list[str]) -> None:
    """Read what Substack keeps in `data-attrs`."""
    told = _json(element.get("data-attrs") or "")
    formula = told.get("persistentExpression")
    if isinstance(formula, str) and formula.strip():
        _put_formula(element, formula)
    elif "youtube-wrap" in classes and (video := told.get("videoId")):
        _put_link(element, f"https://www.youtube.com/watch?v={quote(str(video))}", "")
    elif "vimeo-wrap" in classes and (video := told.get("videoId")):
        _put_link(element, f"https://vimeo.com/{quote(str(video))}", "")
    elif isinstance(told.get("gallery"), dict):
        _put_gallery(element, told["gallery"])
    elif element.tag == "div" and isinstance(told.get("url"), str) and not _has_words(element):
        _put_link(element, told["url"], _card_words(told))
    elif element.tag == "div" and isinstance(told.get("url"), str) and {"tweet", "embedded-post-wrap"} & set(classes):
        _put_link(element, told["url"], _card_words(told) or " ".join(element.text_content().split()))


def _json(text: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text) if len(text) <= _MOST_JSON else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _card_words(told: Mapping[str, Any]) -> str:
    said = [told.get(name) for name in ("full_text", "title", "description", "caption", "name")]
    words = next((" ".join(each.split()) for each in said if isinstance(each, str) and each.strip()), "")
    who = told.get("username") or told.get("author")
    return f"{words} (@{who})" if words and isinstance(who, str) and who else words


def _bookmark(element: HtmlElement) -> None:
    link = next((each for each in element.iter("a") if each.get("href")), None)
    title = _words_of(element, "kg-bookmark-title")
    rest = [_words_of(element, name) for name in ("kg-bookmark-description", "figcaption")]
    _put_link(element, link.get("href") if link is not None else "", title, ": ".join(["", *filter(None, rest)]))


def _file_card(element: HtmlElement) -> None:
    sources = (each.get("src") or each.get("href") for each in element.iter("audio", "video", "a"))
    address = next((each for each in sources if each), "")
    title = next(
        filter(None, (_words_of(element, name) for name in ("kg-audio-title", "kg-file-card-title", "figcaption"))), ""
    )
    _put_link(element, address, title)


def _words_of(element: HtmlElement, name: str) -> str:
    found = element.xpath(f".//*[contains(concat(' ', @class, ' '), ' {name} ')] | .//{name}")
    return " ".join(found[0].text_content().split()) if found else ""


def _has_words(element: HtmlElement) -> bool:
    return bool(element.text_content().strip()) or element.find(".//img") is not None


def _put_link(element: HtmlElement, address: str, words: str, behind: str = "") -> None:
    """Put a paragraph with a link in the place of an element; its words alone where nothing is to be seen."""
    if not address and not words:
        element.drop_tree()
        return
    link = element.makeelement("a", {"href": address})
    link.text = words.strip() or _shown(address)
    link.tail = behind
    _refill(element, "p", link)


def _shown(address: str) -> str:
    parts = urlsplit(address)
    return unquote(f"{parts.netloc.removeprefix('www.')}{parts.path}{'?' + parts.query if parts.query else ''}")


def _put_formula(element: HtmlElement, formula: str) -> None:
    held = element.makeelement("span", {"class": FORMULA})
    held.text = " ".join(formula.split())
    _refill(element, "p", held)


def _put_gallery(element: HtmlElement, gallery: Mapping[str, Any]) -> None:
    images = gallery.get("images") or ()
    found = [
        element.makeelement("img", {"src": each["src"], "alt": str(each.get("alt") or "")})
        for each in images
        if isinstance(each, dict) and isinstance(each.get("src"), str)
    ]
    caption = element.makeelement("figcaption")
    caption.text = str(gallery.get("caption") or "")
    _refill(element, "figure", *found, *([caption] if caption.text.strip() else []))


def _refill(element: HtmlElement, tag: str, *children: HtmlElement) -> None:
    tail = element.tail
    for name in list(element.attrib):
        del element.attrib[name]
    for child in list(element):
        element.remove(child)
    element.text, element.tail, element.tag = None, tail, tag
    element.extend(children)
