"""The first sentences of an abstract, with their emphasis and links: what a mail shows where the whole stands on the web."""

from __future__ import annotations

import re

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html
from lxml.html import HtmlElement  # type: ignore[import-untyped]
from markupsafe import Markup

SENTENCES = 2
"""How many stay."""
_END = re.compile(r"[.!?…]['\"”’»)\]]{0,3}(?=\s|$)|[。！？؟۔।]['\"”’»)\]」』）]{0,3}")  # noqa: RUF001
_BEGINS_NOT = re.compile(r"\s*[a-zß-öø-ÿ,;:)\]–-]")  # noqa: RUF001
"""What follows a full stop that ends no sentence: a small letter, or a sign that goes on."""
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|al|cf|Co|Dr|Eq|Eqs|eq|etc|Fig|Figs|fig|Inc|No|Prof|Mr|Mrs|Ms|Sec|Sect|St|Tab|vs|resp|approx|bzw|Nr"
    r"|[A-Za-z]\.[A-Za-z])\.$"
)
_LOOKED_BACK = 12
"""Letters before a full stop that are looked at."""


def first_sentences(html: str, count: int = SENTENCES) -> Markup:
    """Return the first `count` sentences of clean HTML that begins with a paragraph; empty where nothing would be left out.

    Marks of footnotes go: the notes stand on the web.
    """
    if not html.lstrip().startswith("<p>"):
        return Markup()
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    paragraph = root[0]
    end = _end(paragraph.text_content(), count)
    if end is None:
        if len(root) == 1:
            return Markup()
    elif not _cut(paragraph, end) and len(root) == 1:
        return Markup()
    paragraph.tail = None
    for mark in paragraph.xpath('.//sup[@class="ref"]'):
        mark.drop_tree()
    return Markup(etree.tostring(paragraph, encoding="unicode", method="html"))  # noqa: S704 - a part of what is clean


def _end(text: str, count: int) -> int | None:
    """Where the sentence of this number ends, or None when there are fewer."""
    for found in _END.finditer(text):
        before = text[max(0, found.start() + 1 - _LOOKED_BACK) : found.start() + 1]
        if text[found.end() :].strip() and (_BEGINS_NOT.match(text, found.end()) or _ABBREVIATED.search(before)):
            continue
        count -= 1
        if not count:
            return found.end()
    return None


def _cut(paragraph: HtmlElement, end: int) -> bool:
    """Leave the first `end` characters of a paragraph; tell whether words or an image went."""
    left, gone, late = end, False, []
    for event, node in list(etree.iterwalk(paragraph, events=("start", "end"))):
        place = "text" if event == "start" else "tail"
        if node is paragraph and place == "tail":
            continue
        if event == "start" and node.tag == "img" and not left:
            late.append(node)
        words = getattr(node, place) or ""
        gone = gone or bool(words[left:].strip())
        setattr(node, place, words[:left])
        left = max(0, left - len(words))
    for image in late:
        image.drop_tree()
    for empty in [each for each in paragraph.iterdescendants() if _says_nothing(each)]:
        empty.drop_tree()
    return gone or bool(late)


def _says_nothing(element: HtmlElement) -> bool:
    return not element.text_content().strip() and next(element.iter("br", "img"), None) is None
