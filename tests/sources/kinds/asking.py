"""What the tests of readers share: a question at one moment, and small feeds around what is tried."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from newsletter.sources.found import FoundCandidate, Reading
from newsletter.sources.kinds import feed
from newsletter.sources.kinds.question import Question

NOW = datetime(2026, 5, 8, 21, tzinfo=UTC)


def question(address: str = "", mapping: dict[str, Any] | None = None) -> Question:
    """Return a question asked on the evening of 8 May 2026."""
    return Question(address, NOW, mapping)


def rss(inner: str, *, head: str = "", channel: str = "<link>https://lab.example/news/</link>") -> bytes:
    """Return RSS 2.0 around these items."""
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'{head}<rss version="2.0" {spaces}><channel><title>C</title>{channel}{inner}</channel></rss>'.encode()


def atom(inner: str, *, attributes: str = "") -> bytes:
    """Return Atom around these entries."""
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>C</title>{inner}</feed>'.encode()


def item(title: str = "T", link: str = "https://lab.example/a", more: str = "") -> str:
    """Return an item of RSS; `title` is written as text."""
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{more}</item>"


def read(content: bytes, address: str = "") -> Reading:
    """Return what the reader of feeds makes of this."""
    return feed.read(content, question(address))


def only(content: bytes, address: str = "") -> FoundCandidate:
    """Return the one candidate of a feed."""
    (candidate,) = read(content, address).candidates
    return candidate
