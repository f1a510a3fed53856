"""What Substack keeps of films, posts, people and buttons in `data-attrs`, from which its scripts draw them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.issues.moving.link_lines import put_formula, put_gallery, put_link, refill
from newsletter.issues.moving.rubble import SERVICE_WORDS

_MOST_JSON = 100_000
_SERVICE_PATHS = ("/subscribe", "/comments", "/leaderboard", "/chat", "/survey", "/referrals")
_WORDS_OF_SPANS = ("name", "symbol")
"""Of a person and of a share, which stand within a sentence."""


def by_attributes(element: HtmlElement, classes: list[str]) -> None:
    """Put in the place of an element what its attributes tell of it."""
    told = attributes_of(element)
    formula, video = told.get("persistentExpression"), str(told.get("videoId") or "")
    if isinstance(formula, str) and formula.strip():
        put_formula(element, formula)
    elif "youtube-wrap" in classes and video:
        put_link(element, f"https://www.youtube.com/watch?v={quote(video)}", "")
    elif "vimeo-wrap" in classes and video:
        put_link(element, f"https://vimeo.com/{quote(video)}", "")
    elif isinstance(told.get("gallery"), dict):
        put_gallery(element, told["gallery"])
    elif element.tag == "span":
        _put_words(element, told)
    elif "button-wrapper" in classes:
        _put_button(element, told)
    elif element.tag == "div":
        _put_card(element, classes, told)


def attributes_of(element: HtmlElement) -> Mapping[str, Any]:
    """Return what an element tells in `data-attrs`; nothing where it has none, or what is none."""
    text = element.get("data-attrs") or ""
    try:
        told = json.loads(text) if text and len(text) <= _MOST_JSON else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def address_in(told: Mapping[str, Any]) -> str:
    """Return where what is told of is to be seen."""
    instagram, note = told.get("instagram_id"), told.get("commentId")
    if isinstance(instagram, str) and instagram:
        return f"https://www.instagram.com/p/{quote(instagram)}/"
    if isinstance(note, int):
        return f"https://substack.com/note/c-{note}"
    return next((each for name in ("url", "canonical_url") if isinstance(each := told.get(name), str) and each), "")


def card_words(told: Mapping[str, Any]) -> str:
    """Return the words of a card, and whose they are."""
    comment = told.get("comment")
    about = (
        {**told, "full_text": comment.get("body"), "author": comment.get("name")} if isinstance(comment, dict) else told
    )
    said = [about.get(name) for name in ("full_text", "title", "description", "caption", "name")]
    words = next((" ".join(each.split()) for each in said if isinstance(each, str) and each.strip()), "")
    who = about.get("username") or about.get("author")
    return f"{words} (@{who})" if words and isinstance(who, str) and who else words


def put_file(element: HtmlElement) -> None:
    """Put one line in the place of a file that is to be fetched, of which a picture, its size and two buttons are drawn."""
    title = str(element.xpath("string(.//*[contains(@class, 'file-embed-details-h1')])")).strip()
    link = next((each for each in element.iter("a") if each.get("href")), None)
    put_link(element, link.get("href") if link is not None else "", title)


def _put_card(element: HtmlElement, classes: list[str], told: Mapping[str, Any]) -> None:
    address, words = address_in(told), card_words(told)
    drawn = element.text_content().strip() or element.find(".//img") is not None
    if address and (not drawn or told.get("instagram_id")):
        put_link(element, address, words)
    elif address and {"tweet", "embedded-post-wrap", "digest-post-embed"} & set(classes):
        put_link(element, address, words or " ".join(element.text_content().split()))


def _put_words(element: HtmlElement, told: Mapping[str, Any]) -> None:
    said = [told.get(name) for name in _WORDS_OF_SPANS]
    words: str = next(filter(None, (each for each in said if isinstance(each, str))), "")
    if words and not element.text_content().strip():
        refill(element, "span")
        element.text = words


def _put_button(element: HtmlElement, told: Mapping[str, Any]) -> None:
    """Keep a button of the writer's own as a line that links; one that subscribes, shares or comments goes."""
    words = " ".join(element.text_content().split()) or str(told.get("text") or "")
    address = address_in(told) or next((each.get("href") for each in element.iter("a") if each.get("href")), "")
    parts = urlsplit(address) if address.isprintable() and "[" not in address else urlsplit("")
    is_service = parts.path.endswith(_SERVICE_PATHS) or "action=" in parts.query or "gift=true" in parts.query
    if is_service or not parts.netloc or words.casefold().strip(" .!→>") in SERVICE_WORDS or told.get("action"):
        element.drop_tree()
    else:
        put_link(element, address, words)
