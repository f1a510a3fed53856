"""How much work an HTML parser may have with elements that stay open, judged before it is asked.

A parser by the standard (HTML, section 13.2.6) looks through its open elements at nearly every tag, and opens formatting
elements again in each new paragraph: a text that hides its depth from a simple count, such as `<div></b>` again and again,
takes it the square of its length, and a hundred open `<b>` come out in every paragraph. So what is not surely closed counts
as open here: an end tag closes only the innermost element, and nothing at all after a tag that can be read in two ways.
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re

from newsletter.errors import InputError

MAX_WORK = 4_000_000
"""Tags of one text times the elements open at each: html5ever takes about 10 ns for one, for a formatting element 1 microsecond."""
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_FORMATTING_WEIGHT = 8
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_PARTS = frozenset("p td th tr tbody thead tfoot caption colgroup option optgroup".split())
"""The parser itself closes one of these before the next, but across another open element: a few for each of those."""
_ITEMS = {"li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd")}
"""Each closes these before it, over those of `_THROUGH` and formatting."""
_HOLDERS = frozenset("ul ol dl div blockquote".split())
"""The end of one of these ends an item that is open in it."""
_THROUGH = frozenset({"address", "div", "p"}) | _FORMATTING
_UNSURE = frozenset(
    "script style iframe object embed applet form svg math template noscript textarea select title head xmp noembed "
    "noframes plaintext frameset html body".split()
)
"""Within or after these a tag may be text, or be passed over."""
_SURE = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)"
    r"((?>(?:\s++[a-zA-Z][a-zA-Z0-9-]*+(?>(?:=(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'<>=`]++))?))*))\s*+(/?)>"
)
_COMMENT = re.compile(r"<!--(?!-?>).*?--!?>", re.DOTALL)
_OPENS = re.compile(r"<[a-zA-Z/!?]")


def check_order(html: str) -> None:
    """Raise InputError when so many elements of `html` are left open that parsing it would take long."""
    if _work(html) > MAX_WORK:
        raise InputError(
            "too many HTML elements are not closed, or not in the order in which they were opened",
            remedy="close each element, the inner one first; write &lt; for a < that begins none",
        )


def _work(html: str) -> int:
    work = weight = at = 0
    sure = True
    opened: list[str] = []
    while work <= MAX_WORK and (found := _OPENS.search(html, at)):
        if sure and (comment := _COMMENT.match(html, found.start())):
            at = comment.end()
            continue
        tag = _SURE.match(html, found.start())
        sure = sure and tag is not None and tag[2].lower() not in _UNSURE
        at = tag.end() if tag else found.end()
        work += weight
        if tag is None:
            weight += 1
        elif tag[1]:
            weight -= _close(opened, tag[2].lower()) if sure else 0
        else:
            weight += _open(opened, tag[2].lower())
    return work


def _open(opened: list[str], name: str) -> int:
    """Note an element as open and return the weight that adds."""
    if name in _VOID or name in _PARTS:
        return 0
    ended = _end_items(opened, name) if name in _ITEMS else 0
    opened.append(name)
    return _weight(name) - ended


def _end_items(opened: list[str], name: str) -> int:
    """Close the item before this one where the parser does so itself (section 13.2.6.4.7)."""
    for place in range(len(opened) - 1, max(len(opened) - 16, -1), -1):
        if opened[place] in _ITEMS[name]:
            ended = sum(_weight(each) for each in opened[place:] if each not in _FORMATTING)
            opened[place:] = [each for each in opened[place:] if each in _FORMATTING]
            return ended
        if opened[place] not in _THROUGH:
            break
    return 0


def _close(opened: list[str], name: str) -> int:
    """Close the innermost element, if it is this one, and return the weight that takes away."""
    items = 1 if name in _HOLDERS and opened and opened[-1] in _ITEMS else 0
    if len(opened) > items and opened[-1 - items] == name:
        del opened[-1 - items :]
        return _weight(name) + items
    return 0


def _weight(name: str) -> int:
    return _FORMATTING_WEIGHT if name in _FORMATTING else 1
