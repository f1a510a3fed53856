"""A candidate's words as an item of an issue: plain titles, and texts that show what they say and do nothing else.

Whatever a source writes is taken for hostile, its readers' cleaning notwithstanding: an item never holds HTML, images, headings, an open
block, a short code, a merge tag or an address that readers must not open. A text that is more than simple Markdown becomes its plain words.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from newsletter.model.document import Item, LinkItem, PaperItem, RepositoryItem, SectionKind, TextItem
from newsletter.model.texts import URL
from newsletter.sources.cutting import LINE_CHARS, at_sentence, one_line, seen
from newsletter.sources.plain_markdown import safe_markdown, words_of

TITLE_CHARS = 300
SUMMARY_CHARS = 280
"""Characters of what stands below a story or a repository: whole sentences as far as they fit."""
_MARKED = 6
"""Of a text so many times as many characters are read as are shown: addresses and marks take most of some."""
_CATEGORY_CHARS = 80
_MOST_COUNT = 10**12
_SHOWS = re.compile(
    r"[^\W_]|[^\w\s\u00ad\u034f\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """What a candidate says: its words as its source wrote them, the name of that source, and the day it was published."""

    title: str
    url: str = ""
    text: str = ""
    source: str = ""
    published: dt.date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def item_of(offer: OfferedItem, kind: SectionKind, *, mailed: bool = True) -> Item | None:
    """Return an offer as an item of this kind. None for a table or a sponsor's words, and for what has neither words nor address."""
    url = web_address(offer.url)
    title = one_line(offer.title, TITLE_CHARS)
    if not _SHOWS.search(title):
        title = one_line(url.partition("://")[2], TITLE_CHARS)
    if not title:
        return None
    fields = {"title": title, "url": url, "mailed": mailed, **_fields(offer, kind)}
    if one_line(words_of(fields["body"])) == title:  # a note without a title is called by its words
        fields["body"] = ""
    model = _MODELS.get(kind)
    try:
        return None if model is None else model(**fields)
    except ValidationError:  # none is known; an offer less is better than a morning without a draft
        return None


def web_address(url: str) -> str:
    """Return an address that an item can lead to: of http or https; else nothing. Braces are written as the web writes them."""
    written = url.strip().replace("{", "%7B").replace("}", "%7D")
    fits = len(written) <= 2048 and written[:4].lower() == "http" and re.fullmatch(URL, written)
    return written if fits and _is_utf8(written) else ""


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


_MODELS: dict[SectionKind, type[LinkItem | PaperItem | RepositoryItem | TextItem]] = {
    SectionKind.LINKS: LinkItem,
    SectionKind.PAPERS: PaperItem,
    SectionKind.REPOSITORIES: RepositoryItem,
    SectionKind.TEXT: TextItem,
}


def _fields(offer: OfferedItem, kind: SectionKind) -> dict[str, Any]:
    given = offer.attributes
    match kind:
        case SectionKind.PAPERS:
            return {
                "body": safe_markdown(seen(offer.text)),
                "category": one_line(_words(given.get("category")), _CATEGORY_CHARS),
                "authors": _authors(given.get("authors")),
                "published": offer.published,
            }
        case SectionKind.REPOSITORIES:
            counts = {"stars": given.get("stars"), "stars_today": given.get("stars-today", given.get("stars_today"))}
            return {
                "body": summary(offer.text),
                "language": one_line(_words(given.get("language"))),
                **{name: count for name, count in counts.items() if _is_count(count)},
            }
        case SectionKind.LINKS:
            return {"body": summary(offer.text), "source": one_line(offer.source), "published": offer.published}
        case _:
            return {"body": summary(offer.text)}


def summary(text: str, most: int = SUMMARY_CHARS) -> str:
    """Return the first sentences of a text as Markdown, at most `most` characters as readers see them; the whole where it fits."""
    text = seen(text).strip("\n")
    if len(text) <= most:
        return safe_markdown(text)
    words = words_of(text[: most * _MARKED])
    if len(words) <= most and len(text) <= most * _MARKED:
        return safe_markdown(text)
    return safe_markdown(at_sentence(words, most), plain=True)


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _authors(value: Any) -> str:
    """Return names with commas between, as many as fit."""
    names = [_words(each) for each in value] if isinstance(value, (list, tuple)) else _words(value).split(",")
    told = [name for name in (one_line(each) for each in names) if name]
    line = ", ".join(told)
    while len(line) > LINE_CHARS and told:
        told = told[: min(len(told) - 1, LINE_CHARS // 4)]
        line = ", ".join([*told, "et al."])
    return line


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_COUNT
