"""A page instead of a feed: the feeds that it names by `<link rel="alternate">` (HTML, section 4.6.7.1), for somebody who gave the page's address."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from newsletter.sources.found import BrokenAnswerError, Reading
from newsletter.sources.kinds import octets, titles
from newsletter.sources.kinds.addresses import absolute, based
from newsletter.sources.kinds.question import Question

_TYPES = {
    "application/atom+xml",
    "application/rss+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
    "application/x.atom+xml",
    "application/x-atom+xml",
    "text/xml",
    "application/xml",
}
_MOST = 50
_HEAD = 500_000
"""Octets of a page that are looked at: links to feeds stand in its head."""
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|div|script|p)[\s>]", re.IGNORECASE)
_NAMES_FEED = re.compile(rb"rel\s{0,9}=\s{0,9}[\"']?[\w\s-]{0,60}(?:alternate|feed)", re.IGNORECASE)


def sniff(content: bytes) -> bool:
    """Tell whether this is a page that may name feeds."""
    return is_page(content) and bool(_NAMES_FEED.search(content[:_HEAD]))


def is_page(content: bytes) -> bool:
    """Tell whether octets are HTML."""
    head = content[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    is_xml = head.startswith(b"<?xml") or b"<opml" in head or b"xmlns=" in head
    return bool(_PAGE.search(head)) and (not is_xml or b"<html" in head)


def read(content: bytes, question: Question) -> Reading:
    """Return what feeds a page offers. Raises BrokenAnswerError where it offers none, or is no page."""
    if not is_page(content):
        raise BrokenAnswerError(_what(content))
    text, _ = octets.decoded(content[:_HEAD])
    page = LexborHTMLParser(text)
    base = next((node.attributes.get("href") or "" for node in page.css("base[href]")), "")
    bases = (based(base, question.address), question.address)
    offered: dict[str, str] = {}
    for link in page.css("link[href]")[:2000]:
        rels = (link.attributes.get("rel") or "").lower().split()
        kind = (link.attributes.get("type") or "").partition(";")[0].strip().lower()
        if ("alternate" in rels and "stylesheet" not in rels and kind in _TYPES) or (
            "feed" in rels and "alternate" not in rels
        ):
            address = absolute(link.attributes.get("href") or "", *bases)
            if address and not _is_of_wordpress(address):
                offered.setdefault(address, titles.one_line(link.attributes.get("title") or ""))
    if not offered:
        raise BrokenAnswerError("it is a page and no feed, and names none")
    found = tuple(offered.items())[:_MOST]
    named = "; ".join(f"{address} ({title})" if title else address for address, title in found[:5])
    several = f"names {len(found)} feeds" if len(found) > 1 else "names a feed"
    return Reading(told=(f"it is a page and no feed, and {several}: {named}",), offered=found)


def _is_of_wordpress(address: str) -> bool:
    """Tell whether this is an interface that WordPress announces on each page as `alternate`, and no feed."""
    return "/wp-json/" in address or "/oembed" in address


def _what(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return "it is a PDF and no feed"
    if content.lstrip()[:1] in {b"{", b"["}:
        return "it is JSON, and no JSON Feed"
    if b"<opml" in content[:4096].lower():
        return "it is OPML, a list of feeds, and no feed itself: it can be imported"
    if content.lstrip()[:5] == b"<?xml":
        return "it is XML, and neither RSS nor Atom"
    return "it is no feed"
