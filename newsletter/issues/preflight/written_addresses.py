"""Addresses as an editor wrote them, each with its line: in headings, texts and cells, never in code."""

from __future__ import annotations

import ipaddress
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from newsletter.issues.preflight.inspected import Inspected
from newsletter.networks import url_parts

_ADDRESS = re.compile(r"(?<![\w.+-])https?://[^\s<>\"`\[\]|\\]+", re.IGNORECASE)
_AFTER = ".,;:!?'*_~\u2026\u3002\u3001\uff0c\uff09\u300d\u300f\u3011"
"""Signs that end a sentence and not an address, those of Chinese and Japanese among them."""
_IMAGE = re.compile(r"!\[[^\[\]\n]*\]\(<?\Z|<img\b[^<>]*\bsrc\s*=\s*[\"']?\Z", re.IGNORECASE)
_BEFORE = 2_000  # characters in front of an address that may hold the beginning of an image


@dataclass(frozen=True, slots=True)
class WrittenAddress:
    """An address of http or https as it stands on `line` of the issue file."""

    where: str
    line: int
    written: str
    is_image: bool = False

    @property
    def url(self) -> str:
        """The address that is meant: `&amp;` is how HTML writes &."""
        return unescape(self.written)


def addresses_of(issue: Inspected) -> Iterator[WrittenAddress]:
    """Yield every address of an issue in its order, a repeated one each time."""
    headings = deque(WrittenAddress(where, line, item.url) for where, line, item in issue.items() if host_of(item.url))
    for passage in issue.passages:
        while headings and headings[0].line <= passage.line:
            yield headings.popleft()
        line, position = passage.line, 0
        for start, written in found_in(passage.prose):
            line += passage.text.count("\n", position, start)
            position = start
            if host_of(written):
                before = passage.prose[max(0, position - _BEFORE) : position]
                yield WrittenAddress(passage.where, line, written, bool(_image_before(before)))
    yield from headings


def _image_before(text: str) -> re.Match[str] | None:
    start = max(text.rfind("!["), text.rfind("<img"), text.rfind("<IMG"))
    return _IMAGE.match(text, start) if start >= 0 else None


def found_in(prose: str) -> Iterator[tuple[int, str]]:
    """Yield each address in some prose with its place."""
    for found in _ADDRESS.finditer(prose):
        if written := _ended(found[0]):
            yield found.start(), written


def _ended(address: str) -> str:
    """Return an address without what belongs to the sentence around it: a closing bracket stays where it was opened."""
    end = len(address)
    opened, closed = address.count("("), address.count(")")
    while end:
        last = address[end - 1]
        if last == ")" and closed > opened:
            closed -= 1
        elif last not in _AFTER:
            break
        end -= 1
    return address[:end]


def host_of(url: str) -> str:
    """Return the host of an address of http or https in lower case; empty for anything else."""
    parts = url_parts(url)
    try:
        return (parts.hostname or "") if parts is not None and parts.scheme.lower() in {"http", "https"} else ""
    except ValueError:
        return ""


def is_local(url: str) -> bool:
    """Tell whether an address names this machine or a network that is nobody else's."""
    host = host_of(url)
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".home.arpa")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
