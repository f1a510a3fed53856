"""XML of others made ready for a parser: what would take it long is found and refused, what it would stumble over is taken out.

One pass over the tags, in time that grows with the text alone: an element with 200,000 attributes takes a parser the square of them.
Entities that a feed declares are never read, so that none can grow, or name a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from html.entities import html5

from newsletter.sources.found import BrokenAnswerError

MOST_ITEMS = 500
"""Items of a feed that are read: the first ones."""
MOST_ATTRIBUTES = 500
MOST_DEPTH = 2_000
_TAG = re.compile(r"<(?P<name>[A-Za-z_:][\w:.-]{0,100})(?P<rest>(?>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*))>?")
_CLOSING = re.compile(r"</([A-Za-z_:][\w:.-]{0,100})\s*>")
_DECLARATION = re.compile(r"\s*<\?xml\b[^<>]{0,300}\?>")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&(?:#(\d{1,9})|#[xX]([0-9a-fA-F]{1,8})|([A-Za-z_][\w.-]{0,40}));")
_BARE = re.compile(r"&(?!#\d{1,9};|#x[0-9a-fA-F]{1,8};|[A-Za-z_][\w.-]{0,40};)|<(?![A-Za-z_:/!?])")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ITEMS = frozenset({"item", "entry"})
_PREFIX = re.compile(r"[<\s]/?([A-Za-z_][\w.-]{0,40}):[A-Za-z_]")
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "atom": "http://www.w3.org/2005/Atom",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "arxiv": "http://arxiv.org/schemas/atom",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
"""What is meant by prefixes that a feed uses and does not declare."""


@dataclass(slots=True)
class LookedOver:
    """What one look over the tags found: where the item behind the last that is read begins, and what is open there."""

    items: int = 0
    cut_at: int = -1
    opened_there: list[str] = field(default_factory=list)
    last_item_at: int = -1
    item_is_open: bool = False
    item_depth: int = 0
    root: str = ""
    root_end: int = 0


def looked_over(text: str) -> LookedOver:
    """Return what the tags of an XML text say. Raises BrokenAnswerError when a parser would take long over it."""
    found = LookedOver()
    opened: list[str] = []
    at = text.find("<")
    while at >= 0:
        if text.startswith("<!", at) or text.startswith("<?", at):
            at = text.find("<", _behind(text, at))
        elif closing := _CLOSING.match(text, at):
            _close(opened, closing[1], found)
            at = text.find("<", closing.end())
        elif tag := _TAG.match(text, at):
            _open(opened, tag, found)
            at = text.find("<", tag.end())
        else:
            at = text.find("<", at + 1)
    return found


def prepared(text: str) -> tuple[str, list[str]]:
    """Return text without its declaration, DTD and what XML forbids, and with signs for HTML's entities; and what is to be told of it."""
    told: list[str] = []
    text = _FORBIDDEN.sub("", text).lstrip("\ufeff")
    begins = text.find("<")
    if begins > 0 and text[:begins].strip():
        told.append("there was text before its first element; it is left out")
    text = text[max(begins, 0) :]
    if declaration := _DECLARATION.match(text):
        text = text[declaration.end() :]
    text, entities = _without_dtd(text)
    if entities:
        told.append("it declares entities of its own, which are never read")
    return outside_cdata(text, lambda part: _REFERENCE.sub(_sign, part)), told


def mended(text: str) -> str:
    """Return XML mended: `&` and `<` that begin nothing are escaped, prefixes that it uses are declared, and nothing follows its root."""
    root = looked_over(text[:200_000]).root
    end = text.rfind(f"</{root}>") if root else -1
    text = text[: end + len(root) + 3] if end >= 0 else text

    def written(found: re.Match[str]) -> str:
        return "&amp;" if found[0] == "&" else "&lt;"

    return _declare(outside_cdata(text, lambda part: _BARE.sub(written, part)))


def cut(text: str, found: LookedOver) -> str:
    """Return a feed that ends before the first item that is not read, its elements closed."""
    if found.cut_at < 0:
        return text
    return text[: found.cut_at] + "".join(f"</{name}>" for name in reversed(found.opened_there))


