"""Items of a feed as candidates: which address is meant, which text, which moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from newsletter.canonical_url import key_of, short_key
from newsletter.sources.found import Attribute, FoundCandidate
from newsletter.sources.kinds import feed_entries, moments, texts, titles
from newsletter.sources.kinds.addresses import absolute
from newsletter.sources.kinds.feed_entries import HTML, WrittenText
from newsletter.sources.kinds.telling import Told

_DATES = ("published", "created", "updated")
_MOST_NAMES = 20
_MOST_TITLE = 20_000
_MOST_HTML, _LEAST_HTML = 500_000, 600
"""Characters of HTML that are read of a feed in all, and of each item when those are used up: what stands behind is on no page."""
_REDDIT = re.compile(r"https?://(?:\w{1,10}\.)?reddit\.com/r/")
_REDDIT_LINK = re.compile(r"<a href=\"([^\"<>]{1,4000})\">\[link\]</a>")
_REDDIT_END = re.compile(r"(?:<!-- SC_ON -->)?[^<>]{0,20}\bsubmitted by\b")
_APPEARED = re.compile(r"\n\nThe post [^\n]+ (?:appeared first|first appeared) on [^\n]+\Z")
_ONLY_COMMENTS = re.compile(r"\[Comments\]\((\S+)\)")
_HN_FIGURES = re.compile(r"Points: (\d{1,6})\b.{0,200}?# Comments: (\d{1,6})\b", re.DOTALL)


class Items:
    """Makes candidates of the entries of one feed, as feedparser gives them; `address` is where the feed was read, or empty."""

    def __init__(self, address: str, link: str, *, now: datetime, is_atom: bool, told: Told) -> None:
        self._address, self._now, self._is_atom, self._told = address, now, is_atom, told
        self._link = absolute(link, address)
        self._budget = _MOST_HTML

    def candidate(self, entry: dict[str, Any]) -> FoundCandidate | None:
        """Return an entry as a candidate; None, and told, where it has neither address nor guid, or nothing to show."""
        guid = str(dict.get(entry, "id", "")).strip()
        title = self._title(entry)
        written = feed_entries.texts(entry)
        page = self._page(entry, title)
        url = _behind_reddit(page, next((each.value for each in written), ""))
        text, figures = self._text(written, url, title)
        title = title or titles.from_words(plain_words(text)) or titles.one_line(url.partition("://")[2])
        if not url and not guid:
            self._told.of(title, "with neither address nor guid, left out")
            return None
        if not title:
            self._told.of(guid, "without title, text and address, left out")
            return None
        attributes = {**dict(self._attributes(entry)), **figures, **({"discussion": page} if page != url else {})}
        points = attributes.get("points")
        return FoundCandidate(
            key=key_of(url) or short_key(f"guid:{guid}"),
            title=title,
            url=url,
            text=text,
            published=self._published(entry, title),
            attributes=attributes,
            guid=guid,
            points=points if isinstance(points, int) else None,
        )

    def _title(self, entry: dict[str, Any]) -> str:
        detail = dict.get(entry, "title_detail") or {}
        value = str(detail.get("value") or dict.get(entry, "title", ""))[:_MOST_TITLE]
        if self._is_atom:
            return titles.from_html(value) if detail.get("type") in HTML else titles.one_line(value)
        return titles.from_either(value)

    def _page(self, entry: dict[str, Any], title: str) -> str:
        """Return the address that is meant: the story's own before one that counts clicks, the page before a file of it."""
        for written in dict.fromkeys(feed_entries.addresses(entry)):
            url = absolute(written, *self._bases())
            if url:
                return url
            if not self._is_atom or not re.match(r"(?:tag|urn|uuid|yt):", written):
                self._told.of(title, "with an address that is none of the web, which is dropped")
        return ""

    def _bases(self) -> tuple[str, str]:
        return (self._address, self._link) if self._is_atom else (self._link, self._address)

    def _text(self, written: list[WrittenText], url: str, title: str) -> tuple[str, dict[str, Attribute]]:
        """Return the text of an item, and what else it says in figures: the first of its texts that has any words."""
        for each in written:
            text, figures = self._read(each, url)
            if text or figures:
                return ("" if plain_words(text) == title else text), figures
        return "", {}

    def _read(self, written: WrittenText, url: str) -> tuple[str, dict[str, Attribute]]:
        value = _cut(written.value, max(self._budget, _LEAST_HTML))
        self._budget -= len(value)
        if is_reddit := "[link]</a>" in value and "[comments]</a>" in value:
            value = value[: found.start()] if (found := _REDDIT_END.search(value)) else value
        bases = (written.base if written.base != self._address else "", url, self._link, self._address)
        if self._is_atom:
            text = texts.from_html(value, *bases) if written.is_html or is_reddit else texts.from_plain(value)
        else:
            text = texts.from_either(value, *bases)
        text = _APPEARED.sub("", text)
        if alone := _ONLY_COMMENTS.fullmatch(text):
            return "", {"discussion": alone[1]}
        if "Comments URL" in value and (figures := _HN_FIGURES.search(value)):
            return "", {"points": int(figures[1]), "comments": int(figures[2])}
        return text, {}

    def _published(self, entry: dict[str, Any], title: str) -> datetime | None:
        written = [str(entry[name]) for name in _DATES if dict.get(entry, name)]
        if not written:
            self._told.of(title, "without a date")
            return None
        moment = next((found for each in written if (found := moments.read(each))), None)
        return credible(moment, self._now, title, self._told)

    def _attributes(self, entry: dict[str, Any]) -> Iterator[tuple[str, Attribute]]:
        if authors := _names(author.get("name") for author in dict.get(entry, "authors") or ()):
            yield "authors", authors
        if categories := _names(tag.get("label") or tag.get("term") for tag in dict.get(entry, "tags") or ()):
            yield "categories", categories
        for name in ("slash_comments", "thr_total"):
            if str(dict.get(entry, name, "")).strip().isdecimal():
                yield "comments", int(str(entry[name])[:9])
        if discussion := absolute(str(dict.get(entry, "comments", ""))):
            yield "discussion", discussion
        for rel in ("via", "related", "enclosure"):
            if address := next(
                filter(None, (absolute(each, *self._bases()) for each in feed_entries.linked(entry, rel))), ""
            ):
                yield rel, address
        source = dict.get(entry, "source") or {}
        if name := titles.from_either(str(source.get("title", ""))):
            yield "source", name


