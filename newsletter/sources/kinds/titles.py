"""Titles of others as plain text on one line: entities and elements of HTML read once where they are HTML, everything else as it came."""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from html import unescape
from html.entities import html5

from newsletter.sources import cutting

MOST_CHARS = 300
"""Longest title, as in a document; a longer one is cut at a word."""
ELEMENTS = frozenset(
    "a abbr acronym address article aside audio b base bdi bdo big blink blockquote body br button canvas caption center cite code col "
    "colgroup dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form frame h1 h2 h3 h4 h5 h6 head header "
    "hr html i iframe img input ins kbd label legend li link main map mark marquee math menu meta nav nobr noscript object ol option p "
    "param picture pre q rp rt ruby s samp script section select small source span strike strong style sub summary sup svg table tbody td "
    "template textarea tfoot th thead time title tr tt u ul var video wbr".split()
)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})(?![A-Za-z0-9:])[^<>]*>|<!--[^<>]*>")
_SIGNS_OF_HTML = re.compile(r"</([A-Za-z][A-Za-z0-9]{0,15})\s*>|<(br|img|hr|wbr)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SILENT = frozenset({"script", "style", "template", "iframe", "object", "noscript", "svg", "math"})
_APART = frozenset("br p div li tr td th hr h1 h2 h3 h4 h5 h6 dt dd".split())


def one_line(text: str) -> str:
    """Return a title on one line, without what nobody sees, cut at a word; nothing else is changed."""
    return cutting.one_line(text, MOST_CHARS)


def from_html(text: str) -> str:
    """Return an HTML title as words. `<String>` is no element of HTML and stays, as does `AT&T <3`."""
    kept: list[str] = []
    at, silent = 0, ""
    for found in _TAG.finditer(text):
        name = (found[2] or "").lower()
        if name and name not in ELEMENTS:
            continue
        if not silent:
            kept.append(text[at : found.start()])
        at = found.end()
        if silent:
            silent = "" if found[1] and name == silent else silent
        elif not found[1] and name in _SILENT and not found[0].endswith("/>"):
            silent = name
        kept.append(" " if name in _APART else "")
    if not silent:
        kept.append(text[at:])
    return one_line(decoded("".join(kept)))


def from_either(text: str) -> str:
    """Return a title whose format does not say what it is (RSS): its elements are read where one of them is closed, entities always."""
    is_html = any((name or void).lower() in ELEMENTS for name, void in _SIGNS_OF_HTML.findall(text))
    return from_html(text) if is_html else one_line(decoded(text))


def decoded(text: str) -> str:
    """Return text with its entities read once; only those that end with `;` and that HTML has: `AT&T`, `&copy2` stay."""
    return _ENTITY.sub(_sign, text) if "&" in text else text


def _sign(found: re.Match[str]) -> str:
    name = found[0][1:]
    return unescape(found[0]) if name[0] == "#" or name in html5 else found[0]


def from_words(text: str, most: int = 90) -> str:
    """Return a title for what has none: the first sentence of its plain text, or as many whole words as fit."""
    line = one_line(text)
    end = re.search(r"[.!?](?=\s)|(?<=[\u3002\uff01\uff1f])", line[: most + 1])
    if end and end.end() > 10:
        return line[: end.end()].removesuffix(".")
    return cutting.at_word(line, most)