def outside_cdata(text: str, change: Callable[[str], str]) -> str:
    """Return text with a change made to all of it but CDATA sections and comments."""
    parts: list[str] = []
    at = 0
    while (begins := text.find("<!", at)) >= 0:
        if not text.startswith(("<![CDATA[", "<!--"), begins):
            ends = begins + 2
            parts.append(change(text[at:ends]))
        else:
            ends = _behind(text, begins)
            parts += [change(text[at:begins]), text[begins:ends]]
        at = ends
    return "".join([*parts, change(text[at:])])


def local(name: str) -> str:
    """Return the name of an element without its prefix, in lower case."""
    return name.rpartition(":")[2].lower()


def _open(opened: list[str], tag: re.Match[str], found: LookedOver) -> None:
    rest, name = tag["rest"], tag["name"]
    if len(rest) > MOST_ATTRIBUTES * 3 and rest.count("=") > MOST_ATTRIBUTES and _attributes(rest) > MOST_ATTRIBUTES:
        raise BrokenAnswerError(f"an element has more than {MOST_ATTRIBUTES} attributes: it is not read")
    if not found.root:
        found.root, found.root_end = name, tag.start() + 1 + len(name)
    begins_item = local(name) in _ITEMS and not found.item_is_open
    if begins_item:
        found.items += 1
        found.last_item_at = tag.start()
        if found.items == MOST_ITEMS + 1:
            found.cut_at, found.opened_there = tag.start(), [*opened]
    if rest.endswith("/"):
        return
    if begins_item:
        found.item_is_open, found.item_depth = True, len(opened)
    opened.append(name)
    if len(opened) > MOST_DEPTH:
        raise BrokenAnswerError(f"its elements are nested more than {MOST_DEPTH:,} deep: it is not read")


def _close(opened: list[str], name: str, found: LookedOver) -> None:
    """Close the innermost element of a name, and with an item all that was left open within it; a stray end closes nothing."""
    if found.item_is_open and local(name) in _ITEMS:
        del opened[found.item_depth :]
        found.item_is_open = False
    elif opened and opened[-1] == name:
        opened.pop()


def _attributes(rest: str) -> int:
    return len(re.findall(r"=\s{0,9}[\"']", rest))


def _behind(text: str, at: int) -> int:
    """Return where a comment, a CDATA section, an instruction or a declaration that begins at `at` ends."""
    for opening, closing in (("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>"), ("<!", ">")):
        if text.startswith(opening, at):
            end = text.find(closing, at + len(opening))
            return len(text) if end < 0 else end + len(closing)
    return at + 1


def _without_dtd(text: str) -> tuple[str, bool]:
    """Return text without its DOCTYPE, and whether that declared entities."""
    head = text[:20_000].upper()
    begins = head.find("<!DOCTYPE")
    if begins < 0:
        return text, False
    subset, end = text.find("[", begins), text.find(">", begins)
    if 0 <= subset < end:
        closing = re.compile(r"\]\s{0,99}>").search(text, subset)
        end = closing.end() - 1 if closing else len(text)
    if end < 0:
        end = len(text)
    return text[:begins] + text[end + 1 :], "<!ENTITY" in text[begins:end].upper()


def _sign(found: re.Match[str]) -> str:
    """Return the sign that a reference stands for where XML does not know its name, nothing for one that XML forbids."""
    if name := found[3]:
        return found[0] if name in _OF_XML else escape(html5.get(f"{name};", f"&{name};"), quote=False)
    number = int(found[1]) if found[1] else int(found[2], 16)
    if (
        number > 0x10FFFF
        or (number < 0x20 and number not in {9, 10, 13})
        or 0xD800 <= number < 0xE000
        or number in {0xFFFE, 0xFFFF}
    ):
        return ""
    return found[0]


def _declare(text: str) -> str:
    found = looked_over(text[:200_000])
    if not found.root:
        return text
    used = set(_PREFIX.findall(text)) - {"xml", "xmlns"}
    missing = sorted(prefix for prefix in used if f"xmlns:{prefix}" not in text)[:50]
    declared = "".join(f' xmlns:{prefix}="{NAMESPACES.get(prefix, f"urn:unknown:{prefix}")}"' for prefix in missing)
    return text[: found.root_end] + declared + text[found.root_end :]