def credible(moment: datetime | None, now: datetime, title: str, told: Told) -> datetime | None:
    """Return a moment that may be when something was published; else None, and told why."""
    if moment is None:
        told.of(title, "with a date that cannot be read")
    elif moment > now + moments.AHEAD:
        told.of(title, "with a date in the future, which is not believed")
    elif not moments.credible(moment, now):
        told.of(title, f"with a date before {moments.FIRST_YEAR}, which is not believed")
    else:
        return moment
    return None


def apart(found: list[FoundCandidate], told: Told) -> tuple[FoundCandidate, ...]:
    """Return candidates of which each has a key of its own, in their order.

    What comes again is one candidate, with the words that stand first in the file: the newest. Two of one address are two things only where both
    their guids and their titles differ, as in a log of changes whose entries all name its one page: those are known by their guids.
    """
    several = {key: [each for each in found if each.key == key] for key in _repeated(found)}
    shared = {
        key
        for key, those in several.items()
        if not key.startswith("arxiv:")
        and len({each.guid for each in those if each.guid}) > 1
        and len({each.title for each in those}) > 1
    }
    kept: dict[str, FoundCandidate] = {}
    for each in found:
        key = short_key(f"guid:{each.guid}") if each.key in shared and each.guid else each.key
        if key in kept:
            told.of(each.title, "that stood there before under the same address or guid, left out")
            continue
        kept[key] = each if key == each.key else replace(each, key=key)
    for key in sorted(shared):
        told.say(f"several items share the address {key}: each is known by its guid")
    return tuple(kept.values())


def plain_words(markdown: str) -> str:
    """Return the words of Markdown that we wrote, without its signs."""
    line = re.sub(r"\]\([^()\s]*\)|\]\(<[^<>]*>\)", "", markdown.partition("\n\n")[0])
    return titles.decoded(re.sub(r"\\\n|\\(?=[!-/:-@\[-`{-~])|(?<!\\)(?:\*\*|[*\[`]|~~)|^> |^- ", "", line)).strip()


def _cut(html: str, most: int) -> str:
    """Return the beginning of a text, cut behind an element or a word."""
    if len(html) <= most:
        return html
    kept = html[:most]
    return kept[: max(kept.rfind(">") + 1, kept.rfind(" ")) or most]


def _behind_reddit(page: str, html: str) -> str:
    """Return the address of a link post of Reddit, which stands in its text; the item's own is the page of its comments."""
    if not _REDDIT.match(page):
        return page
    found = _REDDIT_LINK.search(html)
    return (absolute(titles.decoded(found[1])) if found else "") or page


def _repeated(found: list[FoundCandidate]) -> set[str]:
    seen: set[str] = set()
    return {each.key for each in found if each.key in seen or seen.add(each.key)}  # type: ignore[func-returns-value]


def _names(written: Any) -> list[str]:
    names = [titles.from_either(str(name)) for name in written if name]
    return list(dict.fromkeys(name for name in names if name))[:_MOST_NAMES]
