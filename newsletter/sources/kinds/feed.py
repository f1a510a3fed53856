"""Feeds: RSS 0.9 to 2.0, RDF and Atom by feedparser; JSON Feed, the lists of Lobsters, and pages that name their feeds by readers of their own."""

from __future__ import annotations

import re

from newsletter.sources.found import BrokenAnswerError, Reading
from newsletter.sources.kinds import feed_links, json_feed, lobsters, octets
from newsletter.sources.kinds.feed_items import Items, apart
from newsletter.sources.kinds.feed_xml import FeedParts, parsed
from newsletter.sources.kinds.question import Question
from newsletter.sources.kinds.telling import Told

_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_HEAD = 8192


def sniff(content: bytes, address: str) -> bool:  # noqa: ARG001 - as every kind is asked
    """Tell whether this looks like a feed, or like a page that names one."""
    return any(each.sniff(content) for each in (json_feed, lobsters, feed_links)) or is_xml(content)


def read(content: bytes, question: Question) -> Reading:
    """Return the items of a feed, or the feeds that a page offers. Raises BrokenAnswerError."""
    content = octets.unpacked(content)
    if not content.strip():
        raise BrokenAnswerError("the answer is empty")
    if json_feed.sniff(content):
        return json_feed.read(content, question)
    if lobsters.sniff(content):
        return lobsters.read(content, question)
    if not is_xml(content):
        return feed_links.read(content, question)
    return _read_xml(content, question)


def is_xml(content: bytes) -> bool:
    """Tell whether octets begin as RSS, RDF or Atom do, in whatever charset."""
    head = content[:_HEAD].replace(b"\0", b"")
    found = _ROOT.search(head)
    return found is not None and b"<html" not in head[: found.start()].lower()


def _read_xml(content: bytes, question: Question) -> Reading:
    parts = parsed(content, question.address)
    told = Told(parts.told)
    link = next(
        (each["href"] for each in parts.feed.get("links") or () if each.get("rel") == "alternate" and each.get("href")),
        "",
    )
    items = Items(question.address, link, now=question.now, is_atom=parts.is_atom, told=told)
    _sign(parts)
    found = [candidate for entry in parts.entries if (candidate := items.candidate(entry))]
    candidates = apart(found, told)
    if not parts.entries and not parts.claimed:
        told.say("the feed has no items")
    reading = Reading(candidates=candidates, told=told.sentences())
    if (parts.is_broken and len(parts.entries) * 2 < parts.claimed) or (parts.claimed and not parts.entries):
        raise BrokenAnswerError(
            f"only {len(parts.entries)} of {parts.claimed} items could be read: {parts.problem}", reading
        )
    if parts.is_broken and not parts.entries:
        raise BrokenAnswerError(f"it is no whole feed: {parts.problem}", reading)
    return reading


def _sign(parts: FeedParts) -> None:
    """Give entries of Atom that name nobody those who write the feed (RFC 4287, section 4.2.1)."""
    writers = dict.get(parts.feed, "authors") if parts.is_atom else None
    for entry in parts.entries if writers and any(writers) else ():
        if not any(dict.get(entry, "authors") or ()) and not dict.get(entry, "source"):
            entry["authors"] = writers
