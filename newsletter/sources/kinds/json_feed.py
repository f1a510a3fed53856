"""JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not read.

A link post is known by the story that it links (`external_url`); its own page is then the attribute `via`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from newsletter.canonical_url import key_of, short_key
from newsletter.sources.found import Attribute, BrokenAnswerError, FoundCandidate, Reading
from newsletter.sources.kinds import json_text, moments, texts, titles
from newsletter.sources.kinds.addresses import absolute
from newsletter.sources.kinds.feed_items import apart, credible, plain_words
from newsletter.sources.kinds.question import Question
from newsletter.sources.kinds.telling import Told
from newsletter.sources.kinds.xml_text import MOST_ITEMS

_VERSION = re.compile(rb"\"version\"\s{0,9}:\s{0,9}\"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org(?:\\?/)", re.IGNORECASE)


def sniff(content: bytes) -> bool:
    """Tell whether this says that it is a JSON Feed; its version may stand behind all its items."""
    head = json_text.looks_like(content)
    return head[:1] == b"{" and bool(_VERSION.search(content.replace(b"\0", b"")))


def read(content: bytes, question: Question) -> Reading:
    """Return the items of a JSON Feed. Raises BrokenAnswerError."""
    feed, told_of_charset = json_text.parsed(content)
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise BrokenAnswerError("it is a JSON Feed without a list of items")
    told = Told(told_of_charset)
    given = feed["items"]
    if len(given) > MOST_ITEMS:
        told.say(f"only the first {MOST_ITEMS} items are read; {len(given) - MOST_ITEMS:,} more follow")
    bases = (json_text.text(feed.get("home_page_url")), json_text.text(feed.get("feed_url")), question.address)
    items = json_text.objects(given[:MOST_ITEMS])
    if len(items) < len(given[:MOST_ITEMS]):
        told.say(f"{len(given[:MOST_ITEMS]) - len(items)} of its items are no objects, left out")
    by = {name: feed[name] for name in ("authors", "author") if name in feed}
    found = [candidate for item in items if (candidate := _candidate(_signed(item, by), bases, question, told))]
    if not given:
        told.say("the feed has no items")
    reading = Reading(candidates=apart(found, told), told=told.sentences())
    if given and not items:
        raise BrokenAnswerError("its items are not what a JSON Feed has", reading)
    return reading


def _signed(item: dict[str, Any], by: dict[str, Any]) -> dict[str, Any]:
    """Return an item with those who write the feed where it names nobody of its own, as the format has it."""
    return item if item.get("authors") or item.get("author") else {**item, **by}


def _candidate(item: dict[str, Any], bases: tuple[str, ...], question: Question, told: Told) -> FoundCandidate | None:
    guid = json_text.text(item.get("id")).strip()
    page = absolute(json_text.text(item.get("url")), *bases)
    url = absolute(json_text.text(item.get("external_url")), *bases) or page or absolute(guid)
    text = _text(item, page or url, bases)
    title = titles.one_line(json_text.text(item.get("title"))) or titles.from_words(plain_words(text))
    title = title or titles.one_line(url.partition("://")[2])
    for name in ("url", "external_url"):
        if (written := json_text.text(item.get(name)).strip()) and not absolute(written, *bases):
            told.of(title, "with an address that is none of the web, which is dropped")
    if not url and (not guid or not title):
        told.of(title, "with neither address nor guid, left out")
        return None
    return FoundCandidate(
        key=key_of(url) or short_key(f"guid:{guid}"),
        title=title,
        url=url,
        text=text,
        published=_published(item, title, question, told),
        attributes=dict(_attributes(item, page, url)),
        guid=guid,
    )


def _text(item: dict[str, Any], page: str, bases: tuple[str, ...]) -> str:
    """Return the summary, else the text, else the HTML of an item; the format says what each of them is."""
    if summary := json_text.text(item.get("summary")).strip():
        return texts.from_plain(summary)
    if plain := json_text.text(item.get("content_text")).strip():
        return texts.from_plain(plain)
    return texts.from_html(json_text.text(item.get("content_html")), page, *bases)


def _published(item: dict[str, Any], title: str, question: Question, told: Told) -> Any:
    written = [each for name in ("date_published", "date_modified") if (each := json_text.text(item.get(name)).strip())]
    if not written:
        told.of(title, "without a date")
        return None
    moment = next((found for each in written if (found := moments.read(each))), None)
    return credible(moment, question.now, title, told)


def _attributes(item: dict[str, Any], page: str, url: str) -> Iterator[tuple[str, Attribute]]:
    people = [*json_text.objects(item.get("authors")), *json_text.objects([item.get("author")])]
    if names := list(
        dict.fromkeys(name for each in people if (name := titles.one_line(json_text.text(each.get("name")))))
    ):
        yield "authors", names
    tags = item.get("tags")
    words = [titles.one_line(json_text.text(tag)) for tag in (tags if isinstance(tags, list) else [])]
    if categories := [word for word in dict.fromkeys(words) if word][:20]:
        yield "categories", categories
    if page and page != url:
        yield "via", page
    for attached in json_text.objects(item.get("attachments")):
        if address := absolute(json_text.text(attached.get("url"))):
            yield "enclosure", address
            return
