"""What a language decides: its words (`newsletter/locale/`), writing direction, dates and numbers (babel, CLDR)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, get_decimal_symbol

from newsletter.rendering.catalogue import SOURCE, catalogue, languages
from newsletter.sentences import Sentence, filled

_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
"""FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE."""
_WITHOUT_SPACES = frozenset({"ja", "zh"})
_FROM_THE_RIGHT = re.compile(r"-(?:Arab|Aran|Hebr|Syrc|Thaa|Nkoo|Adlm|Rohg|Mand|Samr)(?=-|\Z)", re.IGNORECASE)
"""Scripts that are written from the right (ISO 15924); CLDR does not know every language in each."""
_MOST_WISHES = 20
"""Languages of an Accept-Language header that are looked at."""


@dataclass(frozen=True, slots=True)
class Language:
    """A BCP 47 tag and what follows from it."""

    tag: str
    locale: Locale

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`: that of the script which the tag names, else that of the language."""
        return "rtl" if _FROM_THE_RIGHT.search(self.tag) else self.locale.text_direction

    @property
    def start(self) -> str:
        """The side lines begin at: `left` or `right`."""
        return "right" if self.direction == "rtl" else "left"

    @property
    def end(self) -> str:
        """The side lines end at: `left` or `right`."""
        return "left" if self.direction == "rtl" else "right"

    @property
    def decimal_sign(self) -> str:
        """The sign before the decimals of a figure: a comma where the language has one, else a point."""
        sign = get_decimal_symbol(self.locale)
        return sign if sign == "," else "."

    @property
    def back(self) -> str:
        """The arrow to what lies before."""
        return "→" if self.direction == "rtl" else "←"

    @property
    def onward(self) -> str:
        """The arrow to what comes next."""
        return "←" if self.direction == "rtl" else "→"

    @property
    def spoken(self) -> Language:
        """The language of our own words where this one is wanted: itself, or English where there is no catalogue."""
        return self if self.locale.language in languages() else ENGLISH

    def say(self, text: str) -> str:
        """Return a sentence in this language (see `spoken`); any other text as it is."""
        if not isinstance(text, Sentence):
            return text
        source = text.source
        said = self.ngettext(source.one, source.several, source.count) if source.several else self.gettext(source.one)
        return filled(said, {name: self.spoken.set_apart(value) for name, value in source.values.items()}, self.number)

    def set_apart(self, value: object) -> object:
        """Return a value for a sentence in this language: a name or an address of another script must not mix with the words around it.

        Markup stays as it is, for it may begin an element that another value ends.
        """
        return self.isolated(value) if isinstance(value, str) and not hasattr(value, "__html__") else value

    def gettext(self, message: str) -> str:
        """Return what the catalogue has for `message`, its places not filled yet."""
        return catalogue(self.spoken.locale.language).gettext(message)

    def ngettext(self, one: str, several: str, count: int) -> str:
        """Return what the catalogue has for so many, its places not filled yet."""
        return catalogue(self.spoken.locale.language).ngettext(one, several, count)

    def joined(self, sentences: Iterable[str]) -> str:
        """Return sentences one after the other."""
        between = "" if self.locale.language in _WITHOUT_SPACES else " "
        return between.join(each for each in sentences if each)

    def isolated(self, text: str) -> str:
        """Return text of any language so that it does not mix with what stands beside it (UAX #9, isolates).

        In lines from the left only what holds letters from the right needs that.
        """
        if not text or text[0] == _ISOLATE:
            return text
        apart = self.direction == "rtl" or (not text.isascii() and any(map(_is_from_the_right, text)))
        return f"{_ISOLATE}{text}{_END_OF_ISOLATE}" if apart else text

    def isolated_address(self, address: str) -> str:
        """Return an address at the end of a line of plain text; a space parts it from the sign that ends it, which would be clicked with it."""
        return f"{_ISOLATE}{address} {_END_OF_ISOLATE}" if self.direction == "rtl" else address

    def listed(self, facts: Iterable[str]) -> str:
        """Return short facts on one line, such as a name and a date."""
        return " · ".join(map(self.isolated, facts))

    def date(self, day: dt.date) -> str:
        """Return such as "May 9, 2026"; the month in words."""
        return format_date(day, "long", locale=self.locale)

    def full_date(self, day: dt.date) -> str:
        """Return such as "Saturday, May 9, 2026"."""
        return format_date(day, "full", locale=self.locale)

    def short_date(self, day: dt.date) -> str:
        """Return such as "May 9, 2026", the month shortened."""
        return format_date(day, "medium", locale=self.locale)

    def moment(self, at: dt.datetime, zone: dt.tzinfo | None = None) -> str:
        """Return such as "May 9, 2026, 8:00 AM", in UTC unless `zone` says otherwise."""
        return format_datetime(at, "medium", tzinfo=zone, locale=self.locale)

    def ago(self, at: dt.datetime, now: dt.datetime) -> str:
        """Return such as "3 hours ago"."""
        return format_timedelta(at - now, add_direction=True, locale=self.locale)

    def number(self, value: int) -> str:
        """Return a number with separators."""
        return format_decimal(value, locale=self.locale)


def _is_from_the_right(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in {"R", "AL"}


@lru_cache(maxsize=64)
def language_of(tag: str) -> Language:
    """Return the language for a BCP 47 tag; one that CLDR does not know is dressed as English."""
    for candidate in (tag, tag.split("-", 1)[0]):
        try:
            return Language(tag, Locale.parse(candidate, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return Language(tag, Locale("en"))


ENGLISH = language_of(SOURCE)


@lru_cache(maxsize=1)
def spoken_languages() -> tuple[tuple[str, str], ...]:
    """Return the languages that our own words are translated into, English too: (tag, own name) each."""
    return tuple((tag, language_of(tag).locale.get_language_name() or tag) for tag in sorted({SOURCE, *languages()}))


def wished(accept_language: str) -> Language:
    """Return the language of our words that an Accept-Language header wishes most (RFC 9110 section 12.5.4), else English."""
    for tag in _wishes(accept_language):
        language = language_of(tag)
        if tag and language.locale.language == tag.partition("-")[0].lower() and language.spoken is language:
            return language
    return ENGLISH


def wished_among(accept_language: str, tags: Sequence[str]) -> str:
    """Return that of these tags whose language the header wishes most; the first where it wishes none of them."""
    for wish in _wishes(accept_language):
        for tag in tags:
            if _primary(tag) == _primary(wish):
                return tag
    return tags[0]


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _wishes(accept_language: str) -> list[str]:
    """Return the tags of such a header, the one that is wished most first."""
    wishes = [_wish(each) for each in accept_language.split(",", _MOST_WISHES)[:_MOST_WISHES]]
    return [tag for weight, tag in sorted(wishes, key=lambda wish: -wish[0]) if weight > 0]


def _wish(text: str) -> tuple[float, str]:
    tag, _, weight = text.partition(";")
    try:
        return float(weight.strip().removeprefix("q=") or 1), tag.strip()[:35]
    except ValueError:
        return 0, ""
