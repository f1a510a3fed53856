"""Texts of others as Markdown: HTML where it is HTML, plain words where it is not, at most so long."""

from __future__ import annotations

import re

from newsletter.rendering.as_markdown import markdown_of
from newsletter.rendering.written_text import paragraphs
from newsletter.sources.cutting import seen
from newsletter.sources.kinds.addresses import absolute, quoted
from newsletter.sources.kinds.titles import ELEMENTS

MOST_CHARS = 10_000
"""Longest text of a candidate; a longer one ends with a paragraph."""
_ELEMENT = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,30})(?![\w:-])")
_FENCE = re.compile(r"^`{3,}", re.MULTILINE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def from_html(html: str, *bases: str) -> str:
    """Return HTML as Markdown, its links resolved against the first base that is absolute. `List<String>` shows as typed."""
    as_typed = _ELEMENT.sub(lambda found: found[0] if found[1].lower() in ELEMENTS else f"&lt;{found[0][1:]}", html)
    return _shortened(seen(markdown_of(as_typed, lambda address: _address(address, bases))))


def from_plain(text: str, *, latex: bool = False) -> str:
    """Return plain text as Markdown that shows it."""
    return _shortened(paragraphs(seen(text), latex=latex))


def from_either(text: str, *bases: str) -> str:
    """Return a text whose format does not say what it is: HTML where an element or an entity of HTML stands in it."""
    is_html = _ENTITY.search(text) or any(name.lower() in ELEMENTS for name in _ELEMENT.findall(text))
    return from_html(text, *bases) if is_html else from_plain(text)


def _address(address: str, bases: tuple[str, ...]) -> str:
    if address.strip().lower().startswith("mailto:"):
        return quoted(address.strip())
    return absolute(address, *bases)


def _shortened(text: str) -> str:
    if len(text) <= MOST_CHARS:
        return text
    kept = text[:MOST_CHARS]
    end = max(kept.rfind("\n\n"), 0) or max(kept.rfind(" "), 0) or MOST_CHARS
    kept = kept[:end].rstrip()
    fences = [found.start() for found in _FENCE.finditer(kept)]
    if len(fences) % 2:
        kept = kept[: fences[-1]].rstrip()
    return f"{kept}\n\n…"
