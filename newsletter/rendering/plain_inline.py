"""Clean inline HTML as plain text: emphasis, struck words, raised and lowered signs, images, links, marks of notes."""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.rendering.latex.indices import index
from newsletter.rendering.plain_links import LinkNumbers
from newsletter.rendering.plain_width import NO_BREAK

BLOCKS = frozenset(
    "p div ul ol li dl dt dd blockquote pre figure figcaption table caption thead tbody tfoot tr th td h1 h2 h3 h4 h5 h6 hr".split()
)
"""Elements that begin and end a line."""
LINE_BREAK = "\x0b"  # a vertical tab: content holds none, HTML parsers drop it
BLOCK_END = "\x1e"  # a record separator: the same
_AROUND = {"em": "_", "i": "_", "strong": "*", "b": "*", "code": "`", "kbd": "`", "samp": "`", "q": '"'} | {
    "s": "~~",
    "del": "~~",
    "mark": "==",
}
_INDEX = {"sup": "^", "sub": "_"}
_MAX_INDEX = 24
"""Characters of an index; longer raised words are words."""
_BRACKETED = re.compile(r"\[[^\[\]]{1,20}\]")
_POINT = 3
"""Pixels: a smaller image counts openings or keeps a distance, and shows nothing."""
_PUNCTUATED = re.compile(r"[.,:;!?…。、，：；！？]\Z")  # noqa: RUF001 - those of other scripts


def inline_text(element: HtmlElement, links: LinkNumbers) -> str:
    """Return an inline element as text; it may hold `LINE_BREAK`, and `BLOCK_END` around a block in it."""
    if element.tag == "br":
        return LINE_BREAK
    if element.tag == "img":
        return _image(element, links)
    words = content_text(element, links)
    if element.tag == "a" and element.get("href") and words.strip():
        return links.mark(in_one_line(words), element.get("href"))
    if element.tag in BLOCKS:
        return f"{BLOCK_END}{words}{BLOCK_END}"
    if element.tag in _INDEX:
        return note_mark(element) or (words if element.xpath(".//a[@href]") else _index(_INDEX[element.tag], words))
    sign = _AROUND.get(str(element.tag), "")
    return f"{sign}{words}{sign}" if words.strip() else words


def content_text(element: HtmlElement, links: LinkNumbers) -> str:
    """Return what stands in an element as `inline_text` does."""
    return (element.text or "") + "".join(inline_text(child, links) + (child.tail or "") for child in element)


def in_one_line(words: str) -> str:
    """Return text without line breaks; blocks are parted by a semicolon where no sign of their own ends them."""
    blocks = [" ".join(block.split()) for block in words.split(BLOCK_END)]
    line = ""
    for block in filter(None, blocks):
        between = "" if not line else " " if _PUNCTUATED.search(line) else "; "
        line += between + block
    return line


def note_mark(element: HtmlElement) -> str:
    """Return the mark of a note, or nothing for any other element: `[^1]`, so that it is no number of a link."""
    return f"[^{element.text_content()}]" if element.get("class") in {"ref", "mark"} else ""


def _index(sign: str, words: str) -> str:
    """Return raised or lowered words; a sign that is no letter or number, as in `Acme<sup>®</sup>`, is itself."""
    said = " ".join(words.split())
    if not any(character.isalnum() for character in said) or len(said) > _MAX_INDEX or not said.isprintable():
        return words
    return f"{sign}{said}" if _BRACKETED.fullmatch(said) else index(sign, said)


def _image(element: HtmlElement, links: LinkNumbers) -> str:
    """Return an image's description with the number of its address; without one, the name of its file."""
    width = element.get("width") or ""
    source = element.get("src") or ""
    if width.isdigit() and int(width) <= _POINT:
        return ""
    words = " ".join((element.get("alt") or urlsplit(source).path.rpartition("/")[2]).split())
    return links.mark(f"[{words}]" if words else "", source)


def running_text(html_root: HtmlElement) -> str:
    """Return the words of content on one line, without marks, for where there is room for words only."""
    pieces: list[str] = []
    _collect(html_root, pieces)
    return " ".join("".join(pieces).replace(NO_BREAK, " ").split())


def _collect(element: HtmlElement, pieces: list[str]) -> None:
    apart = " " if element.tag in BLOCKS or element.tag == "br" else ""
    if note_mark(element) or element.get("class") == "notes" or element.tag in {"s", "del"}:
        return  # struck words, without their stroke, would say the opposite
    if element.tag in _INDEX:
        pieces.append(_index(_INDEX[element.tag], element.text_content()))
        return
    pieces += [apart, element.text or ""]
    for child in element:
        _collect(child, pieces)
        pieces.append(child.tail or "")
    pieces.append(apart)
