"""The images that an issue file names: found as Markdown sees them, and given other addresses in the text as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from newsletter.model.images import digest_in
from newsletter.rendering.attributes import attribute
from newsletter.rendering.losses import line_breaks

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table"])
_TAG = re.compile(r"<img\b([^>]*+)>?", re.IGNORECASE)  # without its `>` to the end: never read twice
_CODE = r"(?<![`\\])(`+)(?!`)[^`\n]*+\1(?!`)"
_TARGET = r"<[^<>\n]*+>|[^\s()<>]++(?>(?:\([^\s()<>]*+\)[^\s()<>]*+)*)"
_INLINE = re.compile(rf"{_CODE}|(\]\([ \t]*+)({_TARGET})")
_DEFINITION = re.compile(rf"^([ \t>]*+\[[^\]\n]++\]:[ \t]*+)({_TARGET})")
_SOURCE = re.compile(r"""(\bsrc\s*+=\s*+)("[^"\n]*+"|'[^'\n]*+'|[^\s"'<>]++)""", re.IGNORECASE)
_MOST_BACK = 2_000
"""Characters of words in brackets that are looked through."""
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*+:")


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image in a text: its address as Markdown reads it, its line counted from 1, and what is said of it."""

    address: str
    line: int
    alt: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it names a file beside the text."""
        elsewhere = _SCHEME.match(self.address) or self.address.startswith(("//", "#", "?")) or digest_in(self.address)
        return bool(self.address) and not elsewhere

    @property
    def is_foreign(self) -> bool:
        """Whether it lies on the web."""
        return self.address.lower().startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class _Found:
    image: NamedImage
    lines: range
    """Lines of the block it stands in, from 0."""


def named_images(text: str) -> list[NamedImage]:
    """Return the images of an issue file in their order; those in code are words, and none."""
    return [found.image for found in _found(text)]


def with_addresses(text: str, addresses: Mapping[str, str]) -> str:
    """Return the file with other addresses in the place of those in `addresses`: of images alone, and all else as it was typed."""
    lines = text.split("\n")
    wanted: dict[int, set[str]] = {}
    for found in _found(text):
        if found.image.address in addresses:
            for number in found.lines:
                wanted.setdefault(number, set()).add(found.image.address)
    for number, here in wanted.items():
        meant = {address: addresses[address] for address in here}
        lines[number] = _line(lines[number], meant, _INLINE, _SOURCE)
    everywhere = {address: addresses[address] for here in wanted.values() for address in here}
    if everywhere:
        lines = [_line(line, everywhere, _DEFINITION) for line in lines]
    return "\n".join(lines)


def headings(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line, from 0, and the content of each heading of an issue file."""
    tokens = _PARSER.parse(_without_front_matter(text))
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open" and opening.level == 0 and opening.map:
            yield opening.map[0], content.content


def _line(line: str, addresses: Mapping[str, str], *patterns: re.Pattern[str]) -> str:
    def other(found: re.Match[str]) -> str:
        *_, before, target = found.groups()
        if target is None or (before.startswith("]") and not _is_image(found.string, found.start(found.re.groups - 1))):
            return found[0]  # code, or a link
        new = addresses.get(_read(target))
        if new is None:
            return found[0]
        quote = target[0] if target[0] in "\"'" else ""
        return f"{before}{quote}{new}{quote}"

    for pattern in patterns:
        line = pattern.sub(other, line)
    return line


def _is_image(line: str, place: int) -> bool:
    """Whether the bracket that ends at `place` was opened by `![`, on this line or on one before it."""
    depth = 0
    for at in range(place, max(-1, place - _MOST_BACK), -1):
        escaped = at > 0 and line[at - 1] == "\\"
        depth += 0 if escaped else {"]": 1, "[": -1}.get(line[at], 0)
        if depth == 0 and not escaped:
            return at > 0 and line[at - 1] == "!"
    return True


def _read(target: str) -> str:
    """Return an address as Markdown reads what was typed."""
    if target[0] in "\"'":
        return unescape(target[1:-1]).strip()
    bare = target[1:-1] if target.startswith("<") else target
    return normalizeLink(unescapeAll(bare))


def _found(text: str) -> Iterator[_Found]:
    lines = range(0)
    for token in _PARSER.parse(_without_front_matter(text)):
        lines = range(*token.map) if token.map else lines
        if token.type == "html_block":
            yield from _tags(token.content, lines.start, lines)
        within = lines.start
        for child in token.children or ():
            yield from _of_child(child, within, lines)
            within += line_breaks(child)


def _of_child(child: Token, line: int, lines: range) -> Iterator[_Found]:
    if child.type == "image":
        image = NamedImage(str(child.attrs.get("src", "")), line + 1, child.content)
        yield _Found(image, lines)
    elif child.type == "html_inline":
        yield from _tags(child.content, line, lines)


def _tags(html: str, first: int, lines: range) -> Iterator[_Found]:
    for tag in _TAG.finditer(html):
        address = attribute(tag[1], "src")
        if address is not None:
            line = first + html.count("\n", 0, tag.start())
            yield _Found(NamedImage(address, line + 1, attribute(tag[1], "alt") or ""), lines)


def _without_front_matter(text: str) -> str:
    """Return the text with empty lines in the place of its front matter, so that lines keep their numbers."""
    lines = text.split("\n")
    if not lines or lines[0].rstrip() != "---":
        return text
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == "---"), 0)
    return "\n".join([*[""] * (end + 1), *lines[end + 1 :]])
