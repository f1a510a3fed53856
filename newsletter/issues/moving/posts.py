"""A post of another product, and the moments and words that its fields hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from html import unescape
from typing import NamedTuple, TypeVar

from newsletter.issues.moving.merge_tags import without_tags

_SPACE = re.compile(r"\s+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|kbd|li|mark|p|q|s|script|small|span|strike|strong|style|sub|sup|u|wbr)(?:[\s/][^<>]{0,2000})?>",
    re.IGNORECASE,
)
"""What stands in titles of HTML; every other name in angle brackets is a word, such as `vector<int>`."""
_FORMATS = ("%b %d, %Y %I:%M %p", "%B %d, %Y %I:%M %p", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d %b %Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")  # fmt: skip
_YEARS = range(1990, 2100)
M = TypeVar("M", bound=date)
T = TypeVar("T")
_EPOCH = re.compile(r"\d{10}|\d{13}")


class PostBody(NamedTuple):
    """What a post says: HTML, or Markdown; and what of it is left behind already, in words."""

    text: str
    is_markdown: bool = False
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignPost:
    """A post as a product exports it. Texts are plain words; `read` gives its body, which may be long, each time it is asked."""

    product: str
    foreign_id: str
    """Its id there, or the name of its file."""
    file: str
    title: str
    read: Callable[[], PostBody]
    at: datetime | date | None = None
    """When it was published; aware, or a day."""
    why_draft: str = ""
    """Why it was not public there; empty: it was."""
    paid: bool = False
    for_members: bool = False
    """Whether those alone could read it who had given their address, and paid nothing."""
    skipped: str = ""
    """Why it is no issue: it is a page, a thread, or has no text."""
    subject: str = ""
    preheader: str = ""
    author: str = ""
    slug: str = ""
    paths: tuple[str, ...] = ()
    """Paths at which it stood, on the host of then."""
    site: str = ""
    """Scheme and host of then, where the file says them."""
    link: str = ""
    """Where what belongs to it is to be heard or seen."""
    image: str = ""
    image_alt: str = ""
    image_caption: str = ""

    @property
    def name(self) -> str:
        """How it is told of."""
        return self.title or self.foreign_id


def words(text: object, *, most: int = 1000) -> str:
    """Return a field as plain words on one line: entities read, tags and control characters gone."""
    return one_line(unescape(_TAG.sub(" ", unescape(str(text or "")))), most=most)


def one_line(text: str, *, most: int = 1000) -> str:
    """Return plain words on one line, control characters gone."""
    return _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip()[:most].rstrip()


def told_words(text: object, *, most: int = 1000) -> str:
    """Return a field that a product fills in for each reader as plain words: what its merge tags fall back to stands in their place."""
    return words(without_tags(unescape(str(text or ""))), most=most)


def moment_of(written: object, *, utc: bool = True) -> datetime | date | None:
    """Return a moment as products write it, or a day; None for what is neither. One without a zone is in UTC, or naive where `utc` is not so."""
    if isinstance(written, datetime):
        return _in_bounds(written if written.tzinfo or not utc else written.replace(tzinfo=UTC))
    if isinstance(written, date):
        return _in_bounds(written)
    text = _SPACE.sub(" ", str(written or "")).strip().removesuffix(" UTC").removesuffix(" GMT")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _in_bounds(_or_none(date.fromisoformat, text))
    found = _moment(text)
    if found is not None and found.tzinfo is None and utc:
        found = found.replace(tzinfo=UTC)
    return _in_bounds(found)


def _moment(text: str) -> datetime | None:
    if not text or len(text) > 60:
        return None
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    found = _or_none(datetime.fromisoformat, text)
    if found is None and "," in text:
        found = _or_none(parsedate_to_datetime, text)
    return found or next((each for form in _FORMATS if (each := _or_none(partial(_by_form, form), text))), None)


def _by_form(form: str, text: str) -> datetime:
    return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is judged by whoever asks


def _or_none(read: Callable[[str], T], text: str) -> T | None:
    try:
        return read(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _in_bounds(moment: M | None) -> M | None:
    return moment if moment is not None and moment.year in _YEARS else None


def path_of(address: object) -> str:
    """Return the path of an old address as it is looked up: without host, query and the slash at its end; "" for none."""
    text = str(address or "").strip()
    _, scheme, rest = text.partition("://")
    path = "/" + rest.partition("/")[2] if scheme else text
    path = re.split(r"[?#]", path, maxsplit=1)[0].rstrip("/")
    return path if path.startswith("/") and 1 < len(path) <= 500 and path.isprintable() and " " not in path else ""


def site_of(address: object) -> str:
    """Return scheme and host of an address, or ""."""
    found = re.match(r"https?://[^/?#\s]{1,253}", str(address or "").strip())
    return found[0] if found else ""


def first_of(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the first cell of these columns that holds something."""
    return next((row[name].strip() for name in names if row.get(name, "").strip()), "")
