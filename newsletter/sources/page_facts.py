"""What a page says of itself in its head: title, summary, site, day; by Open Graph (https://ogp.me), the names of search engines, HTML.

Of a page no more than its beginning is read, and of that its tags alone: nothing is parsed that could be nested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from newsletter.sources.cutting import one_line
from newsletter.sources.kinds import moments
from newsletter.sources.kinds.octets import decoded, unpacked

MOST_CHARS = 300_000
"""Characters of a page that are looked at."""
_META = re.compile(r"<meta\b([^<>]{1,8000})>", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]{0,500}>([^<]{1,2000})<", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(property|name|itemprop|content)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_PUBLISHED = re.compile(r'"datePublished"\s{0,9}:\s{0,9}"([^"]{4,40})"')
_PARAGRAPH = re.compile(r"<p\b[^<>]{0,2000}>([^<]{80,4000})<", re.IGNORECASE)
_TITLES = ("og:title", "twitter:title", "citation_title", "dc.title")
_SUMMARIES = ("og:description", "description", "twitter:description", "dc.description")
_SITES = ("og:site_name", "application-name", "citation_journal_title")
_DAYS = ("article:published_time", "citation_publication_date", "datepublished", "date", "dc.date", "og:updated_time")


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A page in a few words, plain and on one line each; what it does not say is empty."""

    title: str = ""
    summary: str = ""
    site: str = ""
    published: datetime | None = None


def page_facts(content: bytes) -> PageFacts:
    """Return what a page says of itself; `content` is its octets, in whatever encoding they are."""
    html = decoded(unpacked(content))[0][:MOST_CHARS]
    said = _said(html)
    title, paragraph = _TITLE.search(html), _PARAGRAPH.search(html)
    day = _PUBLISHED.search(html)
    moment = _first(said, _DAYS) or (day[1] if day else "")
    return PageFacts(
        title=_line(_first(said, _TITLES) or (title[1] if title else "")),
        summary=_line(_first(said, _SUMMARIES) or (paragraph[1] if paragraph else "")),
        site=_line(_first(said, _SITES)),
        published=moments.read(moment) if moment else None,
    )


def _said(html: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in _META.finditer(html):
        held = {name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(tag[1])}
        name = held.get("property") or held.get("name") or held.get("itemprop") or ""
        if name and held.get("content", "").strip():
            found.setdefault(name.lower(), held["content"])
    return found


def _first(said: dict[str, str], names: tuple[str, ...]) -> str:
    return next((said[name] for name in names if name in said), "")


def _line(text: str) -> str:
    return one_line(unescape(text))
