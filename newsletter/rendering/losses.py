"""What an editor wrote that no reader sees, or sees as plain words: told with its line, so that nothing vanishes in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

from newsletter.model.images import digest_in
from newsletter.rendering.attributes import attribute

LOSSES = "losses"
_REACHED = re.compile(r"(?:https?:|mailto:)", re.IGNORECASE)
_SHOWN = re.compile(r"https://", re.IGNORECASE)
_MOST_SHOWN = 80  # characters of an address


@dataclass(frozen=True, slots=True)
class Loss:
    """Something an editor wrote that no reader sees, or sees `as_typed`, not as it is meant: `line` is counted from 1 within the text."""

    line: int
    what: str
    as_typed: bool = False

    @property
    def said(self) -> str:
        """What became of it, as a sentence."""
        return f"{self.what} {'is shown as typed' if self.as_typed else 'does not reach readers'}"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.as_typed:
            return "write it in plain words, or in `code` if it is meant as it stands"
        return "take it out, or write it so that it arrives: a whole address with https://, and &lt; for < in words"


def of_markdown(tokens: Iterable[Token]) -> Iterator[Loss]:
    """Yield the links that lead nowhere from a mail, and the images that none shows, of Markdown's own."""
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        within = line + 1
        for child in token.children or []:
            if child.type == "image":
                yield from _of_image(str(child.attrs.get("src", "")), within)
            elif child.type == "link_open":
                yield from _of_link(str(child.attrs.get("href", "")), within)
            within += line_breaks(child)


class LinkDefinitions(dict[str, Any]):
    """The definitions of links, `[label]: address`, of one text by their labels, which remembers those that a link named."""

    def __init__(self) -> None:
        super().__init__()
        self.named: set[str] = set()

    def get(self, label: str, default: Any = None) -> Any:
        """Return a definition, for a link that names it."""
        self.named.add(label)
        return super().get(label, default)


def of_references(references: LinkDefinitions, again: Iterable[Mapping[str, Any]]) -> Iterator[Loss]:
    """Yield the definitions of links that nothing names, and those that define a label `again`."""
    unnamed = [found for label, found in references.items() if label not in references.named]
    for found in (*unnamed, *again):
        yield Loss(found["map"][0] + 1, f"the link to {_short(found['href'])}, which nothing names,")


def of_tag(name: str, attributes: str, line: int) -> Iterator[Loss]:
    """Yield the same of a tag of HTML."""
    if name == "img":
        yield from _of_image(attribute(attributes, "src") or "", line)
    address = attribute(attributes, "href") if name == "a" else None
    if address is not None:
        yield from _of_link(address, line)


def leads_somewhere(address: str) -> bool:
    """Tell whether an address leads somewhere from a mail."""
    return bool(_REACHED.match(address))


def empty_link(attributes: str, line: int) -> Loss:
    """Return the loss of a link that nobody could press."""
    return Loss(line, f"the link to {_short(attribute(attributes, 'href') or '')}, which has no words,")


def shows(attributes: str) -> bool:
    """Tell whether something of an image arrives: the picture or its words."""
    address = attribute(attributes, "src") or ""
    return bool(attribute(attributes, "alt") or _SHOWN.match(address) or digest_in(address))


def line_breaks(child: Token) -> int:
    """Return by how many lines a part of a paragraph is followed."""
    return child.content.count("\n") if child.type == "html_inline" else int(child.type in {"softbreak", "hardbreak"})


def _of_link(address: str, line: int) -> Iterator[Loss]:
    if not leads_somewhere(address):
        yield Loss(line, f"the link to {_short(address)}")


def _of_image(address: str, line: int) -> Iterator[Loss]:
    if not (_SHOWN.match(address) or digest_in(address)):
        yield Loss(line, f"the image at {_short(address)}")


def _short(address: str) -> str:
    shown = address if len(address) <= _MOST_SHOWN else f"{address[:_MOST_SHOWN]}…"
    return f"“{shown}”" if shown else "nothing"
