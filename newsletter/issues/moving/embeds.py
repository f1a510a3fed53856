"""Films, posts of others, cards and formulas that a product draws by script: what is left of each is a line that links to it, or its words."""

from __future__ import annotations

import re

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.issues.moving.link_lines import put_link, seen_at
from newsletter.issues.moving.substack_cards import address_in, attributes_of, by_attributes, card_words, put_file
from newsletter.rendering.sanitising import EMBEDDED

_ALONE = re.compile(r"https?://[^\s<>]{4,2000}")
"""The address of a page by itself, of which a product makes a card."""


def replace_embeds(root: HtmlElement) -> None:
    """Put links, words and pictures into the places of what a product's scripts would draw."""
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        classes = (element.get("class") or "").split()
        if element.tag in EMBEDDED:
            _frame(element)
        elif element.get("data-attrs"):
            by_attributes(element, classes)
        elif "file-embed-wrapper" in classes:
            put_file(element)
        elif "pullquote" in classes:
            element.tag = "blockquote"
        elif "kg-toggle-heading-text" in classes:
            element.tag = "strong"
        elif "kg-bookmark-card" in classes:
            _bookmark(element)
        elif element.tag == "p" and not len(element) and _ALONE.fullmatch((element.text or "").strip()):
            put_link(element, seen_at(element.text.strip()), "")
        elif {"kg-audio-card", "kg-video-card", "kg-file-card"} & set(classes):
            _file_card(element)


def _frame(element: HtmlElement) -> None:
    sources = [element.get("src"), element.get("data-src"), *(each.get("src") for each in element.iter("source"))]
    told = attributes_of(element)
    address = seen_at(address_in(told) or next((each for each in sources if each), ""))
    put_link(element, address, element.get("title") or card_words(told))


def _bookmark(element: HtmlElement) -> None:
    link = next((each for each in element.iter("a") if each.get("href")), None)
    title = _words_of(element, "kg-bookmark-title")
    rest = [_words_of(element, name) for name in ("kg-bookmark-description", "figcaption")]
    put_link(element, link.get("href") if link is not None else "", title, ": ".join(["", *filter(None, rest)]))


def _file_card(element: HtmlElement) -> None:
    sources = (each.get("src") or each.get("href") for each in element.iter("audio", "video", "a"))
    address = next((each for each in sources if each), "")
    title = next(
        filter(None, (_words_of(element, name) for name in ("kg-audio-title", "kg-file-card-title", "figcaption"))), ""
    )
    put_link(element, address, title)


def _words_of(element: HtmlElement, name: str) -> str:
    found = element.xpath(f".//*[contains(concat(' ', @class, ' '), ' {name} ')] | .//{name}")
    return " ".join(found[0].text_content().split()) if found else ""


def _has_words(element: HtmlElement) -> bool:
    return bool(element.text_content().strip()) or element.find(".//img") is not None
