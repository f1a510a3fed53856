"""What an editor wrote that no reader sees, or sees as plain words: told with its line, so that nothing vanishes in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it.token import Token

LOSSES = "losses"
_REACHED = re.compile(r"(?:https?:|mailto:)", re.IGNORECASE)
_SHOWN = re.compile(r"https://", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(href|src)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_MOST_SHOWN = 80  # characters of an address


@dataclass(frozen=True, slots=True)
class Loss:
    """Something an editor wrote that no reader sees: `line` is counted from 1 within the text."""

    line: int
    what: str


def of_links(tokens: Iterable[Token]) -> Iterator[Loss]:
    """Yield the links that lead nowhere from a mail, and the images that none shows."""
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        within = line + 1
        if token.type == "html_block":
            yield from _of_html(token.content, within)
        for child in token.children or []:
            yield from _of_child(child, within)
            breaks = child.type in {"softbreak", "hardbreak"}
            within += child.content.count("\n") if child.type == "html_inline" else breaks


def _of_child(child: Token, line: int) -> Iterator[Loss]:
    if child.type == "html_inline":
        yield from _of_html(child.content, line)
    elif child.type == "image":
        yield from _of_image(str(child.attrs.get("src", "")), line)
    elif child.type == "link_open":
        yield from _of_link(str(child.attrs.get("href", "")), line)


def _of_html(content: str, line: int) -> Iterator[Loss]:
    for tag in re.finditer(r"<(a|img)\s[^<>]*>", content, re.IGNORECASE):
        at = line + content.count("\n", 0, tag.start())
        for found in _ATTRIBUTE.finditer(tag[0]):
            address = found[2] or found[3] or found[4] or ""
            is_link = tag[1].lower() == "a"
            if is_link == (found[1].lower() == "href"):
                yield from _of_link(address, at) if is_link else _of_image(address, at)


def _of_link(address: str, line: int) -> Iterator[Loss]:
    if not _REACHED.match(address):
        yield Loss(line, f"the link to {_short(address)}")


def _of_image(address: str, line: int) -> Iterator[Loss]:
    if not _SHOWN.match(address):
        yield Loss(line, f"the image at {_short(address)}")


def _short(address: str) -> str:
    shown = address if len(address) <= _MOST_SHOWN else f"{address[:_MOST_SHOWN]}…"
    return f"“{shown}”" if shown else "nothing"
